import keras
from keras import ops

from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.generators.start_map import StartMap
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.network import Network
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype
from keras_semsynth.layers.spade import NORMALIZATIONS
from keras_semsynth.layers.spatially_conditional_residual_block import OPERATORS
from keras_semsynth.layers.spatially_conditional_residual_block import (
    SpatiallyConditionalResidualBlock,
)

# Option -> number of doublings between the start map and the image.
UPSAMPLINGS = {"fewer": 3, "normal": 5, "more": 6}
# Option -> blocks without a doubling before them.
_NOT_DOUBLED = {"fewer": (0, 1, 2, 3), "normal": (0, 2), "more": (0,)}
STARTS = ("label_map", "style", "noise", "image")
# Name, and width over `filters`.
BLOCKS = (
    ("head_0", 16),
    ("g_middle_0", 16),
    ("g_middle_1", 16),
    ("up_0", 8),
    ("up_1", 4),
    ("up_2", 2),
    ("up_3", 1),
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticRenderGenerator(StartMap, Network):
    """Draws an image with operators that semantic vectors mix (SRG).

    A start map runs through residual blocks of `16, 16, 16, 8, 4, 2, 1` times
    `filters` channels with nearest-neighbour doublings in between. Each takes
    the semantic vectors of its resolution.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**3` (`upsampling="fewer"`), `2**5` (`"normal"`) or `2**6`
            (`"more"`). Defaults to `(256, 256)`.
        filters: int >= 1. Width of the last block, in channels. Defaults to
            `32`.
        start_filters: int >= 1. The start map has 16 times as many channels.
            Defaults to `32`.
        upsampling: str, `"fewer"` (3 doublings, for small images),
            `"normal"` (5) or `"more"` (6). How often the start map is
            enlarged. Defaults to `"normal"`.
        start: str. What the start map is made of: `"label_map"` (shrunk),
            `"image"` (a source image, shrunk), `"style"` (a style code) or
            `"noise"` (a noise vector, as in the paper). Defaults to
            `"label_map"`.
        style_dim: int >= 1 or `None`. Length of the style code or noise
            vector. Defaults to `None`.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        num_conv_candidates: int >= 1. Kernels that a semantic vector mixes
            into a convolution. Defaults to `3`.
        num_norm_candidates: int >= 1. Scales and shifts that a semantic vector
            mixes into a normalization. Defaults to `3`.
        convolution: str, `"conditional"` (mixed by semantic vectors) or
            `"plain"` (table 3: in the place of each, `num_conv_candidates`
            plain ones in a row, which read the vectors as further channels;
            see `layers.VectorConv2D`). What the blocks convolve with.
            Defaults to `"conditional"`.
        modulation: str, `"conditional"` (scales and shifts mixed by semantic
            vectors) or `"plain"` (table 3: one learned scale and shift a
            channel, in the shortcuts too, so that the blocks read no label
            map). What follows the blocks' normalizations. Defaults to
            `"conditional"`.
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        normalization: str, `"sync_batch"`, `"batch"` or `"instance"`.
            Normalization in the blocks. Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolutions of the blocks are spectrally
            normalized. Defaults to `True`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        conv_vectors: list of tensors, coarse to fine, one a resolution from
            the start map's on, as `SemanticVectorGenerator` gives them.
        norm_vectors: list, likewise.
        latent: Float tensor `(batch, style_dim)`, with `start="style"` or
            `"noise"`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        source: Float tensor `(batch, height, width, 3)` in `[-1, 1]`, with
            `start="image"`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Image `(batch, height, width, output_channels)` in `[-1, 1]`, not in
        half precision.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), section 3.2
    """

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 32,
        start_filters: int = 32,
        upsampling: str = "normal",
        start: str = "label_map",
        style_dim: int | None = None,
        use_edge_map: bool = False,
        num_conv_candidates: int = 3,
        num_norm_candidates: int = 3,
        convolution: str = "conditional",
        modulation: str = "conditional",
        hidden_filters: int = 128,
        normalization: str = "sync_batch",
        spectral: bool = True,
        output_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(tuple(UPSAMPLINGS), upsampling=upsampling)
        check_choice(STARTS, start=start)
        check_choice(OPERATORS, convolution=convolution, modulation=modulation)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            start_filters=start_filters,
            style_dim=1 if style_dim is None else style_dim,
            num_conv_candidates=num_conv_candidates,
            num_norm_candidates=num_norm_candidates,
            hidden_filters=hidden_filters,
            output_channels=output_channels,
        )
        if (style_dim is None) == (start in ("style", "noise")):
            raise ValueError(
                '`style_dim` must be given with `start="style"` or "noise", '
                "and only then. Received: "
                f"start={start!r}, style_dim={style_dim}."
            )
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.size_multiple = 2 ** UPSAMPLINGS[upsampling]
        self.num_classes = num_classes
        self.image_size = check_image_size(image_size, self.size_multiple)
        self.filters = filters
        self.start_filters = start_filters
        self.upsampling = upsampling
        self.start = start
        self.style_dim = style_dim
        self.use_edge_map = use_edge_map
        self.num_conv_candidates = num_conv_candidates
        self.num_norm_candidates = num_norm_candidates
        self.convolution = convolution
        self.modulation = modulation
        self.hidden_filters = hidden_filters
        self.normalization = normalization
        self.spectral = spectral
        self.output_channels = output_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def build(self, label_map_shape=None):
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        channels = 16 * self.start_filters
        if self.start == "image":
            self.fc = self._conv("fc", 3, channels)
        else:
            self.fc = self.start_layer(channels)
        self.blocks = []
        for name, width in BLOCKS:
            block = SpatiallyConditionalResidualBlock(
                width * self.filters,
                self.num_classes,
                extra_channels=int(self.use_edge_map),
                num_conv_candidates=self.num_conv_candidates,
                num_norm_candidates=self.num_norm_candidates,
                convolution=self.convolution,
                modulation=self.modulation,
                hidden_filters=self.hidden_filters,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=name,
            )
            block.build((None, None, None, channels))
            self.blocks.append(block)
            channels = width * self.filters
        self.conv_img = self._conv("conv_img", channels, self.output_channels)
        self.built = True

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def _conv(self, name, channels, filters):
        layer = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, channels))
        return layer

    def call(
        self,
        label_map,
        conv_vectors,
        norm_vectors,
        latent=None,
        edge_map=None,
        source=None,
        training=None,
    ):
        if self.start == "image":
            x = self._start_of_source(label_map, source)
        else:
            x = self.start_map(label_map, edge_map, latent)
        level = 0
        for i, block in enumerate(self.blocks):
            if i not in _NOT_DOUBLED[self.upsampling]:
                x = self.upsample(x)
                level += 1
            x = block(
                x,
                conv_vectors[level],
                norm_vectors[level],
                label_map,
                extra_map=edge_map,
                training=training,
            )
        x = self.conv_img(ops.leaky_relu(x, 0.2))
        # A hard tanh, where SPADE has a smooth one.
        return ops.clip(full_precision(x), -1.0, 1.0)

    def _start_of_source(self, label_map, source):
        height, width = self._start_size(ops.shape(label_map)[1:3])
        source = ops.cast(source, self.compute_dtype)
        return self.fc(resize_label_map(source, height, width))

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)

    def compute_output_spec(self, label_map, *args, **kwargs):
        return keras.KerasTensor(
            self.compute_output_shape(label_map.shape),
            full_precision_dtype(self.compute_dtype),
        )
