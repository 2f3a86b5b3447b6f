"""Feature matching by mean squares, as DP-GAN's discriminator does it."""

from collections.abc import Sequence

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

REDUCTIONS = ("sum", "mean")


def squared_feature_matching_loss(
    fake_features: Sequence, real_features: Sequence, reduction: str = "sum"
) -> Tensor:
    """Mean squared difference of discriminator features, over the layers.

    Real features are constants.

    Args:
        fake_features: list (one entry a scale) of lists (one entry a layer) of
            float tensors.
        real_features: the same structure and shapes, from real images.
        reduction: `"sum"` over the layers, as the official code has it, or
            their `"mean"`, as the paper has it. Defaults to `"sum"`.

    Returns:
        Scalar tensor, at least float32.

    Raises:
        ValueError: If there is no feature, or `reduction` is unknown.

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085), Eq. 6
    """
    check_choice(REDUCTIONS, reduction=reduction)
    pairs = [
        (fake, real)
        for fake_scale, real_scale in zip(
            fake_features, real_features, strict=True
        )
        for fake, real in zip(fake_scale, real_scale, strict=True)
    ]
    if not pairs:
        raise ValueError("There must be at least one feature to match.")
    total = 0.0
    for fake, real in pairs:
        real = ops.stop_gradient(full_precision(real))
        total = total + ops.mean(ops.square(full_precision(fake) - real))
    return total / len(pairs) if reduction == "mean" else total


class SquaredFeatureMatching(Term):
    """Feature matching by mean squares.

    Args:
        weight: float. What the term is multiplied by. Defaults to `1.0`.
        reduction: str, `"sum"` or `"mean"`. How layers are put together.
            Defaults to `"sum"`.
        **kwargs: Arguments of `Term`.
    """

    name = "feature_matching"
    reads = ("fake.features", "real.features")

    def __init__(self, weight: float = 1.0, reduction: str = "sum", **kwargs):
        super().__init__(weight, **kwargs)
        check_choice(REDUCTIONS, feature_reduction=reduction)
        self.reduction = reduction

    def formula(self, fake: Sequence, real: Sequence) -> Tensor:
        return squared_feature_matching_loss(fake, real, self.reduction)
