import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.spade import NORMALIZATIONS

# Widths of the blocks over `filters`; a doubling lies between two blocks.
WIDTHS = (16, 16, 8, 4, 2, 1)


class NoiseGenerator(Generator):
    """What OASIS and DP-GAN share: noise beside the labels, and six blocks.

    The start map is the label map with noise beside it, shrunk by 32 and
    convolved. Six residual blocks of `16, 16, 8, 4, 2, 1` times `filters`
    channels follow, with nearest-neighbour doublings in between.

    The noise is a vector an image, the same at every pixel, or a map
    `(batch, height, width, noise_dim)`: pixels or regions may then have noise
    of their own, to change one region of an image only.

    Subclasses build `self.blocks` in `build_blocks()` and supply
    `conditions(label_map, noise, training)`, which returns a function of a
    block's number and input that gives the arguments of the block's call.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of 32. Other such sizes work too. Defaults to `(256, 256)`.
        filters: int >= 1. Width of the last block, in channels. Defaults to
            `64`.
        noise_dim: int >= 1 or `None`. Channels of the noise; `None` for a
            generator without. Defaults to `64`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
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
    """

    latent_kind = "noise"
    use_edge_map = False
    size_multiple = 2 ** (len(WIDTHS) - 1)

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 64,
        noise_dim: int | None = 64,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        output_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            noise_dim=1 if noise_dim is None else noise_dim,
            output_channels=output_channels,
        )
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.num_classes = num_classes
        self.image_size = check_image_size(image_size, self.size_multiple)
        self.filters = filters
        self.noise_dim = self.latent_size = noise_dim
        if noise_dim is None:
            self.latent_kind = None
        else:
            self.seed_generator = keras.random.SeedGenerator()
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.output_channels = output_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def build(self, label_map_shape=None):
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.fc = LabelConv2D(
            WIDTHS[0] * self.filters,
            3,
            self.num_classes,
            extra_channels=self.noise_dim or 0,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="fc",
        )
        self.fc.build()
        self.build_blocks()
        self.conv_img = keras.layers.Conv2D(
            self.output_channels,
            3,
            padding="same",
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="conv_img",
        )
        self.conv_img.build((None, None, None, self.filters))
        self.built = True

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        self.check_edge_map(edge_map)
        noise = self.latent_or_draw(label_map, latent, seed)
        conditions = self.conditions(label_map, noise, training)
        x = self.start_map(label_map, noise)
        for i, block in enumerate(self.blocks):
            if i:
                x = self.upsample(x)
            x = block(x, **conditions(i, x), training=training)
        x = self.conv_img(ops.leaky_relu(x, 0.2))
        # Half precision would band the image.
        return ops.tanh(full_precision(x))

    def start_map(self, label_map: Tensor, noise: Tensor) -> Tensor:
        """Returns what the first block reads, at 1/32 of the size."""
        height, width = (
            size // self.size_multiple for size in ops.shape(label_map)[1:3]
        )
        label_map = resize_label_map(label_map, height, width)
        if noise is not None and len(noise.shape) == 4:
            noise = resize_label_map(noise, height, width)
        return self.fc(label_map, noise)

    def latent_or_draw(
        self, label_map: Tensor, latent: Tensor | None, seed: int | None
    ) -> Tensor | None:
        """Returns noise vectors or a noise map; or `None` without noise.

        Raises:
            ValueError: If the model takes no noise, or its shape is wrong.
        """
        if self.noise_dim is None or latent is None or len(latent.shape) == 2:
            return super().latent_or_draw(label_map, latent, seed)
        shape = tuple(latent.shape)
        sizes = tuple(label_map.shape[1:3])
        if (
            len(shape) != 4
            or shape[3] != self.noise_dim
            or any(
                None not in pair and pair[0] != pair[1]
                for pair in zip(shape[1:3], sizes, strict=True)
            )
        ):
            raise ValueError(
                f"`latent` must be `(batch, {self.noise_dim})`, or a map "
                f"`(batch, height, width, {self.noise_dim})` of the size of "
                f"`label_map`. Received: shape={shape}, with a label map of "
                f"{sizes}."
            )
        return ops.cast(latent, self.compute_dtype)

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
