import keras
from keras import ops

from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.generators.start_map import StartMap
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.concatenation_residual_block import (
    ConcatenationResidualBlock,
)
from keras_semsynth.layers.distinct_patches import spade_patches
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.spade import NORMALIZATIONS
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock

# Option -> number of doublings between the start map and the image.
UPSAMPLINGS = {"normal": 5, "more": 6, "most": 7}
BLOCKS = {"spade": SPADEResidualBlock, "concat": ConcatenationResidualBlock}


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADEGenerator(StartMap, Generator):
    """Synthesizes an image from a label map by SPADE residual blocks.

    A start map (the label map shrunk by `2**5`, `2**6` or `2**7` and convolved,
    or a projection of a style code) runs through blocks of `16, 16, 16, 8, 4,
    2, 1` times `filters` channels with nearest-neighbour doublings in between.
    Every block reads the whole label map.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**5` (`upsampling="normal"`), `2**6` or `2**7`. Without a
            style code other such sizes work too. Defaults to `(256, 256)`.
        filters: int >= 1. Width of the last block, in channels. Defaults to
            `64`.
        upsampling: str, `"normal"` (5 doublings), `"more"` (6) or `"most"` (7,
            with one more block). How often the start map is enlarged. Defaults
            to `"normal"`.
        style_dim: int >= 1 or `None`. Length of the style code that takes the
            place of the shrunk label map. Defaults to `None`: no style.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        kernel_size: int, odd. Size of SPADE's kernels. Defaults to `3`.
        normalization: str, `"sync_batch"`, `"batch"` or `"instance"`.
            Normalization in the blocks. Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolutions of the blocks are spectrally
            normalized. Defaults to `True`.
        conditioning: str, `"spade"`, or `"concat"`: blocks that read the label
            map by concatenation, the baseline of the paper's table 3. How
            blocks read the label map. Defaults to `"spade"`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        deduplicate: bool. Whether, at inference and resolutions of 64 rows or
            more, scale and shift are computed once for each different patch of
            the label map instead of at each pixel: the same image, several
            times faster on real layouts. May be set on a loaded generator. Not
            with an edge map, and not on JAX. Defaults to `False`.
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
        float32 image `(batch, height, width, output_channels)` in `[-1, 1]`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.SPADEGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32")).shape
    (2, 64, 96, 3)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), figure 4
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
        conditioning: str = "spade",
        output_channels: int = 3,
        deduplicate: bool = False,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(tuple(UPSAMPLINGS), upsampling=upsampling)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_choice(tuple(BLOCKS), conditioning=conditioning)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            style_dim=1 if style_dim is None else style_dim,
            hidden_filters=hidden_filters,
            output_channels=output_channels,
        )
        check_odd(kernel_size=kernel_size)
        if upsampling == "most" and filters < 2:
            raise ValueError(
                '`upsampling="most"` halves the width once more and needs '
                f"`filters` of at least 2. Received: filters={filters}."
            )
        if deduplicate and (use_edge_map or conditioning != "spade"):
            raise ValueError(
                "`deduplicate` finds equal patches of ids, on which SPADE's "
                "scale and shift depend alone, unless `use_edge_map=True` or "
                '`conditioning="concat"`. Use deduplicate=False.'
            )
        if conditioning == "concat" and not spectral:
            raise ValueError(
                '`conditioning="concat"` has spectrally normalized '
                "convolutions only. Use spectral=True."
            )
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
        self.conditioning = conditioning
        self.output_channels = output_channels
        self.deduplicate = deduplicate
        self.initializer = initializer
        self.initializer_gain = initializer_gain
        if style_dim is not None:
            self.seed_generator = keras.random.SeedGenerator()

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def build(self, label_map_shape=None):
        width = self.filters
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.fc = self.start_layer(16 * width)
        self.head_0 = self._block("head_0", 16 * width, 16 * width)
        self.g_middle_0 = self._block("g_middle_0", 16 * width, 16 * width)
        self.g_middle_1 = self._block("g_middle_1", 16 * width, 16 * width)
        self.up_0 = self._block("up_0", 16 * width, 8 * width)
        self.up_1 = self._block("up_1", 8 * width, 4 * width)
        self.up_2 = self._block("up_2", 4 * width, 2 * width)
        self.up_3 = self._block("up_3", 2 * width, width)
        self.up_4 = None
        if self.upsampling == "most":
            self.up_4 = self._block("up_4", width, width // 2)
            width = width // 2
        self.conv_img = keras.layers.Conv2D(
            self.output_channels,
            3,
            padding="same",
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="conv_img",
        )
        self.conv_img.build((None, None, None, width))
        self.built = True

    def _block(self, name, channels, filters):
        block = BLOCKS[self.conditioning](
            filters,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            hidden_filters=self.hidden_filters,
            kernel_size=self.kernel_size,
            normalization=self.normalization,
            spectral=self.spectral,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        block.build((None, None, None, channels))
        return block

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        latent = self.latent_or_draw(label_map, latent, seed)
        find_patches = self.deduplicate and not training

        def apply(block, x):
            patches = None
            if find_patches:
                patches = self._patches(label_map, *ops.shape(x)[1:3])
            return block(
                x,
                label_map,
                extra_map=edge_map,
                patches=patches,
                training=training,
            )

        x = self.start_map(label_map, edge_map, latent)
        x = apply(self.head_0, x)
        x = apply(self.g_middle_0, self.upsample(x))
        if self.upsampling != "normal":
            x = self.upsample(x)
        x = apply(self.g_middle_1, x)
        x = apply(self.up_0, self.upsample(x))
        x = apply(self.up_1, self.upsample(x))
        x = apply(self.up_2, self.upsample(x))
        x = apply(self.up_3, self.upsample(x))
        if self.up_4 is not None:
            x = apply(self.up_4, self.upsample(x))
        x = self.conv_img(ops.leaky_relu(x, 0.2))
        # Half precision would band the image.
        return ops.tanh(full_precision(x))

    def _patches(self, label_map, height, width):
        # Below 64 rows most patches differ, and finding them is a loss.
        if is_soft(label_map) or not isinstance(height, int) or height < 64:
            return None
        label_map = resize_label_map(label_map, height, width)
        return spade_patches(label_map, self.kernel_size, self.num_classes)

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
