"""Where a discriminator sees "fake"."""

import dataclasses
import typing
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import Discriminator
from keras_semsynth.explanations import visualizers
from keras_semsynth.layers.precision import full_precision


@dataclasses.dataclass(frozen=True)
class FakeView:
    """One map of verdicts of a discriminator, on one layout.

    Attributes:
        name: str, for people.
        kind: `"scores"` (patch scores, high for real) or `"classes"` (logits,
            channel 0 for fake).
        model: Functional `keras.Model` from the image `(1, height, width, 3)`
            to that map.
        features: Keras tensor inside, behind the verdicts, for Grad-CAM.
    """

    name: str
    kind: str
    model: keras.Model
    features: typing.Any

    def verdicts(self, image: np.ndarray) -> np.ndarray:
        """Returns the map for an image.

        Args:
            image: Float array `(height, width, 3)` in `[-1, 1]`.

        Returns:
            float32 array `(h, w)`: patch scores, or the probability of
            "fake".
        """
        output = self.model([image[None]], training=False)
        if self.kind == "classes":
            output = ops.softmax(output, axis=-1)
        return ops.convert_to_numpy(output)[0, ..., 0]

    def classes(self, image: np.ndarray) -> np.ndarray:
        """Returns the class seen at every pixel, fake or not, `(h, w)`."""
        output = self.model([image[None]], training=False)
        return ops.convert_to_numpy(ops.argmax(output[0, ..., 1:], axis=-1))

    def fakeness(self, output: typing.Any) -> typing.Any:
        """How fake an output is on average: what the pictures explain.

        Minus the mean score; for logits the mean log odds of "fake".
        """
        if self.kind == "classes":
            values = output[..., 0] - ops.logsumexp(output[..., 1:], axis=-1)
        else:
            values = -output[..., 0]
        return ops.mean(values, axis=(1, 2))

    def grad_cam(self, image: np.ndarray) -> np.ndarray:
        """Cells whose features speak for "fake"; `(h, w)`, not negative."""
        return visualizers.grad_cam(
            self.model, self.fakeness, image[None], self.features
        )[0]


def fake_views(
    discriminator: Discriminator,
    label_map: np.ndarray,
    edge_map: np.ndarray | None = None,
) -> list[FakeView]:
    """Takes a discriminator apart into its maps of verdicts.

    Args:
        discriminator: A discriminator of this package, built.
        label_map: Integer array `(height, width)`, the layout of the images
            that will be looked at.
        edge_map: Float array `(height, width, 1)`, or `None`.

    Returns:
        List of `FakeView`: the segmentation first if there is one, then the
        patch scores from fine to coarse.
    """
    image = keras.Input(batch_shape=(1, *label_map.shape, 3), name="image")
    views = []

    def add(kind, output, features):
        name = "every pixel"
        if kind == "scores":
            name = f"{output.shape[1]}x{output.shape[2]} patches"
        model = keras.Model([image], output)
        views.append(FakeView(name, kind, model, features))

    if hasattr(discriminator, "block_outputs"):
        blocks = discriminator.block_outputs(image, training=False)
        features = blocks[discriminator.up[-1].name]
        add("classes", full_precision(discriminator.last(features)), features)
        for head, block in zip(
            getattr(discriminator, "heads", ()),
            getattr(discriminator, "patch_blocks", ()),
            strict=True,
        ):
            score = head(blocks[block], training=False)
            add("scores", score, blocks[block])
        return views
    outputs = discriminator(
        image,
        label_map[None].astype("int32"),
        edge_map=None if edge_map is None else edge_map[None],
        training=False,
    )
    for score, features in zip(
        outputs["scores"],
        outputs["features"],
        strict=False,  # The coarsest level of a pyramid has no score.
    ):
        add("scores", score, features[-1])
    return views


def saliency(
    views: Sequence[FakeView], image: np.ndarray, samples: int = 0
) -> np.ndarray:
    """How much the verdicts of all views depend on each pixel.

    Args:
        views: List of `FakeView` of one discriminator and layout.
        image: Float array `(height, width, 3)` in `[-1, 1]`.
        samples: int. Noisy copies over which to average (SmoothGrad); `0` for
            the image alone. Defaults to `0`.

    Returns:
        float32 array `(height, width)`: largest absolute gradient of the
        channels.
    """
    model = keras.Model(
        views[0].model.inputs, [view.model.outputs[0] for view in views]
    )
    scores = [view.fakeness for view in views]
    if samples:
        values = visualizers.smooth_grad(model, scores, image[None], samples)
    else:
        values = visualizers.saliency(model, scores, image[None])
    return values[0].max(-1)
