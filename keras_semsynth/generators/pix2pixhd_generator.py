import functools
import itertools

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.reflection_padding2d import ReflectionPadding2D
from keras_semsynth.layers.spectral_label_conv2d import SpectralLabelConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class Pix2PixHDGenerator(Generator):
    """The global generator of pix2pixHD, and of pix2pixHD++.

    A 7x7 convolution, strided convolutions, residual blocks, transposed
    convolutions and a 7x7 convolution with tanh; ReLU in between. The SPADE
    paper's baseline pix2pixHD++ is `normalization="sync_batch"`.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**num_downsamplings`. Other such sizes work too. Defaults to
            `(256, 256)`.
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        num_downsamplings: int >= 0. Convolutions of stride 2, and as many
            transposed ones. Defaults to `4`.
        num_blocks: int >= 0. Residual blocks at the coarsest size. Defaults to
            `9`.
        kernel_size: int, odd. Size of the blocks' kernels. Defaults to `3`.
        initial_kernel_size: int, odd. Size of the first kernel; the last is
            always 7. Defaults to `7`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization after the convolutions. Defaults to
            `"instance"`.
        spectral: bool. Whether all but the last convolution are spectrally
            normalized. Defaults to `True`.
        resize_convolution: bool. Whether each transposed convolution gives way
            to a nearest doubling and a 3x3 convolution, which start without
            the checkerboard that is seen after little training. Not in the
            paper. Defaults to `False`.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: Must be `None`.
        edge_map: Float tensor `(batch, height, width, 1)`.
        seed: Ignored; the model draws nothing.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        float32 image `(batch, height, width, output_channels)` in `[-1, 1]`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.Pix2PixHDGenerator(
    ...     num_classes=5, image_size=(64, 64), filters=4)
    >>> generator(np.zeros((2, 64, 64), "int32")).shape
    (2, 64, 64, 3)

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), section 4
        - [Deconvolution and checkerboard artifacts, Distill
          2016](https://distill.pub/2016/deconv-checkerboard/)
    """

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 64,
        num_downsamplings: int = 4,
        num_blocks: int = 9,
        kernel_size: int = 3,
        initial_kernel_size: int = 7,
        normalization: str = "instance",
        spectral: bool = True,
        resize_convolution: bool = False,
        use_edge_map: bool = False,
        output_channels: int = 3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            output_channels=output_channels,
        )
        check_within(0, MOST_HALVINGS, num_downsamplings=num_downsamplings)
        check_within(0, MOST_LAYERS, num_blocks=num_blocks)
        check_odd(
            kernel_size=kernel_size, initial_kernel_size=initial_kernel_size
        )
        self.size_multiple = 2**num_downsamplings
        self.num_classes = num_classes
        self.image_size = check_image_size(image_size, self.size_multiple)
        self.filters = filters
        self.num_downsamplings = num_downsamplings
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.initial_kernel_size = initial_kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.resize_convolution = resize_convolution
        self.use_edge_map = use_edge_map
        self.output_channels = output_channels

    def build(self, label_map_shape=None):
        self.first_pad, self.block_pad, self.last_pad = (
            ReflectionPadding2D(size // 2, dtype=self.dtype_policy)
            for size in (self.initial_kernel_size, self.kernel_size, 7)
        )
        width = self.filters
        self.first_conv = self._layer(
            SpectralLabelConv2D if self.spectral else LabelConv2D,
            width,
            self.initial_kernel_size,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            padding="valid",
            use_bias=self.normalization == "none",
            name="first_conv",
        )
        self.first_norm = self._make_norm("first", width)
        self.down, self.blocks, self.up = [], [], []
        for i in range(self.num_downsamplings):
            self.down.append(
                self._conv(f"down_{i}", width, 2 * width, 3, 2, padding=1)
            )
            width *= 2
        for i in range(self.num_blocks):
            self.blocks.append(
                [
                    self._conv(f"block_{i}_{j}", width, width, self.kernel_size)
                    for j in range(2)
                ]
            )
        for i in range(self.num_downsamplings):
            self.up.append(
                self._conv(
                    f"up_{i}",
                    width,
                    width // 2,
                    3,
                    strides=1 if self.resize_convolution else 2,
                    padding=1,
                    transposed=not self.resize_convolution,
                    doubled=self.resize_convolution,
                )
            )
            width //= 2
        self.last_conv = convolution(
            width,
            self.output_channels,
            7,
            padding="valid",
            **self.options("last_conv"),
        )
        self.built = True

    def _make_norm(self, name, channels):
        return make_normalization(
            self.normalization,
            channels,
            dtype=self.dtype_policy,
            name=f"{name}_norm",
        )

    def _conv(
        self, name, channels, filters, size, strides=1, padding=0, **kwargs
    ):
        return self._layer(
            NormalizedConv2D,
            filters,
            size,
            strides=strides,
            padding=padding,
            spectral=self.spectral,
            channels=channels,
            name=name,
            **{"normalization": self.normalization, **kwargs},
        )

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        self.latent_or_draw(label_map, latent, seed)
        return self.to_image(self.features(label_map, edge_map, training))

    def features(
        self,
        label_map: Tensor,
        edge_map: Tensor | None = None,
        training: bool | None = None,
        inner: Tensor | None = None,
    ) -> Tensor:
        """Returns what the last convolution reads.

        Args:
            label_map, edge_map, training: As for calling.
            inner: Features `(batch, height / 2**num_downsamplings, ...)` that
                are added before the residual blocks, or `None`.
        """
        levels = self._levels(label_map, edge_map)
        norm = [] if self.first_norm is None else [self.first_norm]
        x = self.run_block(
            self._first,
            [self.first_conv, *norm, *self._readers("first")],
            label_map,
            edge_map,
            levels[0],
            training=training,
        )
        for conv, level in zip(self.down, levels[1:], strict=True):
            x = self._run(self._activated, [conv], x, level, training)
        if inner is not None:
            x = x + inner
        for block in self.blocks:
            x = x + self._run(self._residual, block, x, levels[-1], training)
        for conv, level in zip(self.up, levels[-2::-1], strict=True):
            x = self._run(self._activated, [conv], x, level, training)
        return x

    def to_image(self, features: Tensor) -> Tensor:
        """Returns the image of what `features` returned."""
        x = self.last_conv(self.last_pad(features))
        # Half precision would band the image.
        return ops.tanh(full_precision(x))

    def _run(self, function, convs, x, level, training):
        readers = [self._readers(conv.name) for conv in convs]
        return self.run_block(
            functools.partial(function, *convs),
            [*convs, *itertools.chain(*readers)],
            x,
            level,
            training=training,
        )

    def _first(self, label_map, edge_map, level, training):
        label_map = self.first_pad(label_map)
        if edge_map is not None:
            edge_map = self.first_pad(edge_map)
        x = self.first_conv(label_map, edge_map, training=training)
        if self.first_norm is not None:
            x = self.first_norm(x, training=training)
        return ops.relu(self._modulate("first", x, level, training))

    def _activated(self, conv, x, level, training):
        return ops.relu(self._apply(conv, x, level, training))

    def _residual(self, first, second, x, level, training):
        x = ops.relu(self._apply(first, self.block_pad(x), level, training))
        return self._apply(second, self.block_pad(x), level, training)

    def _apply(self, conv, x, level, training):
        x = conv(x, training=training)
        return self._modulate(conv.name, x, level, training)

    # Here only the first convolution reads the layout. Subclasses can have it
    # read further in.
    def _levels(self, label_map, edge_map):
        """The layout for the layers after 0, 1, 2, ... halvings."""
        return [None] * (self.num_downsamplings + 1)

    def _readers(self, name):
        """The layers that `_modulate` calls."""
        return []

    def _modulate(self, name, x, level, training):
        """Changes the result of the convolution of this name."""
        return x

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
