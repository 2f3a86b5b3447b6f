"""Regression of the image from SC-GAN's semantic vectors."""

from collections.abc import Callable

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

_DISTANCES = {"l1": ops.abs, "l2": ops.square}


def semantic_vector_loss(
    semantic_image: Tensor, image: Tensor, kind: str = "l1"
) -> Tensor:
    """Mean distance of the image drawn from semantic vectors to the photo.

    Args:
        semantic_image: Float tensor `(batch, height, width, 3)`.
        image: Float tensor of the same shape; a constant.
        kind: `"l1"` (mean absolute) or `"l2"` (mean squared).
            Defaults to `"l1"`.

    Returns:
        Scalar tensor, not in half precision, without the weight of the term.

    Raises:
        ValueError: If `kind` is unknown.

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 10
    """
    check_choice(tuple(_DISTANCES), kind=kind)
    image = ops.stop_gradient(full_precision(image))
    difference = full_precision(semantic_image) - image
    return ops.mean(_DISTANCES[kind](difference))


class SemanticVector(Term):
    """Semantic vectors draw the image too.

    Args:
        weight: float. What the term is multiplied by. Defaults to `2.0`.
        kind: str, `"l1"`, `"l2"` or `"perceptual"`. Distance of the two
            images. Defaults to `"l1"`.
        **kwargs: Arguments of `Term`.
    """

    name = "semantic_vector"

    def __init__(self, weight: float = 2.0, kind: str = "l1", **kwargs):
        check_choice((*_DISTANCES, "perceptual"), semantic_vector_loss=kind)
        self.reads = ("generated.semantic_image", "image")
        if kind == "perceptual":
            self.reads += ("perceptual",)
        super().__init__(weight, **kwargs)
        self.kind = kind

    def formula(
        self,
        semantic_image: Tensor,
        image: Tensor,
        perceptual: Callable[..., Tensor] | None = None,
    ) -> Tensor:
        if perceptual is not None:
            return perceptual(semantic_image, image)
        return semantic_vector_loss(semantic_image, image, self.kind)
