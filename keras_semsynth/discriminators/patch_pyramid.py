import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.discriminators.patch_discriminator import PatchDiscriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.precision import full_precision_dtype


class PatchPyramid(Discriminator):
    """Independent patch discriminators on a pyramid of what they see.

    The second sees everything at half size, the third at a quarter.

    Subclasses call `build_scales` and, with what is to be seen, `judge`.

    Args:
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        num_scales: int >= 1. Discriminators; each sees the image at half the
            size of the one before. Defaults to `2`.
        num_layers: int >= 1. Layers of each before the scores; see
            `PatchDiscriminator`. Defaults to `4`.
        max_filters: int >= 1. Cap of the width, which doubles from layer to
            layer. Defaults to `512`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization from the second layer on. Defaults to
            `"instance"`.
        spectral: bool. Whether all but the first and last convolution are
            spectrally normalized. Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.
    """

    output_names: tuple[str, ...] = ("scores", "features")

    def __init__(
        self,
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
            filters=filters,
            num_scales=num_scales,
            num_layers=num_layers,
            max_filters=max_filters,
            image_channels=image_channels,
        )
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.filters = filters
        self.num_scales = num_scales
        self.num_layers = num_layers
        self.max_filters = max_filters
        self.normalization = normalization
        self.spectral = spectral
        self.image_channels = image_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def build_scales(self, label_channels: int, extra_channels: int) -> None:
        """Makes the discriminators, one a scale."""
        self.scales = []
        for i in range(self.num_scales):
            scale = PatchDiscriminator(
                label_channels,
                extra_channels,
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

    def judge(
        self,
        label_map: Tensor,
        extra_map: Tensor | None,
        training: bool | None = None,
    ) -> dict[str, list]:
        """Runs all scales; `extra_map` may be `None`."""
        scores, features = [], []
        for i, scale in enumerate(self.scales):
            if i > 0:
                # Pooling mixes classes: from here on the label map is soft.
                label_map = _halve(
                    one_hot_label_map(
                        label_map, scale.num_classes, self.compute_dtype
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
