import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.average_pyramid import average_pyramid
from keras_semsynth.layers.average_pyramid import halve_overlapping
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision


class PatchPyramid(Discriminator):
    """Independent patch discriminators on an image pyramid.

    The second sees everything at half size, the third at a quarter. Each has
    `num_layers` 4x4 convolutions with leaky ReLU, of stride 2 but for the last
    if there are several, each twice as wide as the one before; then one to a
    single channel, the scores. All see two zero cells on every side. The first
    and the last have neither normalization nor spectral normalization.

    Subclasses say what is read besides the image (`_views`, `_make_first`), and
    whether another head scores (`_make_head`, `_score`).

    Args:
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        num_scales: int >= 1. Discriminators; each sees the image at half the
            size of the one before. Defaults to `2`.
        num_layers: int >= 1. Convolutions of each before the scores. Defaults
            to `4`.
        max_filters: int >= 1. Cap of the width, which doubles from layer to
            layer. Defaults to `512`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization from the second layer on. Defaults to
            `"instance"`.
        **kwargs: Arguments of `Discriminator`: `spectral`, `image_channels`
            and more.
    """

    output_names: tuple[str, ...] = ("scores", "features")

    def __init__(
        self,
        filters: int = 64,
        num_scales: int = 2,
        num_layers: int = 4,
        max_filters: int = 512,
        normalization: str = "instance",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            filters=filters,
            max_filters=max_filters,
        )
        check_within(1, MOST_HALVINGS + 1, num_scales=num_scales)
        check_within(1, MOST_LAYERS, num_layers=num_layers)
        self.filters = filters
        self.num_scales = num_scales
        self.num_layers = num_layers
        self.max_filters = max_filters
        self.normalization = normalization

    def build(self, image_shape=None):
        widths = [
            min(self.filters * 2**i, self.max_filters)
            for i in range(1, self.num_layers)
        ]
        last = [self.filters, *widths][-1]
        # One list a kind: a list of lists is not followed to its layers.
        self.firsts, self.stacks, self.heads = [], [], []
        for i in range(self.num_scales):
            self.firsts.append(self._make_first(f"first_{i}"))
            stack = self._layer(
                ConvStack,
                widths,
                4,
                channels=self.filters,
                strides=[2] * (len(widths) - 1) + [1] if widths else [],
                normalization=self.normalization,
                spectral=self.spectral,
                name=f"stack_{i}",
            )
            self.stacks.append(stack)
            self.heads.append(self._make_head(f"head_{i}", last))
        self.built = True

    def _make_first(self, name: str) -> keras.layers.Layer:
        """Makes a first convolution, on what `_views` lists."""
        return self._bare_conv(name, self.image_channels, self.filters, 2)

    def _make_head(self, name: str, channels: int) -> keras.layers.Layer:
        """Makes a layer that scores the last features."""
        return self._bare_conv(name, channels, 1)

    def _bare_conv(self, name, channels, filters, strides=1):
        return self._layer(
            NormalizedConv2D,
            filters,
            4,
            channels=channels,
            strides=strides,
            padding=2,
            normalization="none",
            spectral=False,
            name=name,
        )

    def call(self, image, label_map=None, edge_map=None, training=None):
        image = ops.cast(image, self.compute_dtype)
        features = []
        for first, stack, view in zip(
            self.firsts,
            self.stacks,
            self._views(image, label_map, edge_map),
            strict=True,
        ):
            x = ops.leaky_relu(first(*view), 0.2)
            features.append([x, *stack(x, training=training)])
        last = [scale[-1] for scale in features]
        return {
            "scores": self._score(last, label_map, edge_map),
            "features": features,
        }

    def _views(
        self, image: Tensor, label_map: Tensor | None, edge_map: Tensor | None
    ) -> list[tuple]:
        """Returns what each discriminator reads, at its size."""
        return [(x,) for x in self._pyramid(image)]

    def _pyramid(self, image: Tensor) -> list[Tensor]:
        """Returns an image at the sizes of the discriminators."""
        return average_pyramid(image, self.num_scales, halve_overlapping)

    def _score(
        self,
        features: list[Tensor],
        label_map: Tensor | None,
        edge_map: Tensor | None,
    ) -> list[Tensor]:
        """Returns the scores of the last features of each discriminator."""
        return [
            full_precision(head(x))
            for head, x in zip(self.heads, features, strict=True)
        ]

    def compute_output_shape(self, image_shape, **kwargs):
        batch, *sides, channels = image_shape
        scores, features = [], []
        for first, stack, head in zip(
            self.firsts, self.stacks, self.heads, strict=True
        ):
            shape = first.compute_output_shape((batch, *sides, channels))
            features.append([shape, *stack.compute_output_shape(shape)])
            scores.append(head.compute_output_shape(features[-1][-1]))
            sides = [None if n is None else (n + 1) // 2 for n in sides]
        return {"scores": scores, "features": features}
