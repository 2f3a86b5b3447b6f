from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.generators.semantic_vector_generator import (
    SemanticVectorGenerator,
)
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import constructor_arguments
from keras_semsynth.layers.convolution import convolution as make_convolution
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.spatially_conditional_residual_block import OPERATORS
from keras_semsynth.layers.spatially_conditional_residual_block import (
    SpatiallyConditionalResidualBlock,
)

UPSAMPLINGS = ("fewer", "normal", "more")
STARTS = ("label_map", "style", "noise", "image")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SCGANGenerator(LabelModulatedGenerator):
    """Synthesizes an image by operators that semantic vectors compose.

    A semantic vector generator encodes the label map, and regresses the image
    from what it finds. The blocks, which are the paper's semantic render
    generator, draw the result with convolutions and normalizations that the
    vectors mix at every pixel: `16, 16, 16, 8, 4, 2, 1` times `filters`
    channels, each with the vectors of its size.

    Without `style_dim` there is no randomness: one layout, one image. (The
    paper starts from noise, the official code from the shrunk label map.)

    Args:
        *args: Arguments of `LabelModulatedGenerator`: `num_classes`,
            `image_size`, and
            more.
        filters: int >= 1. Width of the last block, in channels. Defaults to
            `32`.
        start_filters: int >= 1. The start map has 16 times as many channels.
            Defaults to `32`.
        vector_filters: int >= 1. Width of the last stages of the semantic
            vector generator, in channels. Defaults to `32`.
        upsampling: str, `"fewer"` (3 doublings, for small images: a start map
            of 8x8 in one of 64x64), `"normal"` (5) or `"more"` (6). How often
            the start map is enlarged, with a stage of semantic vectors for
            each size. Defaults to `"normal"`.
        start: str or `None`. What the start map is made of: `"label_map"`,
            `"image"` (a source image, for translation), `"style"` or
            `"noise"` (a style code, or a noise vector as in the paper).
            Defaults to `None`: `"style"` if `style_dim` is given, `"label_map"`
            otherwise.
        style_dim: int >= 1 or `None`. Length of the style code or noise
            vector. Defaults to `None`.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        num_conv_candidates: int >= 1. Kernels that a semantic vector mixes
            into a convolution. Defaults to `3`.
        num_norm_candidates: int >= 1. Scales and shifts that a semantic vector
            mixes into a normalization. Defaults to `4`.
        vector_normalization: str, `"softmax"`, `"sigmoid"`, `"tanh"`,
            `"hard_tanh"` (clipped to `[-1, 1]`, as the official code has it),
            `"relu"` or `"none"`. How semantic vectors are normalized at each
            pixel. Defaults to `"softmax"`.
        temperature: float > 0. Factor of the vectors before the softmax; the
            other normalizations do without. Defaults to `0.05`.
        detach_vectors: bool. Whether no gradient passes from the image through
            the vectors that mix convolutions. Defaults to `False`.
        spectral_vectors: bool. Whether the semantic vector generator's stages
            are spectrally normalized. Defaults to `True`.
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
            `"bilinear"` (as the paper's appendix A has it). How the semantic
            vector generator doubles its features from stage to stage. Defaults
            to `"nearest"`.
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
        **kwargs: Arguments of `LabelModulatedGenerator`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: `(batch, style_dim)`; drawn if absent.
        edge_map: Float tensor `(batch, height, width, 1)` of zeros and ones.
        seed: int. Makes the drawn latent repeatable.
        training: bool. Selects statistics and advances power iterations.
        source: Image `(batch, height, width, 3)` in `[-1, 1]`, with
            `start="image"`.

    Returns:
        Image `(batch, height, width, output_channels)` in `[-1, 1]`, not in
        half precision. `generate` returns a dict that also has
        `"semantic_image"` and the `"vectors"`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.SCGANGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4, start_filters=4,
    ...     vector_filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32")).shape
    (2, 64, 96, 3)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), figure 2
    """

    has_semantic_image = True
    kernel_size = 3  # of SPADE in the shortcuts

    def __init__(
        self,
        *args,
        filters: int = 32,
        start_filters: int = 32,
        vector_filters: int = 32,
        upsampling: str = "normal",
        start: str | None = None,
        style_dim: int | None = None,
        use_edge_map: bool = False,
        num_conv_candidates: int = 3,
        num_norm_candidates: int = 4,
        vector_normalization: str = "softmax",
        temperature: float = 0.05,
        detach_vectors: bool = False,
        spectral_vectors: bool = True,
        position_code: str | None = None,
        position_range: int = 4,
        position_window: int = 7,
        position_deviation: float = 1.5,
        position_iterations: int = 1,
        position_relative: bool = False,
        vector_upsampling: str = "nearest",
        convolution: str = "conditional",
        modulation: str = "conditional",
        hidden_filters: int = 128,
        **kwargs,
    ):
        super().__init__(*args, filters=filters, **kwargs)
        if start is None:
            start = "label_map" if style_dim is None else "style"
        check_choice(UPSAMPLINGS, upsampling=upsampling)
        check_choice(STARTS, start=start)
        check_choice(OPERATORS, convolution=convolution, modulation=modulation)
        check_at_least(
            1, start_filters=start_filters, hidden_filters=hidden_filters
        )
        if (style_dim is None) == (start in ("style", "noise")):
            raise ValueError(
                '`style_dim` must be given with `start="style"` or "noise", '
                "and only then. Received: "
                f"start={start!r}, style_dim={style_dim}."
            )
        if modulation == "plain" and self.conditioning == "clade":
            raise ValueError(
                '`modulation="plain"` leaves no block that reads the label '
                'map; with it use `conditioning="spade"`.'
            )
        self.start_filters = start_filters
        self.vector_filters = vector_filters
        self.upsampling = upsampling
        self.start = start
        self.use_edge_map = use_edge_map
        self.num_conv_candidates = num_conv_candidates
        self.num_norm_candidates = num_norm_candidates
        self.vector_normalization = vector_normalization
        self.temperature = temperature
        self.detach_vectors = detach_vectors
        self.spectral_vectors = spectral_vectors
        self.position_code = position_code
        self.position_range = position_range
        self.position_window = position_window
        self.position_deviation = position_deviation
        self.position_iterations = position_iterations
        self.position_relative = position_relative
        self.vector_upsampling = vector_upsampling
        self.convolution = convolution
        self.modulation = modulation
        self.hidden_filters = hidden_filters
        self.set_levels(LEVELS[upsampling])
        self.set_latent(start, style_dim=style_dim)
        own = {
            "filters": vector_filters,
            "num_stages": len(self.levels),
            "spectral": spectral_vectors,
        }
        # Its other arguments have the same names here.
        shared = {
            name: getattr(self, name)
            for name in constructor_arguments(SemanticVectorGenerator)
            if name not in own
        }
        self.vector_generator = SemanticVectorGenerator(
            name="vector_generator", dtype=self.dtype_policy, **own, **shared
        )

    @property
    def blocks_read_labels(self) -> bool:
        # In their shortcuts.
        return (self.conditioning, self.modulation) == ("spade", "conditional")

    @property
    def mostly_reads_labels(self) -> bool:
        return False

    @property
    def start_channels(self) -> int:
        return 16 * self.start_filters

    def make_start(self, name: str, channels: int) -> keras.layers.Layer:
        if self.start == "image":
            return make_convolution(3, channels, 3, **self.options(name))
        return super().make_start(name, channels)

    def build_conditioning(self) -> None:
        self.vector_generator.build()

    def make_block(
        self, filters: int, **options
    ) -> SpatiallyConditionalResidualBlock:
        return SpatiallyConditionalResidualBlock(
            filters,
            num_classes=self.num_classes,
            extra_channels=self.extra_channels,
            num_conv_candidates=self.num_conv_candidates,
            num_norm_candidates=self.num_norm_candidates,
            convolution=self.convolution,
            modulation=self.modulation,
            conditioning=self.conditioning,
            position_map=self.position_map,
            hidden_filters=self.hidden_filters,
            **options,
        )

    def call(
        self,
        label_map,
        latent=None,
        edge_map=None,
        seed=None,
        training=None,
        source=None,
    ):
        outputs = self.generate(
            label_map, latent, edge_map, seed, training, source
        )
        return outputs["image"]

    def generate(
        self,
        label_map: Tensor,
        latent: Tensor | None = None,
        edge_map: Tensor | None = None,
        seed: int | None = None,
        training: bool | None = None,
        source: Tensor | None = None,
    ) -> dict[str, Any]:
        """Returns a dict of `image`, `semantic_image` and `vectors`.

        `vectors` is a dict of `conv` and `norm`: lists, coarse to fine, of the
        normalized semantic vectors.
        """
        if not self.built:  # by Keras, where the generator is called
            self.build()
        layout, latent = self.read(label_map, latent, edge_map, seed)
        if (source is None) == (self.start == "image"):
            raise ValueError(
                '`source` must be given if, and only if, `start="image"`. '
                f"Received: start={self.start!r}, "
                f"source={None if source is None else tuple(source.shape)}."
            )
        encoded = self.vector_generator(
            layout["label_map"], layout.get("extra_map"), training=training
        )
        vectors = {
            "conv": encoded["conv_vectors"],
            "norm": encoded["norm_vectors"],
        }
        image = self.draw(
            self.start_map(layout, latent, source),
            self.layout_levels(layout, training, vectors),
            training,
        )
        return {
            "image": image,
            "semantic_image": encoded["semantic_image"],
            "vectors": vectors,
        }

    def start_map(
        self,
        layout: LayoutLevel,
        latent: Tensor | None = None,
        source: Tensor | None = None,
    ) -> Tensor:
        if source is None:
            return super().start_map(layout, latent)
        size = ops.shape(self.level(layout, 0)["label_map"])[1:3]
        source = ops.cast(source, self.compute_dtype)
        return self.fc(resize_label_map(source, *size))

    def layout_levels(
        self,
        layout: LayoutLevel,
        training: bool | None,
        vectors: dict[str, list[Tensor]],
    ) -> Iterator[LayoutLevel]:
        levels = super().layout_levels(layout, training)
        for level, conv, norm in zip(
            levels, vectors["conv"], vectors["norm"], strict=True
        ):
            if self.detach_vectors:
                conv = ops.stop_gradient(conv)
            yield LayoutLevel(conv_vectors=conv, norm_vectors=norm, **level)

    def squash(self, x: Tensor) -> Tensor:
        # A hard tanh, where SPADE has a smooth one.
        return ops.clip(x, -1.0, 1.0)
