"""LabelMix: a discriminator's logits of a mixture are the mixture of logits."""

from collections.abc import Callable
from collections.abc import Mapping

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

REDUCTIONS = ("mean", "sum")


def label_mix_mask(
    label_map: Tensor, coins: Tensor, reference: bool = False
) -> Tensor:
    """Chooses for each class of a batch between real and generated pixels.

    Args:
        label_map: Integer tensor `(batch, height, width)`.
        coins: bool tensor `(num_classes,)`: whether the pixels of a class are
            the real image's. Heads and tails should be equally likely.
        reference: bool. Whether to repeat a slip of the official code, which
            writes the coins into the label map one class after the other:
            where class 0 has drawn 1, its pixels are then taken for class 1
            and get the coin of that, if it occurs in the batch. Defaults to
            `False`: independent coins.

    Returns:
        float32 tensor `(batch, height, width, 1)` of ones (real) and zeros.

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          section 3.3
    """
    ids = ops.cast(label_map, "int32")
    coins = ops.cast(coins, "bool")
    num_classes = coins.shape[0]
    if reference and num_classes > 1:
        coupled = ops.logical_and(coins[0], ops.any(ops.equal(ids, 1)))
        first = ops.where(coupled, coins[1], coins[0])
        coins = ops.concatenate([ops.reshape(first, (1,)), coins[1:]])
    ids = ops.clip(ids, 0, num_classes - 1)
    mask = ops.cast(ops.take(coins, ids), "float32")
    return ops.expand_dims(mask, -1)


def mix(mask: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """Returns `mask * real + (1 - mask) * fake`, for images or logits."""
    mask = ops.cast(mask, real.dtype)
    return mask * real + (1 - mask) * ops.cast(fake, real.dtype)


def label_mix_loss(
    mixed_logits: Tensor,
    real_logits: Tensor,
    fake_logits: Tensor,
    mask: Tensor,
    reduction: str = "mean",
) -> Tensor:
    """Squares of the logits of the mixture minus the mixture of the logits.

    Args:
        mixed_logits: Float tensor `(batch, height, width, channels)`, of
            the mixed images.
        real_logits: Float tensor of the same shape, of the real images.
        fake_logits: Float tensor of the same shape, of the generated ones.
        mask: Float tensor `(batch, height, width, 1)`, as `label_mix_mask`
            returns.
        reduction: str, `"mean"` over all logits, as the official code has it,
            or `"sum"` over the logits of an image and mean over the batch: the
            squared norm of Eq. 8, `height * width * channels` times as large.
            Defaults to `"mean"`.

    Returns:
        Scalar tensor, at least float32. All three logits receive gradients.

    Raises:
        ValueError: If `reduction` is unknown.

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates it as Eq. 8
    """
    check_choice(REDUCTIONS, reduction=reduction)
    expected = mix(
        mask, full_precision(real_logits), full_precision(fake_logits)
    )
    squares = ops.square(full_precision(mixed_logits) - expected)
    if reduction == "sum":
        squares = ops.sum(squares, axis=(1, 2, 3))
    return ops.mean(squares)


class LabelMix(Term):
    """Mixes both images by classes, judges the mixture, compares the logits.

    Args:
        weight: float. What the term is multiplied by. Defaults to `10.0`.
        reduction: str, `"mean"` or `"sum"`. As of `label_mix_loss`. Defaults
            to `"mean"`.
        reference: bool. Whether to repeat a slip of the official code; see
            `label_mix_mask`. Defaults to `False`.
        **kwargs: Arguments of `Term`.
    """

    name = "label_mix"
    player = "discriminator"
    reads = (
        "judged.label_map",
        "judged.real",
        "judged.fake",
        "real.logits",
        "fake.logits",
        "noise",
        "judge",
    )

    def __init__(
        self,
        weight: float = 10.0,
        reduction: str = "mean",
        reference: bool = False,
        **kwargs,
    ):
        super().__init__(weight, **kwargs)
        check_choice(REDUCTIONS, label_mix_reduction=reduction)
        self.reduction = reduction
        self.reference = reference

    def formula(
        self,
        label_map: Tensor,
        real: Tensor,
        fake: Tensor,
        real_logits: Tensor,
        fake_logits: Tensor,
        noise: Callable[..., Tensor],
        judge: Callable[[Tensor], Mapping[str, Tensor]],
    ) -> Tensor:
        coins = noise((real_logits.shape[-1] - 1,), shared=True) > 0
        mask = label_mix_mask(label_map, coins, self.reference)
        mixed_logits = judge(mix(mask, real, fake))["logits"]
        return label_mix_loss(
            mixed_logits, real_logits, fake_logits, mask, self.reduction
        )
