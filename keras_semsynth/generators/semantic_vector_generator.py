import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.average_pyramid import halve
from keras_semsynth.layers.channel_average_pooling import ChannelAveragePooling
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.initialized_network import InitializedNetwork
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.position_code import PositionCode
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype

# Widths of the stages over `filters`, coarse to fine; further ones are 1.
WIDTHS = (16, 8, 4, 2, 1)
# What normalizes semantic vectors value by value.
_FUNCTIONS = {
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "hard_tanh": lambda x: ops.clip(x, -1.0, 1.0),
    "relu": ops.relu,
    "none": lambda x: x,
}
VECTOR_NORMALIZATIONS = ("softmax", *_FUNCTIONS)
POSITION_CODES = (None, "full", "pyramid")
VECTOR_UPSAMPLINGS = ("nearest", "bilinear")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticVectorGenerator(InitializedNetwork):
    """Encodes a label map as semantic vectors at every resolution (SVG).

    From coarse to fine, each stage reads the label map of its resolution
    (fractions of the classes, but for the last) beside the doubled features of
    the stage before, and makes two convolutions. Averages over groups of the
    features' channels, normalized at each pixel, are the semantic vectors;
    the last stage's features also regress the image.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        filters: int >= 1. Width of the last stages, in channels. Defaults to
            `32`.
        num_stages: int >= 2. Sizes at which semantic vectors are made, each
            twice the one before; the coarsest of 6 is 1 / 32. Defaults to `6`.
        num_conv_candidates: int >= 1. Length of the vectors that mix
            convolutions. Defaults to `3`.
        num_norm_candidates: int >= 1. Length of the vectors that mix
            normalizations. Defaults to `3`.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        spectral: bool. Whether the stages' convolutions are spectrally
            normalized. Defaults to `True`.
        vector_normalization: str, `"softmax"`, `"sigmoid"`, `"tanh"`,
            `"hard_tanh"` (clipped to `[-1, 1]`, as the official code has it),
            `"relu"` or `"none"`. How semantic vectors are normalized at each
            pixel. Defaults to `"softmax"`.
        temperature: float > 0. Factor of the vectors before the softmax; the
            other normalizations do without. Defaults to `0.05`.
        position_code: str or `None`. How far inside its region a pixel lies is
            coded for the semantic vectors. `"full"`: the label map is coded,
            then shrunk. `"pyramid"`: as the official CelebAMask-HQ model has
            it, levels are picked from the top-left pixels, and coded on the
            way down; the finest last. Defaults to `None`: no code.
        position_range: int >= 2. With `position_code="pyramid"`, levels down
            to the `position_range - 2`nd below the finest are coded. Defaults
            to `4`.
        position_window: int, odd. Width of the Gaussian window of the position
            code, in cells. Defaults to `7`.
        position_deviation: float > 0. Standard deviation of that window, in
            cells. Defaults to `1.5`.
        position_iterations: int >= 1. How many times the position code
            filters. Defaults to `1`.
        position_relative: bool. Whether the position code is divided by its
            values before the last iteration. Defaults to `False`.
        vector_upsampling: str, `"nearest"` (as the official code has it) or
            `"bilinear"` (as the paper's appendix A has it). How a stage's
            features are doubled for the next. Defaults to `"nearest"`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`; sizes are multiples of
            `2 ** (num_stages - 1)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Whether to advance the power iterations.

    Returns:
        dict of `"semantic_image"`, `(batch, height, width, output_channels)`
        in `[-1, 1]`, not in half precision; `"conv_vectors"` and
        `"norm_vectors"`, lists of `num_stages` tensors, coarse to fine.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), section 3.1
    """

    def __init__(
        self,
        num_classes: int,
        filters: int = 32,
        num_stages: int = 6,
        num_conv_candidates: int = 3,
        num_norm_candidates: int = 3,
        use_edge_map: bool = False,
        spectral: bool = True,
        vector_normalization: str = "softmax",
        temperature: float = 0.05,
        position_code: str | None = None,
        position_range: int = 4,
        position_window: int = 7,
        position_deviation: float = 1.5,
        position_iterations: int = 1,
        position_relative: bool = False,
        vector_upsampling: str = "nearest",
        output_channels: int = 3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            num_norm_candidates=num_norm_candidates,
            output_channels=output_channels,
        )
        check_within(1, MOST_LAYERS, num_conv_candidates=num_conv_candidates)
        check_within(2, MOST_HALVINGS + 1, num_stages=num_stages)
        check_at_least(2, position_range=position_range)
        check_choice(
            VECTOR_NORMALIZATIONS, vector_normalization=vector_normalization
        )
        check_choice(POSITION_CODES, position_code=position_code)
        check_choice(VECTOR_UPSAMPLINGS, vector_upsampling=vector_upsampling)
        check_positive(
            temperature=temperature, position_deviation=position_deviation
        )
        self.num_classes = num_classes
        self.filters = filters
        self.num_stages = num_stages
        self.num_conv_candidates = num_conv_candidates
        self.num_norm_candidates = num_norm_candidates
        self.use_edge_map = use_edge_map
        self.spectral = spectral
        self.vector_normalization = vector_normalization
        self.temperature = temperature
        self.position_code = position_code
        self.position_range = position_range
        self.position_window = position_window
        self.position_deviation = position_deviation
        self.position_iterations = position_iterations
        self.position_relative = position_relative
        self.vector_upsampling = vector_upsampling
        self.output_channels = output_channels
        self.code = PositionCode(
            position_window,
            position_deviation,
            position_iterations,
            position_relative,
            dtype=self.dtype_policy,
        )

    def build(self, label_map_shape=None, edge_map_shape=None):
        # Two plain lists: Keras does not save what is in nested ones.
        self.first_convs, self.second_convs = [], []
        channels = 0
        for i in range(self.num_stages):
            width = self.filters * WIDTHS[min(i, len(WIDTHS) - 1)]
            first = label_convolution(
                self.num_classes,
                width,
                3,
                spectral=self.spectral,
                extra_channels=int(self.use_edge_map) + channels,
                **self.options(f"stage_{i}_0"),
            )
            second = self._conv(
                f"stage_{i}_1", width, width, spectral=self.spectral
            )
            self.first_convs.append(first)
            self.second_convs.append(second)
            channels = width
        hidden = max(channels // 2, 1)
        self.to_image = [
            self._conv("to_image_0", channels, hidden),
            self._conv("to_image_1", hidden, self.output_channels),
        ]
        self.upsample = keras.layers.UpSampling2D(
            2,
            data_format="channels_last",
            interpolation=self.vector_upsampling,
            dtype=self.dtype_policy,
        )
        self.pools = [
            ChannelAveragePooling(groups, dtype=self.dtype_policy)
            for groups in (self.num_conv_candidates, self.num_norm_candidates)
        ]
        self.built = True

    def _conv(self, name, channels, filters, spectral=False):
        return convolution(
            channels,
            filters,
            3,
            spectral=spectral,
            **self.options(name),
        )

    def call(self, label_map, edge_map=None, training=None):
        stages, image = self.encode(label_map, edge_map, training)
        vectors = [
            [self._normalize(pool(features)) for features in stages]
            for pool in self.pools
        ]
        return {
            "semantic_image": image,
            "conv_vectors": vectors[0],
            "norm_vectors": vectors[1],
        }

    def encode(
        self,
        label_map: Tensor,
        edge_map: Tensor | None = None,
        training: bool | None = None,
    ) -> tuple[list[Tensor], Tensor]:
        """Returns the features of all stages, coarse to fine, and the image."""
        stages, x = [], None
        for (labels, edges), first, second in zip(
            self.label_pyramid(label_map, edge_map),
            self.first_convs,
            self.second_convs,
            strict=True,
        ):
            extra = [] if edges is None else [edges]
            if x is not None:
                extra.append(self.upsample(ops.leaky_relu(x, 0.2)))
                # Acts on the labels too, which matters for soft maps that are
                # no fractions, such as images.
                if is_soft(labels):
                    labels = ops.leaky_relu(labels, 0.2)
            extra = [ops.cast(values, self.compute_dtype) for values in extra]
            extra = ops.concatenate(extra, axis=-1) if extra else None
            x = ops.leaky_relu(first(labels, extra, training=training), 0.2)
            x = second(x, training=training)
            stages.append(x)
        x = ops.leaky_relu(self.to_image[0](x), 0.2)
        image = ops.clip(full_precision(self.to_image[1](x)), -1.0, 1.0)
        return stages, image

    def label_pyramid(
        self, label_map: Tensor, edge_map: Tensor | None = None
    ) -> list[tuple[Tensor, Tensor | None]]:
        """Returns `(labels, edges)` for every stage, coarse to fine.

        `labels` are ids at full size, if they came as ids and are not coded,
        and a soft label map otherwise; `edges` may be `None`.
        """
        if self.position_code == "pyramid":
            return self._coded_pyramid(label_map, edge_map)
        if self.position_code == "full":
            label_map = self.code(self._one_hot(label_map))
        levels = [(label_map, edge_map)]
        for _ in range(self.num_stages - 1):
            labels, edges = levels[0]
            if is_soft(labels):
                labels = halve(labels)
            else:
                # Without a one-hot map of full size.
                labels = 0.25 * sum(
                    self._one_hot(labels[:, i::2, j::2])
                    for i in range(2)
                    for j in range(2)
                )
            edges = None if edges is None else halve(edges)
            levels.insert(0, (labels, edges))
        return levels

    def _coded_pyramid(self, label_map, edge_map):
        current = full_precision(self._one_hot(label_map))
        if edge_map is not None:
            edges = ops.cast(edge_map, current.dtype)
            current = ops.concatenate([current, edges], axis=-1)
        levels = [current]
        for below in range(2, self.num_stages + 1):
            current = current[:, ::2, ::2]
            if below < self.position_range:
                current = self.code(current)
            levels.insert(0, current)
        levels[-1] = self.code(levels[-1])
        if edge_map is None:
            return [(level, None) for level in levels]
        count = self.num_classes
        return [(level[..., :count], level[..., count:]) for level in levels]

    def _one_hot(self, label_map):
        return one_hot_label_map(
            label_map, self.num_classes, self.compute_dtype
        )

    def _normalize(self, vectors):
        vectors = full_precision(vectors)
        if self.vector_normalization != "softmax":
            vectors = _FUNCTIONS[self.vector_normalization](vectors)
        elif vectors.shape[-1] == 1:
            # SC-GAN's table 5 has one candidate: its share is all. Keras warns
            # of a softmax over one value.
            vectors = ops.ones_like(vectors)
        else:
            vectors = ops.softmax(self.temperature * vectors, axis=-1)
        return ops.cast(vectors, self.compute_dtype)

    def compute_output_shape(self, label_map_shape, edge_map_shape=None):
        batch, *size = label_map_shape[:3]
        sizes = [
            [None if n is None else n >> i for n in size]
            for i in reversed(range(self.num_stages))
        ]
        return {
            "semantic_image": (batch, *size, self.output_channels),
            "conv_vectors": [
                (batch, *size, self.num_conv_candidates) for size in sizes
            ],
            "norm_vectors": [
                (batch, *size, self.num_norm_candidates) for size in sizes
            ],
        }

    def compute_output_spec(self, label_map, *args, **kwargs):
        shapes = self.compute_output_shape(label_map.shape)

        def spec(shape, dtype=self.compute_dtype):
            return keras.KerasTensor(shape, dtype)

        dtype = full_precision_dtype(self.compute_dtype)
        return {
            "semantic_image": spec(shapes["semantic_image"], dtype),
            "conv_vectors": [spec(shape) for shape in shapes["conv_vectors"]],
            "norm_vectors": [spec(shape) for shape in shapes["norm_vectors"]],
        }
