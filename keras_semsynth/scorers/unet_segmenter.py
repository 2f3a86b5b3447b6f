"""A small segmentation network that one trains oneself."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.scorers.segmentation_scorer import SegmentationScorer
from keras_semsynth.scorers.segmentation_scorer import to_pixels

# Id of pixels that are not scored, in the class space of a scorer.
IGNORED = 255


@keras.saving.register_keras_serializable(package="keras_semsynth")
class UNetSegmenter(SegmentationScorer):
    """A small U-Net that names the class of every pixel.

    The scorer for datasets without a public segmentation network:
    `semsynth train_scorer` trains one on any dataset. Its
    scores compare models of that dataset with each other, never with the
    numbers of a paper. The file says what it scores.

    Images may have any size: where a side is odd, halving it rounds up, as if
    the image had been padded at the bottom and on the right, and the surplus is
    cut off on the way back.

    Args:
        num_classes: int. Classes it tells from each other; "not labelled" is
            none.
        filters: int. Channels at full resolution; they double with every
            halving. Defaults to `16`.
        depth: int. How often the image is halved; one more for every doubling
            of the image size beyond 64 is about right. Defaults to `3`.
        max_filters: int. Most channels of any level; the length of the
            features for fd. Defaults to `128`.
        dataset: str. Name of the dataset it was trained on. Defaults to `""`.
        class_names: sequence of `num_classes` str, or `None`. Names for
            reports; without, numbers. Defaults to `None`.
        unknown_class: int or `None`. Id of the *dataset* that means "not
            labelled"; the ids above it are one lower here. Defaults to
            `None`: ids are those of the dataset.
        image_size: `(height, width)` of the training images in pixels, or
            `None`. Defaults to `None`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, RGB, in `[-1, 1]`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Logits `(batch, height, width, num_classes)` in the compute dtype,
        float32 unless another `dtype` is given.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> scorer = keras_semsynth.scorers.UNetSegmenter(num_classes=10)
    >>> scorer.segment(np.zeros((2, 64, 64, 3), "uint8")).shape
    (2, 64, 64)

    Reference:
        - [U-Net, MICCAI 2015](https://arxiv.org/abs/1505.04597)
    """

    def __init__(
        self,
        num_classes: int,
        filters: int = 16,
        depth: int = 3,
        max_filters: int = 128,
        dataset: str = "",
        class_names: Sequence[str] | None = None,
        unknown_class: int | None = None,
        image_size: tuple[int, int] | None = None,
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        check_at_least(2, num_classes=num_classes)
        check_at_least(1, filters=filters, max_filters=max_filters)
        check_within(1, MOST_HALVINGS, depth=depth)
        if class_names is None:
            class_names = [f"class {i}" for i in range(num_classes)]
        if len(class_names) != num_classes:
            raise ValueError(
                f"`class_names` must hold `num_classes={num_classes}` names. "
                f"Received: {len(class_names)}."
            )
        if unknown_class is not None and not 0 <= unknown_class <= num_classes:
            raise ValueError(
                "`unknown_class` must be one of the ids 0 to "
                f"{num_classes} of the dataset, or None. Received: "
                f"unknown_class={unknown_class}."
            )
        self.filters = filters
        self.depth = depth
        self.max_filters = max_filters
        self.dataset = dataset
        self.class_names = list(class_names)
        self.unknown_class = unknown_class
        self.image_size = None if image_size is None else list(image_size)
        self.widths = [
            min(filters * 2**level, max_filters) for level in range(depth + 1)
        ]
        options = {
            "data_format": "channels_last",
            "dtype": self.dtype_policy,
        }
        # Two convolutions a block: down, the bottom, and up again.
        self.convolutions, self.normalizations = [], []
        for block, width in enumerate(self.widths + self.widths[-2::-1]):
            for index in range(2):
                self.convolutions.append(
                    keras.layers.Conv2D(
                        width,
                        3,
                        padding="same",
                        use_bias=False,
                        kernel_initializer="he_normal",
                        name=f"conv{block}_{index}",
                        **options,
                    )
                )
                self.normalizations.append(
                    keras.layers.BatchNormalization(
                        momentum=0.9,
                        epsilon=1e-5,
                        dtype=self.dtype_policy,
                        name=f"norm{block}_{index}",
                    )
                )
        self.upsampling = keras.layers.UpSampling2D(2, **options)
        self.head = keras.layers.Conv2D(num_classes, 1, name="head", **options)

    def build(self, image_shape=(None, None, None, 3)):
        if image_shape[-1] != 3:
            raise ValueError(
                "`image` must be `(batch, height, width, 3)`. "
                f"Received: shape {tuple(image_shape)}."
            )
        inputs = [3, *self.widths[:-1]]
        inputs += [
            self.widths[level] + self.widths[level + 1]
            for level in reversed(range(self.depth))
        ]
        for index, convolution in enumerate(self.convolutions):
            # The first of a block takes what comes from outside.
            channels = convolution.filters if index % 2 else inputs[index // 2]
            convolution.build((None, None, None, channels))
            self.normalizations[index].build(
                (None, None, None, convolution.filters)
            )
        self.head.build((None, None, None, self.widths[0]))
        # Last, so that it reaches the weights just made.
        self.trainable = self.trainable
        self.built = True

    def call(self, image, training=None):
        skips, x = self._encode(image, training)
        for block, skip in enumerate(reversed(skips), start=self.depth + 1):
            shape = ops.shape(skip)
            x = self.upsampling(x)[:, : shape[1], : shape[2]]
            x = ops.concatenate([x, skip], axis=-1)
            x = self._block(x, block, training)
        return self.head(x)

    def levels(self, image: Tensor) -> list[Tensor]:
        """Returns the features before each halving, and those at the bottom.

        Args:
            image: As for calling.

        Returns:
            List of `depth + 1` tensors, fine to coarse.
        """
        skips, x = self._encode(image, training=False)
        return [*skips, x]

    def _encode(self, image, training):
        """Returns the features before each halving, and those at the bottom."""
        x = ops.cast(image, self.compute_dtype)
        skips = []
        for block in range(self.depth + 1):
            if block:
                skips.append(x)
                x = ops.max_pool(
                    x, 2, 2, padding="same", data_format="channels_last"
                )
            x = self._block(x, block, training)
        return skips, x

    def _block(self, x, block, training):
        for index in (2 * block, 2 * block + 1):
            x = self.convolutions[index](x)
            x = self.normalizations[index](x, training=training)
            x = ops.relu(x)
        return x

    def compute_output_shape(self, image_shape):
        return (*image_shape[:-1], self.num_classes)

    def class_scores(self, pixels: np.ndarray, size: tuple[int, int]) -> Tensor:
        logits = self.logits(_network_input(pixels))
        if size == logits.shape[1:3]:
            return logits
        return ops.image.resize(
            logits,
            size,
            interpolation="bilinear",
            data_format="channels_last",
        )

    def features(self, images: np.ndarray, batch_size: int = 16) -> np.ndarray:
        """Describes images by the mean of the features at the bottom.

        Args:
            images: NumPy array `(batch, height, width, 3)`, RGB: uint8 of 0
                to 255, or float in `[-1, 1]`.
            batch_size: int. Images that go through the network at once.
                Defaults to `16`.

        Returns:
            float32 NumPy array `(batch, feature_dims)`.

        Raises:
            ValueError: If `images` are no such array or hold NaN.
        """
        pixels = to_pixels(images)
        check_at_least(1, batch_size=batch_size)
        if not self.built:
            self.build()
        pieces = []
        with backend.no_gradients(), backend.exact_float32():
            for start in range(0, len(pixels), batch_size):
                piece = _network_input(pixels[start : start + batch_size])
                _, x = self._encode(piece, training=False)
                x = ops.mean(ops.cast(x, "float32"), axis=(1, 2))
                pieces.append(ops.convert_to_numpy(x))
        return np.concatenate(pieces)

    @property
    def feature_dims(self) -> int:
        """Length of a feature vector."""
        return self.widths[-1]

    def to_scorer_ids(self, label_map: np.ndarray) -> np.ndarray:
        """Turns ids of the dataset into ids of this network.

        Args:
            label_map: Integer NumPy array.

        Returns:
            int32 array of the same shape: ids in `[0, num_classes)`, or 255
            (from 256 classes on: -1) for what is not labelled.

        Raises:
            ValueError: If an id is not one of the dataset's.
        """
        label_map = np.asarray(label_map).astype("int32")
        unknown = self.unknown_class
        limit = self.num_classes + (unknown is not None)
        if label_map.size and not (
            0 <= label_map.min() and label_map.max() < limit
        ):
            raise ValueError(
                f"This scorer knows the ids 0 to {limit - 1} of "
                f"{self.dataset or 'its dataset'}. Received: ids from "
                f"{label_map.min()} to {label_map.max()}; score with a network "
                "of the dataset that the label maps come from."
            )
        if unknown is None:
            return label_map
        ids = label_map - (label_map > unknown)
        ignored = IGNORED if self.num_classes <= IGNORED else -1
        return np.where(label_map == unknown, ignored, ids).astype("int32")

    def to_dataset_ids(self, ids: np.ndarray) -> np.ndarray:
        """Turns ids of this network into ids of the dataset.

        Args:
            ids: Integer NumPy array of values in `[0, num_classes)`.

        Returns:
            int32 array of the same shape.
        """
        ids = np.asarray(ids).astype("int32")
        if self.unknown_class is None:
            return ids
        return ids + (ids >= self.unknown_class).astype("int32")

    def describe(self) -> dict[str, Any]:
        """Says what was measured with, for a report.

        Returns:
            dict that JSON can hold.
        """
        return {
            **super().describe(),
            "dataset": self.dataset,
            "class_names": list(self.class_names),
            "unknown_class": self.unknown_class,
            "image_size": self.image_size and list(self.image_size),
            "filters": self.filters,
            "depth": self.depth,
            "max_filters": self.max_filters,
            "feature_dims": self.feature_dims,
            "features": "mean of the features at the lowest resolution",
            "colour_order": "rgb",
            "pixel_range": [-1.0, 1.0],
            "input_size": "that of the images",
            "multi_scale": False,
        }


def _network_input(pixels):
    return np.asarray(pixels, "float32") / np.float32(127.5) - 1
