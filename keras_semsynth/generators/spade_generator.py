import keras

from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.concatenation_residual_block import (
    ConcatenationResidualBlock,
)
from keras_semsynth.layers.label_modulation import CONDITIONINGS

UPSAMPLINGS = ("fewer", "normal", "more", "most")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADEGenerator(LabelModulatedGenerator):
    """Synthesizes an image from a label map by SPADE residual blocks.

    A start map (the label map, shrunk as often as `upsampling` says and
    convolved; or a projection of a style code) runs through blocks of `16, 16,
    16, 8, 4, 2, 1` times `filters` channels with nearest-neighbour doublings in
    between. Every block reads the whole label map.

    Args:
        *args: Arguments of `LabelModulatedGenerator`: `num_classes`,
            `image_size`, `filters` and more.
        upsampling: str, `"fewer"` (3 doublings, for small images: a start map
            of 8x8 in one of 64x64), `"normal"` (5), `"more"` (6) or `"most"`
            (7, with one more block). How often the start map is enlarged.
            Defaults to `"normal"`.
        style_dim: int >= 1 or `None`. Length of the style code that takes the
            place of the shrunk label map. Defaults to `None`: no style.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        kernel_size: int, odd. Size of SPADE's kernels. Defaults to `3`.
        conditioning: str, `"spade"`, `"clade"` (as for
            `LabelModulatedGenerator`), or `"concat"`: blocks that read the
            label map by concatenation, the baseline of the paper's table 3.
            How blocks read the label map. Defaults to `"spade"`.
        **kwargs: Arguments of `LabelModulatedGenerator`.

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

    conditionings = (*CONDITIONINGS, "concat")

    def __init__(
        self,
        *args,
        upsampling: str = "normal",
        style_dim: int | None = None,
        use_edge_map: bool = False,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        conditioning: str = "spade",
        **kwargs,
    ):
        super().__init__(*args, conditioning=conditioning, **kwargs)
        check_choice(UPSAMPLINGS, upsampling=upsampling)
        check_at_least(1, hidden_filters=hidden_filters)
        check_odd(kernel_size=kernel_size)
        if upsampling == "most" and self.filters < 2:
            raise ValueError(
                '`upsampling="most"` halves the width once more and needs '
                f"`filters` of at least 2. Received: filters={self.filters}."
            )
        self.upsampling = upsampling
        self.use_edge_map = use_edge_map
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.set_levels(LEVELS[upsampling])
        self.set_latent("style", style_dim=style_dim)

    @property
    def blocks_read_labels(self) -> bool:
        return self.conditioning == "spade"

    def make_block(self, filters: int, **options) -> keras.layers.Layer:
        options["extra_channels"] = self.extra_channels
        if self.conditioning == "concat":
            return ConcatenationResidualBlock(
                filters, num_classes=self.num_classes, **options
            )
        return self.make_label_block(
            filters,
            hidden_filters=self.hidden_filters,
            kernel_size=self.kernel_size,
            **options,
        )
