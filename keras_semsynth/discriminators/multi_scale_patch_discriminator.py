import keras
from keras import ops

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.discriminators.patch_discriminator import PatchDiscriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.normalized_conv2d import NORMALIZATIONS
from keras_semsynth.layers.precision import full_precision_dtype


@keras.saving.register_keras_serializable(package="keras_semsynth")
class MultiScalePatchDiscriminator(Discriminator):
    """Independent patch discriminators on an image pyramid.

    Each reads the one-hot label map, the edge map and the image, in this
    order; the second sees everything at half size, the third at a quarter.
    Pass fake and real images in one batch, fake first: one call is one power
    iteration.

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        use_edge_map: bool. Defaults to `False`.
        filters: int. Width of the first convolution. Defaults to `64`.
        num_scales: int >= 1. Defaults to `2`.
        num_layers: int >= 1. Layers of each; see `PatchDiscriminator`.
            Defaults to `4`.
        max_filters: int. Cap of the width. Defaults to `512`.
        normalization: `"instance"`, `"batch"`, `"sync_batch"` or `"none"`.
            Defaults to `"instance"`.
        spectral: bool. Whether all but the first and last convolution are
            spectrally normalized. Defaults to `True`.
        image_channels: int. Defaults to `3`.
        initializer: str. Name for `layers.kernel_initializer`.
            Defaults to `"xavier"`.
        initializer_gain: float > 0. Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        dict of `"scores"`, one `(batch, h, w, 1)` a scale, finest first, and
        `"features"`, a list of `num_layers` tensors a scale.

    Raises:
        ValueError: If an argument is out of range, or the edge map is missing
            or superfluous.

    Example:

    >>> discriminator = keras_semsynth.discriminators.\
MultiScalePatchDiscriminator(num_classes=5, filters=4)
    >>> image = np.zeros((2, 64, 64, 3), "float32")
    >>> outputs = discriminator(image, np.zeros((2, 64, 64), "int32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 11, 11, 1), (2, 7, 7, 1)]

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), appendix A
    """

    output_names = ("scores", "features")

    def __init__(
        self,
        num_classes,
        use_edge_map=False,
        filters=64,
        num_scales=2,
        num_layers=4,
        max_filters=512,
        normalization="instance",
        spectral=True,
        image_channels=3,
        initializer="xavier",
        initializer_gain=0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            num_scales=num_scales,
            num_layers=num_layers,
            max_filters=max_filters,
            image_channels=image_channels,
        )
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

    @property
    def extra_channels(self):
        """Channels beside the labels: edge map and image."""
        return int(self.use_edge_map) + self.image_channels

    def build(self, image_shape=None):
        self.scales = []
        for i in range(self.num_scales):
            scale = PatchDiscriminator(
                self.num_classes,
                self.extra_channels,
                filters=self.filters,
                num_layers=self.num_layers,
                max_filters=self.max_filters,
                normalization=self.normalization,
                spectral=self.spectral,
                initializer=self.initializer,
                initializer_gain=self.initializer_gain,
                dtype=self.dtype_policy,
                name=f"discriminator_{i}",
            )
            scale.build()
            self.scales.append(scale)
        self.built = True

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        extra_map = ops.cast(image, self.compute_dtype)
        if edge_map is not None:
            extra_map = ops.concatenate([edge_map, extra_map], axis=-1)
        return self.judge(label_map, extra_map, training)

    def judge(self, label_map, extra_map, training=None):
        """Runs all scales; `extra_map` may be `None`."""
        scores, features = [], []
        for i, scale in enumerate(self.scales):
            if i > 0:
                # Pooling mixes classes: from here on the label map is soft.
                label_map = _halve(
                    one_hot_label_map(
                        label_map, self.num_classes, self.compute_dtype
                    )
                )
                if extra_map is not None:
                    extra_map = _halve(extra_map)
            outputs = scale(label_map, extra_map, training=training)
            features.append(outputs[:-1])
            scores.append(outputs[-1])
        return {"scores": scores, "features": features}

    def compute_output_shape(self, image_shape, **kwargs):
        batch, height, width, _ = image_shape
        shapes = []
        for scale in self.scales:
            shapes.append(scale.compute_output_shape((batch, height, width)))
            height = None if height is None else (height - 1) // 2 + 1
            width = None if width is None else (width - 1) // 2 + 1
        return {
            "scores": [scale[-1] for scale in shapes],
            "features": [scale[:-1] for scale in shapes],
        }

    def compute_output_spec(self, image, *args, **kwargs):
        shapes = self.compute_output_shape(image.shape)
        dtype = full_precision_dtype(self.compute_dtype)

        def spec(shape, dtype):
            return keras.KerasTensor(shape, dtype)

        return {
            "scores": [spec(shape, dtype) for shape in shapes["scores"]],
            "features": [
                [spec(shape, self.compute_dtype) for shape in scale]
                for scale in shapes["features"]
            ],
        }

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "use_edge_map": self.use_edge_map,
            "filters": self.filters,
            "num_scales": self.num_scales,
            "num_layers": self.num_layers,
            "max_filters": self.max_filters,
            "normalization": self.normalization,
            "spectral": self.spectral,
            "image_channels": self.image_channels,
            "initializer": self.initializer,
            "initializer_gain": self.initializer_gain,
        }


def _halve(x):
    """3x3 average of stride 2; cells outside the image do not count."""
    border = [[0, 0], [1, 1], [1, 1], [0, 0]]

    def pool(values):
        return ops.average_pool(
            ops.pad(values, border),
            3,
            strides=2,
            padding="valid",
            data_format="channels_last",
        )

    return pool(x) / pool(ops.ones_like(x[:1, :, :, :1]))
