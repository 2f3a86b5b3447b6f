"""Adversarial loss of a multi-scale patch discriminator."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.precision import full_precision

# mode -> (discriminator on real, discriminator on fake, generator), each a
# function of one score map, before the mean over batch and positions.
_MODES = {
    "hinge": (
        lambda score: ops.relu(1.0 - score),
        lambda score: ops.relu(1.0 + score),
        lambda score: -score,
    ),
    "least_squares": (
        lambda score: ops.square(score - 1.0),
        ops.square,
        lambda score: ops.square(score - 1.0),
    ),
    "original": (
        lambda score: ops.softplus(-score),
        ops.softplus,
        lambda score: ops.softplus(-score),
    ),
    "wasserstein": (
        lambda score: -score,
        lambda score: score,
        lambda score: -score,
    ),
}


@keras.saving.register_keras_serializable(package="keras_semsynth")
class AdversarialLoss:
    """Adversarial terms of the generator and of the discriminator.

    Every term is the mean over batch and positions of one scale, then the mean
    over the scales. The discriminator's total is the plain sum of its two
    terms, without a factor of one half.

    Args:
        mode: str, `"hinge"`, `"least_squares"`, `"original"` (cross entropy on
            logits, non-saturating for the generator) or `"wasserstein"`. Form
            of the terms.
            Defaults to `"hinge"`.

    Raises:
        ValueError: If `mode` is not one of the four names, or a method is
            given an empty list of scores.

    Example:

    >>> loss = keras_semsynth.losses.AdversarialLoss("hinge")
    >>> loss.discriminator_real([ops.ones((2, 9, 9, 1))])
    0.0

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291)
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
    """

    def __init__(self, mode: str = "hinge"):
        if mode not in _MODES:
            raise ValueError(
                f"`mode` must be one of {sorted(_MODES)}. Received: {mode!r}."
            )
        self.mode = mode

    def discriminator_real(self, scores: Sequence[Tensor]) -> Tensor:
        """Loss of the discriminator on real images.

        Args:
            scores: list of float tensors of any shape, one a scale; a single
                tensor counts as one scale.

        Returns:
            Scalar tensor, not in half precision.
        """
        return self._mean(0, scores)

    def discriminator_fake(self, scores: Sequence[Tensor]) -> Tensor:
        """Loss of the discriminator on generated images, from their scores."""
        return self._mean(1, scores)

    def generator(self, scores: Sequence[Tensor]) -> Tensor:
        """Loss of the generator, from the scores of its images."""
        return self._mean(2, scores)

    def _mean(self, role, scores):
        if not isinstance(scores, (list, tuple)):
            scores = [scores]
        if not scores:
            raise ValueError("`scores` must hold one tensor a scale; got none.")
        term = _MODES[self.mode][role]
        # Not in half precision: a mean over thousands of
        # positions loses most of its digits in half precision.
        means = [ops.mean(term(full_precision(s))) for s in scores]
        return sum(means[1:], means[0]) / len(means)

    def get_config(self):
        return {"mode": self.mode}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
