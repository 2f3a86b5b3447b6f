"""Inception v3, the network of FID and of the Inception Score."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.network import Network
from keras_semsynth.scorers import inception_blocks
from keras_semsynth.scorers import inception_resizing
from keras_semsynth.scorers.image_batch import BATCH_SIZE
from keras_semsynth.scorers.image_batch import forward
from keras_semsynth.scorers.inception_blocks import BLOCKS
from keras_semsynth.scorers.inception_blocks import Unit

_NUM_CLASSES = {"tf2015": 1008, "torchvision": 1000}
# What every width can be divided by.
_LARGEST_DIVISOR = 16
# What three halvings and the valid convolutions leave one position of.
_SMALLEST_SIDE = 75


@keras.saving.register_keras_serializable(package="keras_semsynth")
class InceptionV3(Network):
    """Inception v3 as FID uses it; frozen.

    Two networks go by this name, and their scores cannot be compared. The
    first (December 2015, 1008 classes) leaves the border out of its average
    pools and has a maximum in its last block; FID means this one. The second
    (torchvision, 1000 classes) counts the border as zeros and averages
    everywhere; the numbers in SPADE's tables come from it.
    `keras.applications.InceptionV3` is a third, which no paper used.

    Args:
        layout: str. `"tf2015"` or `"torchvision"`. Defaults to `"tf2015"`.
        num_classes: int. Length of the logits. Defaults to `None`, that of
            the layout.
        width_divisor: int. Every width is divided by it; for tests. 1, 2, 4,
            8 or 16. Defaults to `1`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, 299, 299, 3)`, RGB, about -1 to 1, as
            `scorers.inception_resizing` makes it. Other sizes
            of 75 or more work too.

    Returns:
        `dict`: `"pool3"` `(batch, 2048)`, the features of FID, and `"logits"`
        `(batch, num_classes)`.

    Raises:
        ValueError: If an argument is none of these or the image too small.

    Example:

    >>> network = keras_semsynth.checkpoints.from_official(
    ...     "inception_fid", "pt_inception-2015-12-05-6726825d.pth"
    ... )
    >>> network.features(images).shape
    (16, 2048)

    Reference:
        - [Inception v3, CVPR 2016](https://arxiv.org/abs/1512.00567)
        - [FID, NeurIPS 2017](https://arxiv.org/abs/1706.08500)
    """

    def __init__(
        self,
        layout: str = "tf2015",
        num_classes: int | None = None,
        width_divisor: int = 1,
        **kwargs,
    ):
        # Scores are computed in float32, whatever the global dtype policy.
        super().__init__(**{"dtype": "float32", **kwargs})
        if layout not in _NUM_CLASSES:
            raise ValueError(
                f"`layout` must be one of {list(_NUM_CLASSES)}. "
                f"Received: layout={layout!r}."
            )
        if not isinstance(width_divisor, int) or (
            width_divisor < 1 or _LARGEST_DIVISOR % width_divisor
        ):
            raise ValueError(
                "`width_divisor` must be 1, 2, 4, 8 or 16. "
                f"Received: width_divisor={width_divisor!r}."
            )
        if num_classes is not None and num_classes < 1:
            raise ValueError(
                "`num_classes` must be a positive integer or None. "
                f"Received: num_classes={num_classes}."
            )
        self.layout = layout
        self.num_classes = num_classes or _NUM_CLASSES[layout]
        self.width_divisor = width_divisor
        # By the names of the checkpoints, in the order of the network.
        self.convolutions = {}
        self.norms = {}
        for block in BLOCKS:
            for unit in _units(block.branches):
                self._add(block.prefix + unit.name, unit)
        self.classifier = keras.layers.Dense(
            self.num_classes, dtype=self.dtype_policy, name="fc"
        )

    def _add(self, name, unit):
        self.convolutions[name] = keras.layers.Conv2D(
            unit.filters // self.width_divisor,
            unit.kernel,
            strides=unit.strides,
            padding=unit.padding,
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype_policy,
        )
        self.norms[name] = keras.layers.BatchNormalization(
            epsilon=1e-3, dtype=self.dtype_policy
        )

    def build(self, image_shape=(None, None, None, 3)):
        channels = 3
        for block in BLOCKS:
            channels = sum(
                self._build_branch(block.prefix, branch, channels)
                for branch in block.branches
            )
        self.classifier.build((None, channels))
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def _build_branch(self, prefix, branch, channels):
        for step in branch:
            if isinstance(step, Unit):
                convolution = self.convolutions[prefix + step.name]
                convolution.build((None, None, None, channels))
                channels = convolution.filters
                norm = self.norms[prefix + step.name]
                norm.build((None, None, None, channels))
            elif isinstance(step, tuple):
                channels = sum(
                    self._build_branch(prefix, (unit,), channels)
                    for unit in step
                )
        return channels

    def call(self, image):
        # Of all stages only the last is used; the others cost nothing.
        features = ops.mean(self.stages(image)["block3"], axis=(1, 2))
        return {"pool3": features, "logits": self.classifier(features)}

    def stages(self, image: Tensor) -> dict[str, Tensor]:
        """Gives the maps between the groups of blocks.

        Args:
            image: As `call` takes it.

        Returns:
            `dict` of tensors, for an image of 299 by 299: `"block0"` 73x73x64,
            `"block1"` 35x35x192, `"block2"` 17x17x768, `"block3"` 8x8x2048.
        """
        _check_size(image.shape)
        maps = {}
        x = image
        for block in BLOCKS:
            branches = [
                self._run(block.prefix, branch, x) for branch in block.branches
            ]
            x = ops.concatenate(branches, axis=-1)
            if block.stage:
                maps[block.stage] = x
        return maps

    def _run(self, prefix, branch, x):
        for step in branch:
            if isinstance(step, Unit):
                name = prefix + step.name
                x = ops.relu(self.norms[name](self.convolutions[name](x)))
            elif isinstance(step, tuple):
                x = ops.concatenate(
                    [self._run(prefix, (unit,), x) for unit in step], axis=-1
                )
            elif step == inception_blocks.HALVING:
                x = ops.max_pool(x, 3, 2, "valid", "channels_last")
            elif step == inception_blocks.LAST and self.layout == "tf2015":
                x = ops.max_pool(x, 3, 1, "same", "channels_last")
            else:
                x = self._average(x)
        return x

    def _average(self, x):
        if self.layout == "tf2015":
            # "same" leaves the border out of the divisor.
            return ops.average_pool(x, 3, 1, "same", "channels_last")
        x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        return ops.average_pool(x, 3, 1, "valid", "channels_last")

    def features(
        self,
        images: np.ndarray | Sequence[np.ndarray],
        resize: str = "torch",
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Gives the features that FID compares.

        Args:
            images: NumPy array `(batch, height, width, 3)`, RGB: `uint8` 0 to
                255 or floats in `[-1, 1]`, which are not quantised; or a list
                of arrays `(height, width, 3)` of different sizes.
            resize: str. `"torch"`, `"tf1"`, `"clean"` or `"none"`; see
                `inception_input`. Defaults to `"torch"`.
            batch_size: int. Images that go through at once. Defaults to `16`.

        Returns:
            `float32` NumPy array `(batch, 2048)`.

        Raises:
            ValueError: If `images` or `resize` are none of these.
        """
        return self._outputs(images, resize, batch_size)["pool3"]

    def logits(
        self,
        images: np.ndarray | Sequence[np.ndarray],
        resize: str = "tf1",
        bias: bool = True,
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Gives the logits that the Inception Score compares.

        Args:
            images: As `features` takes them.
            resize: str. As `features`. Defaults to `"tf1"`, as the original
                Inception Score.
            bias: bool. The original Inception Score leaves the bias of the
                last layer out, the one of PyTorch has it. Defaults to `True`.
            batch_size: int. Images that go through at once. Defaults to `16`.

        Returns:
            `float32` NumPy array `(batch, num_classes)`.
        """
        outputs = self._outputs(images, resize, batch_size)
        if bias:
            return outputs["logits"]
        # Multiplied again: a difference would carry the bias's rounding.
        return outputs["pool3"] @ ops.convert_to_numpy(self.classifier.kernel)

    def _outputs(self, images, resize, batch_size):
        inputs = inception_resizing.inception_input(images, resize)
        # Here too: in a compiled `call` the size may be unknown.
        _check_size(inputs.shape)
        return forward(self, inputs, batch_size)

    def describe(self, resize: str = "torch") -> dict[str, Any]:
        """Describes the ruler for a report; can be written as JSON.

        Args:
            resize: str. What `features` was called with. Defaults to
                `"torch"`.
        """
        first = self.layout == "tf2015"
        return {
            "network": "Inception v3",
            "layout": self.layout,
            "feature": "pool3",
            "dimensions": 2048 // self.width_divisor,
            "num_classes": self.num_classes,
            "average_pool": f"3x3, border {'left out' if first else 'counted'}",
            "last_block_pool": "maximum" if first else "average",
            "resize": inception_resizing.check_rule(resize),
            "resize_rule": inception_resizing.RULES[resize],
            "input_size": (
                None
                if resize == "none"
                else [inception_resizing.SIDE, inception_resizing.SIDE]
            ),
            "colour_order": "RGB",
            "precision": "float32",
        }


def _check_size(shape):
    if min(n for n in (*shape[1:3], _SMALLEST_SIDE) if n) < _SMALLEST_SIDE:
        raise ValueError(
            f"`image` must have sides of {_SMALLEST_SIDE} pixels or more; "
            f"Inception v3 wants 299. Received: shape {tuple(shape)}."
        )


def _units(steps):
    """Yields the units of a nest of steps."""
    for step in steps:
        if isinstance(step, Unit):
            yield step
        elif isinstance(step, tuple):
            yield from _units(step)
