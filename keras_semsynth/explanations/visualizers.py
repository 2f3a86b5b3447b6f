"""The parts of tf-keras-vis that work on the networks of this package.

tf-keras-vis was written for functional `tf.keras` models. Its gradients run
op by op on TensorFlow, so a functional model around one of our networks will
do: a tensor inside is reached through the network's outputs, not by the name
of a layer.
"""

import warnings
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth import backend

# Of one output; returns `(batch,)`.
Score = Callable[[Any], Any]


def require_visualizers() -> None:
    """Raises unless tf-keras-vis can be used.

    Raises:
        ValueError: If the backend is not TensorFlow.
        ImportError: If tf-keras-vis is missing.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "These pictures are made by tf-keras-vis, which differentiates "
            "with TensorFlow: set KERAS_BACKEND=tensorflow (runs and files of "
            "every backend can be opened). Received: "
            f"{keras.backend.backend()}."
        )
    _import("saliency")


def saliency(
    model: keras.Model, score: Score | Sequence[Score], image: np.ndarray
) -> np.ndarray:
    """Absolute gradient of a score by an input.

    Args:
        model: Functional `keras.Model` of one input.
        score: Function of the output (or list of them, one an output) that
            returns `(batch,)`.
        image: Float array of the input, with its batch axis.

    Returns:
        float32 array like `image`, not normalized.
    """
    visualizer = _import("saliency").Saliency(model)
    return _saliency(visualizer, score, image)


def smooth_grad(
    model: keras.Model,
    score: Score | Sequence[Score],
    image: np.ndarray,
    samples: int = 16,
    noise: float = 0.1,
) -> np.ndarray:
    """Mean of `saliency` over noisy copies of the input.

    Args:
        model, score, image: As for `saliency`.
        samples: int. Copies. Defaults to `16`.
        noise: float. Deviation of the noise as a part of the input's range.
            Defaults to `0.1`.

    Returns:
        float32 array like `image`, not normalized.
    """
    # All copies are made at once, and noise in float64.
    backend.require_memory(
        12 * samples * np.size(image),
        f"{samples} noisy copies of an image",
        "`smooth_samples`",
    )
    visualizer = _import("saliency").Saliency(model)
    return _saliency(
        visualizer, score, image, smooth_samples=samples, smooth_noise=noise
    )


def _saliency(visualizer, score, image, **options):
    # A list in, a list out.
    (values,) = visualizer(
        score,
        [np.asarray(image, "float32")],
        keepdims=True,
        normalize_map=False,
        **options,
    )
    return np.asarray(values, "float32")


def grad_cam(
    model: keras.Model,
    score: Score | Sequence[Score],
    image: np.ndarray,
    features: keras.KerasTensor,
) -> np.ndarray:
    """Grad-CAM of a tensor inside the model.

    Args:
        model, score, image: As for `saliency`.
        features: Keras tensor `(batch, h, w, channels)` of the functional
            model, from which the outputs are made.

    Returns:
        float32 array `(batch, h, w)`, not negative, not normalized.
    """
    visualizer = _import("gradcam").Gradcam(model)
    values = visualizer(
        score,
        [np.asarray(image, "float32")],
        penultimate_layer=_Tap(features),
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    return np.asarray(values, "float32")


def maximize_activation(
    model: keras.Model,
    score: Score | Sequence[Score],
    start: np.ndarray,
    steps: int,
    learning_rate: float = 0.05,
) -> np.ndarray:
    """Changes images step by step until a score is high.

    Images are shifted by up to four pixels before each step, kept in
    `[-1, 1]`, and rough ones are held back: what remains is what the network
    looks for wherever it is.

    Args:
        model, score: As for `saliency`.
        start: Float array, the images to start from.
        steps: int.
        learning_rate: float. Step size of Adam. Defaults to `0.05`.

    Returns:
        float32 array like `start`, in `[-1, 1]`.
    """
    import tensorflow as tf

    module = _import("activation_maximization")

    def inside(x):
        # The range is otherwise enforced on the result alone.
        return tf.clip_by_value(x, -1.0, 1.0)

    images = module.ActivationMaximization(model)(
        score,
        seed_input=[np.asarray(start, "float32")],
        input_range=(-1.0, 1.0),
        input_modifiers=[inside, module.input_modifiers.Jitter(jitter=4)],
        regularizers=[module.regularizers.TotalVariation2D(weight=16.0)],
        steps=steps,
        optimizer=keras.optimizers.Adam(learning_rate),
    )
    return np.asarray(images[0], "float32")


class _Tap(keras.layers.Layer):
    """What tf-keras-vis takes for the layer that made a tensor."""

    def __init__(self, tensor):
        super().__init__()
        self._tapped = [tensor]

    @property
    def output(self) -> Any:
        return self._tapped[0]


def _import(name):
    try:
        with warnings.catch_warnings():
            # It uses names that SciPy has moved.
            warnings.simplefilter("ignore")
            import importlib

            return importlib.import_module(f"tf_keras_vis.{name}")
    except ImportError as error:
        raise ImportError(
            "Explaining a run needs tf-keras-vis: "
            f'pip install "keras_semsynth[vis]" ({error}).'
        ) from error
