import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype

# Levels of the pyramid that are scored: cells of 4, 8 and 16 pixels.
SCORED = (2, 3, 4)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class FPSEDiscriminator(Discriminator):
    """Feature pyramid semantics-embedding discriminator.

    Reads the image alone, into a pyramid of features in which fine levels know
    what coarse ones saw. At three levels each cell is scored twice: whether it
    looks real, and how well its features agree (inner product) with the
    embedding of the labels under it. Level `k` has cells of `2**k` pixels.

    Pass fake and real images in one batch, fake first: one call is one power
    iteration.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        use_edge_map: bool. Whether the embedding takes in an instance edge
            map. Defaults to `False`.
        filters: int >= 1. Width of the first level, in channels. Defaults to
            `64`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization after the convolutions. Defaults to
            `"instance"`.
        spectral: bool. Whether all convolutions but the heads are spectrally
            normalized. Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, height and width multiples of 32.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        dict: `"scores"`, three full precision tensors `(batch, h, w, 1)`,
        finest first; `"features"`, four lists of one tensor each, the
        bottom-up levels 2 to 5 (a list each: the paper's feature matching is
        the mean over levels).

    Raises:
        ValueError: If an argument or the size does not fit, or the edge map is
            missing or superfluous.

    Example:

    >>> discriminator = keras_semsynth.discriminators.FPSEDiscriminator(
    ...     num_classes=5, filters=4)
    >>> image = np.zeros((2, 64, 64, 3), "float32")
    >>> outputs = discriminator(image, np.zeros((2, 64, 64), "int32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 16, 16, 1), (2, 8, 8, 1), (2, 4, 4, 1)]

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section 3.2
    """

    output_names = ("scores", "features")
    size_multiple = 32

    def __init__(
        self,
        num_classes: int,
        use_edge_map: bool = False,
        filters: int = 64,
        normalization: str = "instance",
        spectral: bool = True,
        image_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            image_channels=image_channels,
        )
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.num_classes = num_classes
        self.use_edge_map = use_edge_map
        self.filters = filters
        self.normalization = normalization
        self.spectral = spectral
        self.image_channels = image_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    @property
    def _widths(self):
        """Channels of the bottom-up levels, from the image (0) to 5."""
        filters = self.filters
        factors = (1, 2, 4, 8, 8)
        return [self.image_channels, *(factor * filters for factor in factors)]

    def build(self, image_shape=None):
        widths = self._widths
        wide, narrow = 4 * self.filters, 2 * self.filters
        self.encoders = [
            self._unit(f"encoder_{k}", widths[k - 1], widths[k], 3, strides=2)
            for k in range(1, 6)
        ]
        self.laterals = [
            self._unit(f"lateral_{k}", widths[k], wide, 1) for k in range(2, 6)
        ]
        self.finals = [
            self._unit(f"final_{k}", wide, narrow, 3) for k in SCORED
        ]
        self.patch_head = self._head("patch_head", narrow, 1)
        self.semantic_head = self._head("semantic_head", narrow, narrow)
        self.embedding = LabelEmbedding(
            narrow,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            cell_size=2 ** SCORED[0],
            num_levels=len(SCORED),
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="embedding",
        )
        self.embedding.build()
        self.built = True

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def _unit(self, name, channels, filters, kernel_size, strides=1):
        unit = NormalizedConv2D(
            filters,
            kernel_size,
            strides=strides,
            padding=kernel_size // 2,
            normalization=self.normalization,
            spectral=self.spectral,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        unit.build((None, None, None, channels))
        return unit

    def _head(self, name, channels, filters):
        head = keras.layers.Conv2D(
            filters,
            1,
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        head.build((None, None, None, channels))
        return head

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        self.check_size(image)

        def apply(unit, x):
            return ops.leaky_relu(unit(x, training=training), 0.2)

        x = ops.cast(image, self.compute_dtype)
        bottom_up = []
        for encoder in self.encoders:
            x = apply(encoder, x)
            bottom_up.append(x)
        bottom_up = bottom_up[1:]  # levels 2 to 5
        top_down = [apply(self.laterals[-1], bottom_up[-1])]
        for features, lateral in zip(
            bottom_up[-2::-1], self.laterals[-2::-1], strict=True
        ):
            x = double_bilinear(top_down[0]) + apply(lateral, features)
            top_down.insert(0, x)
        scores = []
        for x, final, embedding in zip(
            top_down,
            self.finals,
            self.embedding(label_map, edge_map),
            # Level 5 only leads down to the others.
            strict=False,
        ):
            x = apply(final, x)
            match = self.semantic_head(x) * embedding
            match = ops.sum(full_precision(match), axis=-1, keepdims=True)
            scores.append(full_precision(self.patch_head(x)) + match)
        return {"scores": scores, "features": [[x] for x in bottom_up]}

    def compute_output_shape(self, image_shape, **kwargs):
        batch, height, width, _ = image_shape

        def shape(level, channels):
            sides = (
                None if side is None else side >> level
                for side in (height, width)
            )
            return (batch, *sides, channels)

        return {
            "scores": [shape(level, 1) for level in SCORED],
            "features": [
                [shape(level, self._widths[level])] for level in range(2, 6)
            ],
        }

    def compute_output_spec(self, image, *args, **kwargs):
        shapes = self.compute_output_shape(image.shape)
        dtype = full_precision_dtype(self.compute_dtype)
        return {
            "scores": [
                keras.KerasTensor(shape, dtype) for shape in shapes["scores"]
            ],
            "features": [
                [keras.KerasTensor(shape, self.compute_dtype)]
                for (shape,) in shapes["features"]
            ],
        }


def double_bilinear(x: Tensor) -> Tensor:
    """Doubles height and width, between pixel centers, the border repeated.

    `keras.ops.image.resize` wants the size to be known beforehand.
    """
    for axis in (1, 2):

        def part(start, stop, x=x, axis=axis):
            return x[(slice(None),) * axis + (slice(start, stop),)]

        before = ops.concatenate([part(0, 1), part(0, -1)], axis)
        after = ops.concatenate([part(1, None), part(-1, None)], axis)
        pairs = [0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after]
        shape = list(ops.shape(x))
        shape[axis] = 2 * shape[axis]
        x = ops.reshape(ops.stack(pairs, axis + 1), shape)
    return x
