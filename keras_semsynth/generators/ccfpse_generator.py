import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.generators.start_map import StartMap
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditional_conv_block import NORMALIZATIONS
from keras_semsynth.layers.conditional_conv_block import ConditionalConvBlock
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_feature_pyramid import LabelFeaturePyramid
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock

# Option -> number of doublings between the start map and the image.
UPSAMPLINGS = {"normal": 5, "more": 6}
BLOCKS = ("conditional", "spade")
# Name of a block and its width over `filters`.
WIDTHS = (
    ("head_0", 16),
    ("g_middle_0", 16),
    ("g_middle_1", 16),
    ("up_0", 8),
    ("up_1", 4),
    ("up_2", 2),
    ("up_3", 1),
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class CCFPSEGenerator(StartMap, Generator):
    """Synthesizes an image by convolutions predicted from the label map.

    A start map (a projection of a style code, or the label map shrunk by
    `2**5` or `2**6` and convolved) runs through blocks of `16, 16, 16, 8, 4,
    2, 1` times `filters` channels with nearest-neighbour doublings in between.
    Every block reads its context: the label map at its size, and the level of
    the label feature pyramid at its size.

    The options `block` and `feature_pyramid` make the four generators of the
    paper's ablation. Without the pyramid, what a block needs is predicted from
    the label map at its size alone, by stacks of two convolutions.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**5` (`upsampling="normal"`) or `2**6`. Without a style code
            other such sizes work too. Defaults to `(256, 256)`.
        filters: int >= 1. Width of the last block and of the pyramid, in
            channels. Defaults to `64`.
        upsampling: str, `"normal"` (5 doublings) or `"more"` (6; for
            Cityscapes). How often the start map is enlarged. Defaults to
            `"normal"`.
        style_dim: int >= 1 or `None`. Length of the style code that takes the
            place of the shrunk label map; the paper's is 256. Defaults to
            `None`: no style.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        hidden_filters: int >= 1. Width of all predictors, in channels.
            Defaults to `128`.
        kernel_size: int, odd. Size of the predicted kernels. Defaults to `3`.
        normalization: str, `"sync_batch"` or `"batch"`. Normalization in the
            blocks. Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolutions of the pyramid and the
            shortcuts are spectrally normalized (with `block="spade"`, those of
            the blocks too). Defaults to `True`.
        block: str, `"conditional"` or `"spade"` (SPADE's residual blocks,
            reading the same context). Kind of the blocks. Defaults to
            `"conditional"`.
        feature_pyramid: bool. Whether blocks read the pyramid beside the label
            map. Defaults to `True`.
        recompute: bool. Whether, in training, predicted kernels are predicted
            again in the backward pass instead of kept: 0.8 GB less for each
            image of 256x256 at full width, and a third more time. Defaults to
            `False`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: Style code `(batch, style_dim)`; drawn if absent.
        edge_map: Float tensor `(batch, height, width, 1)` of zeros and ones.
        seed: int. Makes the drawn style code repeatable.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Full precision image `(batch, height, width, output_channels)` in
        `[-1, 1]`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.CCFPSEGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32")).shape
    (2, 64, 96, 3)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), figure 2
    """

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 64,
        upsampling: str = "normal",
        style_dim: int | None = None,
        use_edge_map: bool = False,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        block: str = "conditional",
        feature_pyramid: bool = True,
        recompute: bool = False,
        output_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(tuple(UPSAMPLINGS), upsampling=upsampling)
        check_choice(BLOCKS, block=block)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            style_dim=1 if style_dim is None else style_dim,
            hidden_filters=hidden_filters,
            output_channels=output_channels,
        )
        check_odd(kernel_size=kernel_size)
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.size_multiple = 2 ** UPSAMPLINGS[upsampling]
        self.num_classes = num_classes
        self.image_size = check_image_size(image_size, self.size_multiple)
        self.filters = filters
        self.upsampling = upsampling
        self.style_dim = self.latent_size = style_dim
        self.latent_kind = None if style_dim is None else "style"
        self.fixed_size = style_dim is not None
        self.use_edge_map = use_edge_map
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.block = block
        self.feature_pyramid = feature_pyramid
        self.recompute = recompute
        self.output_channels = output_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain
        if style_dim is not None:
            self.seed_generator = keras.random.SeedGenerator()

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def build(self, label_map_shape=None):
        edges = int(self.use_edge_map)
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.fc = self.start_layer(16 * self.filters)
        self.pyramid = None
        if self.feature_pyramid:
            self.pyramid = LabelFeaturePyramid(
                self.num_classes,
                extra_channels=edges,
                filters=self.filters,
                num_levels=UPSAMPLINGS[self.upsampling] + 1,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name="pyramid",
            )
            self.pyramid.build()
        extra_channels = edges + (self.filters if self.feature_pyramid else 0)
        channels = 16 * self.filters
        for name, factor in WIDTHS:
            filters = factor * self.filters
            block = self._block(name, filters, extra_channels)
            block.build((None, None, None, channels))
            setattr(self, name, block)
            channels = filters
        self.conv_img = keras.layers.Conv2D(
            self.output_channels,
            3,
            padding="same",
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="conv_img",
        )
        self.conv_img.build((None, None, None, channels))
        self.built = True

    def _block(self, name, filters, extra_channels):
        options = {
            "extra_channels": extra_channels,
            "hidden_filters": self.hidden_filters,
            "kernel_size": self.kernel_size,
            "normalization": self.normalization,
            "spectral": self.spectral,
            "kernel_initializer": self._initializer(),
            "dtype": self.dtype_policy,
            "name": name,
        }
        if self.block == "spade":
            return SPADEResidualBlock(filters, self.num_classes, **options)
        return ConditionalConvBlock(
            filters, self.num_classes, recompute=self.recompute, **options
        )

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        latent = self.latent_or_draw(label_map, latent, seed)
        contexts = self.contexts(label_map, edge_map, training)
        x = self.start_map(label_map, edge_map, latent)
        level = 0
        for name, _ in WIDTHS:
            if self.level(name) > level:
                x, level = self.upsample(x), level + 1
            x = getattr(self, name)(x, *contexts[level], training=training)
        x = self.conv_img(ops.leaky_relu(x, 0.2))
        # Half precision would band the image.
        return ops.tanh(full_precision(x))

    def contexts(
        self,
        label_map: Tensor,
        edge_map: Tensor | None = None,
        training: bool | None = None,
    ) -> list[tuple[Tensor, Tensor | None]]:
        """Returns what the blocks read at each resolution, coarsest first.

        Returns:
            list of `(label_map, extra_map)`; the extra map holds the edge map,
            then the features of the pyramid, or is `None`.
        """
        levels = UPSAMPLINGS[self.upsampling] + 1
        pyramid = [None] * levels
        if self.feature_pyramid:
            pyramid = self.pyramid(label_map, edge_map, training=training)
        contexts = []
        for level, features in enumerate(pyramid):
            labels, edges = self._resized(label_map, edge_map, level)
            parts = [part for part in (edges, features) if part is not None]
            extra_map = ops.concatenate(parts, axis=-1) if parts else None
            contexts.append((labels, extra_map))
        return contexts

    def level(self, name: str) -> int:
        """Doublings before a block, which are the level that it reads."""
        order = [name for name, _ in WIDTHS]
        if self.upsampling == "normal":
            order.remove("g_middle_1")  # at the size of the block before it
            name = "g_middle_0" if name == "g_middle_1" else name
        return order.index(name)

    def _resized(self, label_map, edge_map, level):
        """Label map and edge map after `level` doublings of the start."""
        height, width = (
            size // self.size_multiple * 2**level
            for size in ops.shape(label_map)[1:3]
        )
        label_map = resize_label_map(label_map, height, width)
        if edge_map is not None:
            edge_map = resize_label_map(edge_map, height, width)
        return label_map, edge_map

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
