from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.pyramid_generator import PyramidGenerator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.clade_residual_block import CLADEResidualBlock
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
        **kwargs: Arguments of `PyramidGenerator`.

    Raises:
        ValueError: If `conditioning` is unknown, or `position_map` is asked
            for without CLADE.
    """

    conditionings: tuple[str, ...] = CONDITIONINGS

    def __init__(
        self,
        *args,
        conditioning: str = "spade",
        position_map: bool = False,
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
