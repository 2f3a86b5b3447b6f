from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.network import Network
from keras_semsynth.scorers.image_batch import check_images


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SegmentationScorer(Network):
    """A network that says which class every pixel of an image shows.

    `call` takes what the network was trained on and returns its logits, at a
    size of its own; `segment` takes images and returns class ids, with all
    resizing and averaging of the published tool. A subclass writes `build`,
    `call` and `class_scores`.

    Scores are computed in float32, whatever the global dtype policy.

    Args:
        num_classes: int. Classes the network tells apart.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Raises:
        ValueError: If `num_classes` is no positive integer.
    """

    def __init__(self, num_classes: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        check_at_least(1, num_classes=num_classes)
        self.num_classes = num_classes
        # TensorFlow's convolutions are faster without XLA, PyTorch has none.
        self.jit_compile = keras.backend.backend() == "jax"

    def segment(
        self,
        images: np.ndarray,
        size: tuple[int, int] | None = None,
        batch_size: int = 4,
    ) -> np.ndarray:
        """Classifies every pixel.

        Args:
            images: Array `(batch, height, width, 3)`, RGB: uint8 of 0 to 255,
                or float in `[-1, 1]`, which is not rounded to grey levels.
            size: `(height, width)` of the result. Defaults to the images'.
            batch_size: int. Images that go through the network at once.
                Defaults to `4`.

        Returns:
            int32 array `(batch, *size)` of ids in `[0, num_classes)`.

        Raises:
            ValueError: If `images` are no such array or hold NaN.
        """
        pixels = to_pixels(images)
        size = pixels.shape[1:3] if size is None else size
        size = tuple(int(side) for side in size)
        if len(size) != 2 or min(size) < 1:
            raise ValueError(
                "`size` must be `(height, width)`, both positive. "
                f"Received: size={size}."
            )
        check_at_least(1, batch_size=batch_size)
        count = len(pixels)
        batch_size = min(batch_size, count)
        pieces = []
        with backend.no_gradients(), backend.exact_float32():
            for start in range(0, count, batch_size):
                # The last image fills the last batch: one shape to compile.
                rows = np.arange(start, start + batch_size)
                piece = pixels[np.minimum(rows, count - 1)]
                classes = ops.argmax(self.class_scores(piece, size), axis=-1)
                pieces.append(ops.convert_to_numpy(classes))
        return np.concatenate(pieces)[:count].astype("int32")

    def class_scores(self, pixels: np.ndarray, size: tuple[int, int]) -> Tensor:
        """The scores whose largest decides; for subclasses.

        Args:
            pixels: Array `(batch, height, width, 3)`, RGB, 0 to 255, uint8 or
                float32.
            size: `(height, width)` of the result.

        Returns:
            Float tensor or array `(batch, *size, num_classes)`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no `class_scores(pixels, size)`."
        )

    def logits(self, inputs: np.ndarray) -> np.ndarray:
        """`call`, compiled and without gradients, unless `run_eagerly`.

        Args:
            inputs: float32 array, what `call` takes.

        Returns:
            float32 array.
        """
        if not self.built:
            self.build()
        return self.predict_on_batch(np.asarray(inputs, "float32"))

    def describe(self) -> dict[str, Any]:
        """What a report says about this ruler; JSON-able."""
        return {
            "network": type(self).__name__,
            "num_classes": self.num_classes,
        }


def to_pixels(images: np.ndarray) -> np.ndarray:
    """Brings images to 0..255.

    Args:
        images: Array `(batch, height, width, 3)`, RGB: uint8, which is
            returned as it is, or float in `[-1, 1]`.

    Returns:
        uint8 array, or float32 array `(x + 1) / 2 * 255`, not rounded.

    Raises:
        ValueError: If `images` are no such array or hold NaN.
    """
    images = check_images(images)
    if images.dtype == np.uint8:
        return images
    return (images + np.float32(1)) / np.float32(2) * np.float32(255)


def check_input_size(input_size: tuple[int, int] | None) -> list[int] | None:
    """Checks the `input_size` of a network that takes images as they are.

    Args:
        input_size: `(height, width)`, both at least 16, or `None`.

    Returns:
        List of two ints, or `None`.

    Raises:
        ValueError: If it is neither.
    """
    if input_size is None:
        return None
    sides = [int(side) for side in input_size]
    if len(sides) != 2 or min(sides) < 16:
        raise ValueError(
            "`input_size` must be `(height, width)`, both at least 16, or "
            f"None. Received: input_size={input_size}."
        )
    return sides
