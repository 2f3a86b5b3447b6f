from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.layout_level import layout_level
from keras_semsynth.layers.modulation import NORMALIZATIONS
from keras_semsynth.layers.precision import full_precision

# Blocks of SPADE's generator and its heirs -> width over `filters`.
WIDTHS = {
    "head_0": 16,
    "g_middle_0": 16,
    "g_middle_1": 16,
    "up_0": 8,
    "up_1": 4,
    "up_2": 2,
    "up_3": 1,
    "up_4": 1 / 2,
}
# Option -> the blocks at each size, with a doubling before every further one.
LEVELS = {
    "fewer": (
        ("head_0", "g_middle_0", "g_middle_1", "up_0"),
        ("up_1",),
        ("up_2",),
        ("up_3",),
    ),
    "normal": (
        ("head_0",),
        ("g_middle_0", "g_middle_1"),
        ("up_0",),
        ("up_1",),
        ("up_2",),
        ("up_3",),
    ),
    "more": (
        ("head_0",),
        ("g_middle_0",),
        ("g_middle_1",),
        ("up_0",),
        ("up_1",),
        ("up_2",),
        ("up_3",),
    ),
}
LEVELS["most"] = (*LEVELS["more"], ("up_4",))


class PyramidGenerator(Generator):
    """Enlarges a start map, block after block, to an image.

    The skeleton of SPADE and its heirs. A start map (the label map, shrunk and
    convolved; or a projection of a style code) runs through blocks, with
    nearest-neighbour doublings in between, and a last convolution. What
    blocks read of the layout is made once for each size, by `layout_levels`.

    A subclass says which blocks lie at which size (`set_levels`), what they
    are (`make_block`) and, if they read more than the label map, what
    (`build_conditioning` and `layout_levels`). It may take one of the
    arguments `style_dim`, of a code that the start map is made of, and
    `noise_dim`, of noise that lies beside the labels (see `set_latent`); and
    `use_edge_map`, of edges that do.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**n` with `n` doublings. Without a style code other such sizes
            work too. Defaults to `(256, 256)`.
        filters: int >= 1. Width of the last block, in channels. Defaults to
            `64`.
        normalization: str, `"sync_batch"`, `"batch"` or `"instance"`.
            Normalization in the blocks. Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolutions of the blocks are spectrally
            normalized. Defaults to `True`.
        output_channels: int >= 1. Channels of the images. Defaults to `3`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.
    """

    style_dim: int | None = None
    noise_dim: int | None = None
    use_edge_map: bool = False

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 64,
        normalization: str = "sync_batch",
        spectral: bool = True,
        output_channels: int = 3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            output_channels=output_channels,
        )
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.num_classes = num_classes
        self.image_size = image_size
        self.filters = filters
        self.normalization = normalization
        self.spectral = spectral
        self.output_channels = output_channels

    def set_levels(
        self,
        levels: Sequence[Sequence[str]],
        widths: dict[str, float] = WIDTHS,
    ) -> None:
        """Says which blocks lie at which size; checks `image_size`.

        Args:
            levels: Names of the blocks at each size, coarsest first.
            widths: dict, name of a block -> its width over `filters`. Defaults
                to `WIDTHS`.
        """
        self.levels = tuple(
            tuple((name, int(widths[name] * self.filters)) for name in names)
            for names in levels
        )
        self.size_multiple = 2 ** (len(levels) - 1)
        self.image_size = check_image_size(self.image_size, self.size_multiple)

    def set_latent(self, kind: str, **argument: int | None) -> None:
        """Says what the images depend on beside the layout; keeps it.

        Args:
            kind: str, `"style"` or `"noise"`.
            **argument: `style_dim` or `noise_dim`, the length of the latent
                vector; `None` if there is none.
        """
        ((name, size),) = argument.items()
        setattr(self, name, size)
        self.fixed_size = self.style_dim is not None
        if size is not None:
            check_at_least(1, **argument)
            self.latent_kind, self.latent_size = kind, size
            self.latent_by_region = kind == "noise"
            self.seed_generator = keras.random.SeedGenerator()

    # No property: Keras would save the blocks under its name.
    def named_blocks(self) -> dict[str, keras.layers.Layer]:
        """Returns the blocks by their names, coarsest first."""
        return {
            name: getattr(self, name)
            for level in self.levels
            for name, _ in level
        }

    @property
    def extra_channels(self) -> int:
        """Channels of what lies beside the labels."""
        return self.noise_dim or int(self.use_edge_map)

    @property
    def start_channels(self) -> int:
        """Channels of the start map."""
        return self.levels[0][0][1]

    def build(self, label_map_shape=None):
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.fc = self.make_start("fc", self.start_channels)
        self.build_conditioning()
        channels = self.start_channels
        for level in self.levels:
            for name, filters in level:
                block = self.make_block(
                    filters,
                    normalization=self.normalization,
                    spectral=self.spectral,
                    **self.options(name),
                )
                block.build((None, None, None, channels))
                setattr(self, name, block)
                channels = filters
        self.conv_img = convolution(
            channels, self.output_channels, 3, **self.options("conv_img")
        )
        self.built = True

    def make_start(self, name: str, channels: int) -> keras.layers.Layer:
        """Returns the layer that makes the start map, built."""
        if self.style_dim is None:
            return label_convolution(
                self.num_classes,
                channels,
                3,
                extra_channels=self.extra_channels,
                **self.options(name),
            )
        height, width = self._size_of_level(0, *self.image_size)
        return self._layer(
            keras.layers.Dense,
            height * width * channels,
            channels=self.style_dim,
            name=name,
        )

    def build_conditioning(self) -> None:
        """Builds what `layout_levels` needs; nothing, unless overridden."""

    def make_block(self, filters: int, **options) -> keras.layers.Layer:
        """Returns a block, not built, that is called with a `LayoutLevel`."""
        raise NotImplementedError

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        layout, latent = self.read(label_map, latent, edge_map, seed)
        return self.draw(
            self.start_map(layout, latent),
            self.layout_levels(layout, training),
            training,
        )

    def read(
        self,
        label_map: Tensor,
        latent: Tensor | None,
        edge_map: Tensor | None,
        seed: int | None,
    ) -> tuple[LayoutLevel, Tensor | None]:
        """Checks what the generator is called with.

        Returns:
            `(layout, latent)`: the `LayoutLevel` of the image's size, and the
            latent vectors, given or drawn.
        """
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        latent = self.latent_or_draw(label_map, latent, seed)
        beside = edge_map if self.noise_dim is None else latent
        return layout_level(label_map, beside), latent

    def layout_levels(
        self, layout: LayoutLevel, training: bool | None = None
    ) -> Iterator[LayoutLevel]:
        """Makes what the blocks read of the layout, coarsest first.

        The only place where it is made. One level at a time, after the blocks
        of the level before have run: so what a level holds is not kept.

        Args:
            layout: `LayoutLevel` of the image's size.
            training: bool. For what is trained in between.

        Yields:
            A `LayoutLevel` for each size.
        """
        for i in range(len(self.levels)):
            yield self.level(layout, i)

    def level(self, layout: LayoutLevel, i: int) -> LayoutLevel:
        """Returns labels, and what lies beside them, after `i` doublings."""
        size = ops.shape(layout["label_map"])[1:3]
        return layout_level(
            layout["label_map"],
            layout.get("extra_map"),
            *self._size_of_level(i, *size),
        )

    def start_map(self, layout: LayoutLevel, latent: Tensor | None) -> Tensor:
        """Returns what the first block reads, in the smallest size."""
        if self.style_dim is None:
            level = self.level(layout, 0)
            return self.fc(level["label_map"], level.get("extra_map"))
        height, width = self._size_of_level(0, *self.image_size)
        return ops.reshape(
            self.fc(latent), (-1, height, width, self.start_channels)
        )

    def draw(
        self, x: Tensor, levels: Iterable[LayoutLevel], training: bool | None
    ) -> Tensor:
        """Returns the image that the blocks make of a start map."""
        for i, (blocks, level) in enumerate(
            zip(self.levels, levels, strict=True)
        ):
            if i > 0:
                x = self.upsample(x)
            for name, _ in blocks:
                block = getattr(self, name)
                x = self.run_block(block, [block], x, level, training=training)
        x = self.conv_img(ops.leaky_relu(x, 0.2))
        # Half precision would band the image.
        return self.squash(full_precision(x))

    def squash(self, x: Tensor) -> Tensor:
        """Brings the values of an image into `[-1, 1]`."""
        return ops.tanh(x)

    def latent_or_draw(
        self, label_map: Tensor, latent: Tensor | None, seed: int | None
    ) -> Tensor | None:
        """Returns the latent vectors, or a noise map; or `None`.

        Raises:
            ValueError: If the model takes no latent, or its shape is wrong.
        """
        if self.noise_dim is None or latent is None or len(latent.shape) != 4:
            return super().latent_or_draw(label_map, latent, seed)
        shape, sizes = tuple(latent.shape), tuple(label_map.shape[1:3])
        if shape[3] != self.noise_dim or any(
            None not in pair and pair[0] != pair[1]
            for pair in zip(shape[1:3], sizes, strict=True)
        ):
            expected = ", ".join(map(str, self.latent_shape))
            raise ValueError(
                f"`latent` must be `(batch, {expected})`, or a map "
                f"`(batch, height, width, {self.noise_dim})` of the size of "
                f"`label_map`. Received: shape={shape}, with a label map of "
                f"{sizes}."
            )
        return ops.cast(latent, self.compute_dtype)

    def _size_of_level(self, i, height, width):
        scale = 2**i
        return (
            height // self.size_multiple * scale,
            width // self.size_multiple * scale,
        )

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
