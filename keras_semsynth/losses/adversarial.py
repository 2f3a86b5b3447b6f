"""Adversarial loss of a multi-scale patch discriminator."""

from collections.abc import Sequence

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

SIDES = ("real", "fake", "generator")
# mode -> what a score costs the discriminator of a real image, that of a
# generated one, and the generator, before the mean over batch and positions.
MODES = {
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


# The score between real and fake, where there is one.
BOUNDARIES = {"hinge": 0.0, "least_squares": 0.5, "original": 0.0}


def adversarial_loss(
    scores: Sequence[Tensor], mode: str = "hinge", side: str = "generator"
) -> Tensor:
    """Mean over batch and positions of a scale, then over the scales.

    Args:
        scores: list of float tensors of any shape, one a scale; a single
            tensor counts as one scale.
        mode: str, `"hinge"`, `"least_squares"`, `"original"` (cross entropy on
            logits, non-saturating for the generator) or `"wasserstein"`.
            Defaults to `"hinge"`.
        side: str. Whose loss: that of the discriminator on `"real"` images, on
            `"fake"` ones, or of the `"generator"`. Defaults to `"generator"`.

    Returns:
        Scalar tensor, not in half precision.

    Raises:
        ValueError: If `mode` or `side` is unknown, or there is no score.

    Example:

    >>> keras_semsynth.losses.adversarial_loss(
    ...     [ops.ones((2, 9, 9, 1))], "hinge", "real")
    0.0

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291)
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
    """
    check_choice(tuple(MODES), mode=mode)
    check_choice(SIDES, side=side)
    if not isinstance(scores, (list, tuple)):
        scores = [scores]
    if not scores:
        raise ValueError("`scores` must hold one tensor a scale; got none.")
    cost = MODES[mode][SIDES.index(side)]
    # Not in half precision: a mean over thousands of positions loses most of
    # its digits there.
    means = [ops.mean(cost(full_precision(score))) for score in scores]
    return sum(means[1:], means[0]) / len(means)


class Adversarial(Term):
    """One side of the game about patch scores; see `adversarial_terms`.

    Args:
        mode: str. Form of the loss, as of `adversarial_loss`. Defaults to
            `"hinge"`.
        side: str, `"real"`, `"fake"` or `"generator"`. Whose loss it is, which
            decides what is read, the player and the name (of the generator:
            `"adversarial"`). Defaults to `"generator"`.
        **kwargs: Arguments of `Term`.
    """

    def __init__(self, mode: str = "hinge", side: str = "generator", **kwargs):
        check_choice(tuple(MODES), mode=mode)
        check_choice(SIDES, side=side)
        self.reads = ("real.scores" if side == "real" else "fake.scores",)
        self.name = "adversarial" if side == "generator" else side
        self.player = "generator" if side == "generator" else "discriminator"
        super().__init__(**kwargs)
        self.mode = mode
        self.side = side
        self.tells_certainty = side == "real" and mode in BOUNDARIES

    def formula(self, scores: Sequence[Tensor]) -> Tensor:
        return adversarial_loss(scores, self.mode, self.side)

    def certainty(self, scores: Sequence[Tensor]) -> Tensor:
        # ADA, Eq. 1: the mean sign of the scores of real images; here over
        # the positions of a scale, then over the scales.
        boundary = BOUNDARIES[self.mode]
        scales = scores if isinstance(scores, (list, tuple)) else [scores]
        means = [
            ops.mean(ops.sign(full_precision(score) - boundary))
            for score in scales
        ]
        return sum(means[1:], means[0]) / len(means)


def adversarial_terms(mode: str = "hinge") -> tuple[Term, ...]:
    """Returns the terms of both players about the patch scores.

    The discriminator's total is the plain sum of its two terms, without a
    factor of one half.

    Args:
        mode: str. As for `adversarial_loss`. Defaults to `"hinge"`.

    Returns:
        Three terms: the generator's `adversarial`, the discriminator's `real`
        and `fake`.
    """
    return tuple(
        Adversarial(mode, side) for side in ("generator", "real", "fake")
    )
