import keras
from keras import ops

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticsEmbeddingPatchDiscriminator(Discriminator):
    """Multi-scale patch discriminators whose labels enter by embedding.

    The discriminator "MsPatch+SE" of CC-FPSE's ablation, as we read it: the
    convolutions of `MultiScalePatchDiscriminator` on the image alone, and the
    scores of `FPSEDiscriminator`, realism plus inner product with the embedded
    labels, in place of the last convolution. Scales share nothing.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        use_edge_map: bool. Whether the embedding takes in an instance edge
            map. Defaults to `False`.
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        num_scales: int >= 1. Discriminators; each sees the image at half the
            size of the one before. Defaults to `2`.
        num_layers: int >= 2. Convolutions of each, 4x4, before the scores; all
            but the last of stride 2. Defaults to `4`.
        max_filters: int >= 1. Cap of the width, which doubles from layer to
            layer. Defaults to `512`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization from the second layer on. Defaults to
            `"instance"`.
        spectral: bool. Whether the kernels are spectrally normalized from the
            second layer on. Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, both sides multiples of
            `2 ** (num_layers + num_scales - 2)`.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        dict: `"scores"`, one full precision tensor `(batch, h, w, 1)` a scale,
        finest first; `"features"`, one list of `num_layers` tensors a scale.

    Raises:
        ValueError: If an argument or the size does not fit, or the edge map is
            missing or superfluous.

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), table 2
    """

    output_names = ("scores", "features")

    def __init__(
        self,
        num_classes: int,
        use_edge_map: bool = False,
        filters: int = 64,
        num_scales: int = 2,
        num_layers: int = 4,
        max_filters: int = 512,
        normalization: str = "instance",
        spectral: bool = True,
        image_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            num_scales=num_scales,
            max_filters=max_filters,
            image_channels=image_channels,
        )
        check_at_least(2, num_layers=num_layers)
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.num_classes = num_classes
        self.use_edge_map = use_edge_map
        self.filters = filters
        self.num_scales = num_scales
        self.num_layers = num_layers
        self.max_filters = max_filters
        self.normalization = normalization
        self.spectral = spectral
        self.image_channels = image_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain
        self.size_multiple = 2 ** (num_layers + num_scales - 2)

    @property
    def _widths(self):
        return [
            min(self.filters * 2**i, self.max_filters)
            for i in range(self.num_layers)
        ]

    def build(self, image_shape=None):
        # A list of lists is not followed to its layers: one list a kind.
        self.convs = []
        self.patch_heads = []
        self.semantic_heads = []
        self.embeddings = []
        for i in range(self.num_scales):
            channels = self.image_channels
            for j, width in enumerate(self._widths):
                self.convs.append(self._conv(i, j, channels, width))
                channels = width
            name = f"discriminator_{i}"
            self.patch_heads.append(
                self._head(f"{name}_patch_head", channels, 1)
            )
            self.semantic_heads.append(
                self._head(f"{name}_semantic_head", channels, channels)
            )
            embedding = LabelEmbedding(
                channels,
                self.num_classes,
                extra_channels=int(self.use_edge_map),
                cell_size=2 ** (self.num_layers - 1 + i),
                num_levels=1,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=f"{name}_embedding",
            )
            embedding.build()
            self.embeddings.append(embedding)
        self.built = True

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def _conv(self, scale, layer, channels, filters):
        first, last = layer == 0, layer == self.num_layers - 1
        conv = NormalizedConv2D(
            filters,
            4,
            strides=1 if last else 2,
            padding=2,
            normalization="none" if first else self.normalization,
            spectral=self.spectral and not first,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=f"discriminator_{scale}_layer_{layer}",
        )
        conv.build((None, None, None, channels))
        return conv

    def _head(self, name, channels, filters):
        head = keras.layers.Conv2D(
            filters,
            1,
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        head.build((None, None, None, channels))
        return head

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        self.check_size(image)
        image = ops.cast(image, self.compute_dtype)
        scores, features = [], []
        for i in range(self.num_scales):
            if i > 0:
                image = ops.average_pool(
                    image, 2, strides=2, data_format="channels_last"
                )
            x = image
            outputs = []
            for j in range(self.num_layers):
                conv = self.convs[i * self.num_layers + j]
                x = ops.leaky_relu(conv(x, training=training), 0.2)
                outputs.append(x)
            (embedding,) = self.embeddings[i](label_map, edge_map)
            # The 4x4 convolutions add a cell on every side: what is judged
            # there are the labels of the border.
            embedding = _extend(embedding)
            match = self.semantic_heads[i](x) * embedding
            match = ops.sum(full_precision(match), axis=-1, keepdims=True)
            scores.append(full_precision(self.patch_heads[i](x)) + match)
            features.append(outputs)
        return {"scores": scores, "features": features}

    def compute_output_shape(self, image_shape, **kwargs):
        batch, height, width, _ = image_shape
        scores, features = [], []
        for i in range(self.num_scales):
            sides = [
                None if side is None else side >> i for side in (height, width)
            ]
            shapes = []
            for j, filters in enumerate(self._widths):
                halves = j < self.num_layers - 1
                sides = [
                    None if side is None else side // (1 + halves) + 1
                    for side in sides
                ]
                shapes.append((batch, *sides, filters))
            features.append(shapes)
            scores.append((batch, *sides, 1))
        return {"scores": scores, "features": features}

    def compute_output_spec(self, image, *args, **kwargs):
        shapes = self.compute_output_shape(image.shape)
        dtype = full_precision_dtype(self.compute_dtype)
        return {
            "scores": [
                keras.KerasTensor(shape, dtype) for shape in shapes["scores"]
            ],
            "features": [
                [
                    keras.KerasTensor(shape, self.compute_dtype)
                    for shape in scale
                ]
                for scale in shapes["features"]
            ],
        }


def _extend(x):
    """Repeats the border once on every side."""
    x = ops.concatenate([x[:, :1], x, x[:, -1:]], axis=1)
    return ops.concatenate([x[:, :, :1], x, x[:, :, -1:]], axis=2)
