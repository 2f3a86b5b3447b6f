import math
from collections.abc import Iterator
from collections.abc import Sequence

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.pyramid_generator import WIDTHS
from keras_semsynth.generators.pyramid_generator import PyramidGenerator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.clade_residual_block import CLADEResidualBlock
from keras_semsynth.layers.distinct_patches import SMALLEST_MAP
from keras_semsynth.layers.distinct_patches import layout_patches
from keras_semsynth.layers.distinct_patches import patches_if_worth
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.label_map import label_windows
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.label_modulation import CONDITIONINGS
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.position_map import position_map as positions_of
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock


class LabelModulatedGenerator(PyramidGenerator):
    """A pyramid generator whose blocks are modulated by SPADE or by CLADE.

    `layers.CLADE` may take the place of `layers.SPADE` wherever a block has
    it; all else stays.

    Args:
        *args: Arguments of `PyramidGenerator`.
        conditioning: str, `"spade"`, or `"clade"`: in the place of each SPADE
            a table with a scale and a shift for each class, and a 1x1
            convolution of what lies beside the labels. How modulations read
            the label map. Defaults to `"spade"`.
        position_map: bool. Whether CLADE also reads where in the area of its
            class each pixel lies. Defaults to `False`.
        deduplicate: bool or `None`. Whether SPADE's scale and shift are
            computed once for each different patch of the layout instead of at
            each pixel: the same image, several times faster on real layouts.
            `None` chooses by the layout at hand. On JAX it is never done in
            training. Defaults to `None`.
        **kwargs: Arguments of `PyramidGenerator`.

    Raises:
        ValueError: If `conditioning` is unknown, `position_map` is asked for
            without CLADE, or `deduplicate` where no block has SPADE.
    """

    conditionings: tuple[str, ...] = CONDITIONINGS

    def __init__(
        self,
        *args,
        conditioning: str = "spade",
        position_map: bool = False,
        deduplicate: bool | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_choice(self.conditionings, conditioning=conditioning)
        if position_map and conditioning != "clade":
            raise ValueError(
                "`position_map` is what CLADE reads; use "
                '`conditioning="clade"` or `position_map=False`. Received: '
                f"conditioning={conditioning!r}."
            )
        self.conditioning = conditioning
        self.position_map = position_map
        self.deduplicate = deduplicate

    def set_levels(
        self,
        levels: Sequence[Sequence[str]],
        widths: dict[str, float] = WIDTHS,
    ) -> None:
        super().set_levels(levels, widths)
        if self.deduplicate and not self.blocks_read_labels:
            raise ValueError(
                "`deduplicate` is for blocks with SPADE's convolutions of the "
                "label map; use deduplicate=None. Received: "
                f"deduplicate={self.deduplicate}, "
                f"conditioning={self.conditioning!r} of {type(self).__name__}."
            )
        # TensorFlow's XLA wants to know beforehand how many patches there are.
        finds = self.blocks_read_labels and self.deduplicate is not False
        self.supports_jit = backend.COMPILES_EVERY_SIZE or not finds

    def make_label_block(
        self,
        filters: int,
        extra_channels: int,
        hidden_filters: int,
        kernel_size: int,
        **options,
    ) -> ModulatedResidualBlock:
        """Returns a block, not built, that SPADE or CLADE modulates.

        Args:
            filters, extra_channels, hidden_filters, kernel_size: As for
                `SPADEResidualBlock`.
            **options: As `make_block` gets them.
        """
        options["num_classes"] = self.num_classes
        options["extra_channels"] = extra_channels
        if self.conditioning == "clade":
            return CLADEResidualBlock(
                filters, position_map=self.position_map, **options
            )
        return SPADEResidualBlock(
            filters,
            hidden_filters=hidden_filters,
            kernel_size=kernel_size,
            **options,
        )

    def read(
        self,
        label_map: Tensor,
        latent: Tensor | None,
        edge_map: Tensor | None,
        seed: int | None,
    ) -> tuple[LayoutLevel, Tensor | None]:
        layout, latent = super().read(label_map, latent, edge_map, seed)
        if self.position_map:
            layout["positions"] = positions_of(
                layout["label_map"], self.num_classes
            )
        return layout, latent

    def level(self, layout: LayoutLevel, i: int) -> LayoutLevel:
        level = super().level(layout, i)
        if self.position_map:
            size = ops.shape(layout["label_map"])[1:3]
            level["positions"] = resize_label_map(
                layout["positions"], *self._size_of_level(i, *size)
            )
        return level

    @property
    def blocks_read_labels(self) -> bool:
        """Whether SPADE convolves what a `LayoutLevel` holds, in the blocks.

        A generator of which it is true has a `kernel_size`, that of SPADE.
        """
        return False

    @property
    def mostly_reads_labels(self) -> bool:
        """Whether these convolutions are most of what the blocks compute."""
        return self.blocks_read_labels

    def layout_levels(
        self, layout: LayoutLevel, training: bool | None = None
    ) -> Iterator[LayoutLevel]:
        for level in super().layout_levels(layout, training):
            soft = is_soft(level["label_map"])
            if self.blocks_read_labels and not soft:
                level.update(self._surroundings(level, training))
            yield level

    def _surroundings(self, level, training):
        """Finds what SPADE's kernels lie on, once for all blocks of a level."""
        size, labels = self.kernel_size, level["label_map"]
        patches = None
        # JAX would keep what every branch needs for the gradients.
        if not (training and backend.COMPILES_EVERY_SIZE):
            patches = self._patches(labels, level.get("extra_map"))
        found = {} if patches is None else {"patches": patches}
        if patches is None or "worth" in patches:
            found["windows"] = label_windows(
                labels, self.num_classes, size, pad=size // 2
            )
        return found

    def _patches(self, labels, extra_map):
        if self.deduplicate is False or not backend.counts_distinct():
            return None
        is_map = extra_map is not None and len(extra_map.shape) == 4
        if is_map and not self.use_edge_map:
            return None  # noise, which differs everywhere
        # Programs of fixed shapes gain less than they lose on finding patches,
        # where SPADE is a small part of a network.
        fixed = backend.COMPILES_EVERY_SIZE
        if self.deduplicate is None and fixed and not self.mostly_reads_labels:
            return None
        shape = tuple(labels.shape[1:3])
        small = None not in shape and math.prod(shape) < SMALLEST_MAP
        if self.deduplicate is None and small:
            return None
        find = layout_patches if self.deduplicate else patches_if_worth
        return find(labels, extra_map, self.kernel_size, self.num_classes)
