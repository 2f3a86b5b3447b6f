"""What each class looks like to a network that names classes."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth.explanations import visualizers


def class_pictures(
    network: Callable[[Any], Any],
    classes: Sequence[int],
    size: tuple[int, int],
    steps: int = 128,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Makes an image of each class that a segmentation network is sure of.

    Activation maximization: from grey with a little noise, towards the
    highest mean log probability of the class over all pixels.

    Args:
        network: Callable of an image `(batch, height, width, 3)` in `[-1, 1]`
            that returns logits `(batch, height, width, channels)`: a
            `UNetSegmenter`, or for a segmentation discriminator
            `lambda image: discriminator(image)["logits"]`.
        classes: Sequence of int, the channels.
        size: `(height, width)` in pixels.
        steps: int. Defaults to `128`.
        seed: int. Defaults to `0`.

    Returns:
        Tuple of a float32 array `(len(classes), height, width, 3)` in
        `[-1, 1]` and the mean probability of the class in each image.
    """
    count = len(classes)
    keras.utils.set_random_seed(seed)  # tf-keras-vis draws from NumPy's
    image = keras.Input(batch_shape=(count, *size, 3), name="image")
    model = keras.Model([image], network(image))

    def log_probabilities(logits):
        values = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
        values = [values[i, ..., c] for i, c in enumerate(classes)]
        return ops.mean(ops.stack(values), axis=(1, 2))

    noise = np.random.default_rng(seed).standard_normal((count, *size, 3))
    images = visualizers.maximize_activation(
        model, log_probabilities, 0.05 * noise, steps
    )
    sure = ops.exp(log_probabilities(model([images], training=False)))
    return images, ops.convert_to_numpy(sure).tolist()
