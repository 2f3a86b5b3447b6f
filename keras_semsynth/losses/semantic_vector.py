"""Regression of the image from SC-GAN's semantic vectors."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.precision import full_precision

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
    if kind not in _DISTANCES:
        raise ValueError(
            f"`kind` must be one of {sorted(_DISTANCES)}. Received: {kind!r}."
        )
    image = ops.stop_gradient(full_precision(image))
    difference = full_precision(semantic_image) - image
    return ops.mean(_DISTANCES[kind](difference))
