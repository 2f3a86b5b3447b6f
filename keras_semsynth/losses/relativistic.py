"""Relativistic pairing loss and zero-centred gradient penalties."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

PLAYERS = ("generator", "discriminator")
IMAGES = ("real", "fake")


def relativistic_pairing_loss(
    fake_scores: Sequence[Tensor],
    real_scores: Sequence[Tensor],
    player: str = "generator",
) -> Tensor:
    """Asks which of a pair is more real, cell by cell, not how real each is.

    With `f(t) = -log(1 + exp(-t))` the game is `E f(D(fake) - D(real))`, which
    the generator maximizes and the discriminator minimizes in the published,
    non-saturating form: the generator's loss is `softplus(D(real) - D(fake))`,
    the discriminator's `softplus(D(fake) - D(real))`. A generated image is
    paired with the photograph of its layout. The paper's text was not at hand.

    Args:
        fake_scores: list of float tensors, one a scale.
        real_scores: list of the same shapes.
        player: str, `"generator"` or `"discriminator"`. Whose loss. Defaults
            to `"generator"`.

    Returns:
        Scalar tensor, not in half precision: the mean over batch and cells of
        a scale, then over the scales.

    Raises:
        ValueError: If `player` is unknown or there is no score.

    Reference:
        - [R3GAN, NeurIPS 2024](https://arxiv.org/abs/2501.05441)
    """
    check_choice(PLAYERS, player=player)
    if not fake_scores:
        raise ValueError("`fake_scores` must hold at least one tensor.")
    sign = 1.0 if player == "discriminator" else -1.0
    means = [
        ops.mean(
            ops.softplus(sign * (full_precision(fake) - full_precision(real)))
        )
        for fake, real in zip(fake_scores, real_scores, strict=True)
    ]
    return sum(means[1:], means[0]) / len(means)


def image_scores(outputs: Mapping[str, Sequence[Tensor]]) -> Tensor:
    """Returns the sum over a batch of the scores of whole images.

    Args:
        outputs: Mapping, of a discriminator; its `"scores"` are float tensors
            `(batch, height, width, 1)`, one a scale.

    Returns:
        Scalar tensor, not in half precision. The score of an image is the mean
        over the cells of a scale, then over the scales.
    """
    scores = outputs["scores"]
    sums = [
        ops.sum(ops.mean(full_precision(x), axis=(1, 2, 3))) for x in scores
    ]
    return sum(sums[1:], sums[0]) / len(sums)


def gradient_penalty(gradient: Tensor) -> Tensor:
    """Half the squared length of the gradient of an image's score.

    Args:
        gradient: Float tensor `(batch, height, width, channels)`, the gradient
            of the sum over the batch of each image's score.

    Returns:
        Scalar tensor, not in half precision: `E |gradient|^2 / 2`.

    Reference:
        - [R1, ICML 2018](https://arxiv.org/abs/1801.04406)
    """
    gradient = full_precision(gradient)
    return 0.5 * ops.mean(ops.sum(ops.square(gradient), axis=(1, 2, 3)))


class RelativisticPairing(Term):
    """Generated images look more real than the photographs of their layouts.

    Args:
        side: str, `"generator"` or `"discriminator"`. Whose loss it is.
            Defaults to `"generator"`.
        **kwargs: Arguments of `Term`.
    """

    reads = ("fake.scores", "real.scores")

    def __init__(self, side: str = "generator", **kwargs):
        check_choice(PLAYERS, side=side)
        self.name = "adversarial" if side == "generator" else "pairing"
        self.player = side
        super().__init__(**kwargs)
        self.side = side

    def formula(
        self, fake_scores: Sequence[Tensor], real_scores: Sequence[Tensor]
    ) -> Tensor:
        return relativistic_pairing_loss(fake_scores, real_scores, self.side)


class GradientPenalty(Term):
    """Scores change slowly around real or generated images (R1, R2).

    The penalty is `weight / 2` times the mean squared length of the gradient
    of an image's score, which is the mean over cells and scales.

    Args:
        on: str, `"real"` (R1) or `"fake"` (R2). Around which images. Defaults
            to `"real"`.
        **kwargs: Arguments of `Term`.
    """

    player = "discriminator"

    def __init__(self, on: str = "real", **kwargs):
        check_choice(IMAGES, on=on)
        self.name = f"{on}_gradient"
        self.reads = ("score_gradients", f"judged.{on}")
        super().__init__(**kwargs)
        self.on = on

    def formula(
        self, score_gradients: Callable[[Tensor], Tensor], image: Tensor
    ) -> Tensor:
        return gradient_penalty(score_gradients(image))
