"""Feature matching between fake and real images in a discriminator."""

from collections.abc import Sequence

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term


def feature_matching_loss(
    fake_features: Sequence, real_features: Sequence
) -> Tensor:
    """Mean absolute difference of discriminator features, summed over layers.

    The sum over the layers of a scale is averaged over the scales. Real
    features are constants. The weight of the term (10 in SPADE and pix2pixHD)
    is not included.

    Args:
        fake_features: list (one entry a scale) of lists (one entry a layer) of
            float tensors, WITHOUT the final score map.
        real_features: the same structure and shapes, from real images.

    Returns:
        Scalar tensor, not in half precision.

    Raises:
        ValueError: If the structures differ or hold no feature.

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), Eq. 4
    """
    counts = [len(scale) for scale in fake_features]
    real_counts = [len(scale) for scale in real_features]
    if counts != real_counts or not sum(counts):
        raise ValueError(
            "`fake_features` and `real_features` must both be a list of scales "
            "of at least one feature, with equal numbers of features. Received "
            f"features per scale: {counts} (fake), {real_counts} (real)."
        )
    total = 0.0
    for fake_scale, real_scale in zip(
        fake_features, real_features, strict=True
    ):
        for fake, real in zip(fake_scale, real_scale, strict=True):
            real = ops.stop_gradient(full_precision(real))
            difference = full_precision(fake) - real
            total = total + ops.mean(ops.abs(difference))
    return total / len(counts)


class FeatureMatching(Term):
    """Generated images have the discriminator's features of real ones."""

    name = "feature_matching"
    reads = ("fake.features", "real.features")
    formula = staticmethod(feature_matching_loss)
