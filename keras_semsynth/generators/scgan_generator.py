from typing import Any

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.semantic_render_generator import UPSAMPLINGS
from keras_semsynth.generators.semantic_render_generator import (
    SemanticRenderGenerator,
)
from keras_semsynth.generators.semantic_vector_generator import (
    SemanticVectorGenerator,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SCGANGenerator(Generator):
    """Synthesizes an image by operators that semantic vectors compose.

    A semantic vector generator encodes the label map, and regresses the image
    from what it finds; a semantic render generator draws the result with
    convolutions and normalizations that the vectors mix at every pixel.

    Without `style_dim` there is no randomness: one layout, one image. (The
    paper starts from noise, the official code from the shrunk label map.)

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**3` (`upsampling="fewer"`), `2**5` (`"normal"`) or `2**6`
            (`"more"`). Without a latent other such sizes work too. Defaults to
            `(256, 256)`.
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
            `"noise"`; see `SemanticRenderGenerator`. Defaults to `None`:
            `"style"` if `style_dim` is given, `"label_map"` otherwise.
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

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
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
        normalization: str = "sync_batch",
        spectral: bool = True,
        output_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if start is None:
            start = "label_map" if style_dim is None else "style"
        shared = {
            "num_classes": num_classes,
            "use_edge_map": use_edge_map,
            "num_conv_candidates": num_conv_candidates,
            "num_norm_candidates": num_norm_candidates,
            "output_channels": output_channels,
            "initializer": initializer,
            "initializer_gain": initializer_gain,
            "dtype": self.dtype_policy,
        }
        self.render_generator = SemanticRenderGenerator(
            image_size=image_size,
            filters=filters,
            start_filters=start_filters,
            upsampling=upsampling,
            start=start,
            style_dim=style_dim,
            convolution=convolution,
            modulation=modulation,
            hidden_filters=hidden_filters,
            normalization=normalization,
            spectral=spectral,
            name="render_generator",
            **shared,
        )
        self.vector_generator = SemanticVectorGenerator(
            filters=vector_filters,
            num_stages=UPSAMPLINGS[upsampling] + 1,
            spectral=spectral_vectors,
            vector_normalization=vector_normalization,
            temperature=temperature,
            position_code=position_code,
            position_range=position_range,
            position_window=position_window,
            position_deviation=position_deviation,
            position_iterations=position_iterations,
            position_relative=position_relative,
            vector_upsampling=vector_upsampling,
            name="vector_generator",
            **shared,
        )
        self.num_classes = num_classes
        self.size_multiple = self.render_generator.size_multiple
        self.image_size = self.render_generator.image_size
        self.filters = filters
        self.start_filters = start_filters
        self.vector_filters = vector_filters
        self.upsampling = upsampling
        self.start = start
        self.style_dim = self.latent_size = style_dim
        self.latent_kind = start if start in ("style", "noise") else None
        self.fixed_size = style_dim is not None
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
        self.normalization = normalization
        self.spectral = spectral
        self.output_channels = output_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain
        if style_dim is not None:
            self.seed_generator = keras.random.SeedGenerator()

    def build(self, label_map_shape=None):
        self.vector_generator.build()
        self.render_generator.build()
        self.built = True

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
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        latent = self.latent_or_draw(label_map, latent, seed)
        if (source is None) == (self.start == "image"):
            raise ValueError(
                '`source` must be given if, and only if, `start="image"`. '
                f"Received: start={self.start!r}, "
                f"source={None if source is None else tuple(source.shape)}."
            )
        encoded = self.vector_generator(label_map, edge_map, training=training)
        conv_vectors = encoded["conv_vectors"]
        if self.detach_vectors:
            conv_vectors = [ops.stop_gradient(v) for v in conv_vectors]
        image = self.render_generator(
            label_map,
            conv_vectors,
            encoded["norm_vectors"],
            latent=latent,
            edge_map=edge_map,
            source=source,
            training=training,
        )
        return {
            "image": image,
            "semantic_image": encoded["semantic_image"],
            "vectors": {
                "conv": encoded["conv_vectors"],
                "norm": encoded["norm_vectors"],
            },
        }

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], self.output_channels)
