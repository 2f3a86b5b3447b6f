import keras
from keras import ops

from keras_semsynth.generators.pix2pixhd_generator import Pix2PixHDGenerator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.layout_level import layout_level
from keras_semsynth.layers.modulation import NORMALIZATIONS
from keras_semsynth.layers.spade import SPADE

CONDITIONINGS = ("spade", "concat")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionedPix2PixHDGenerator(Pix2PixHDGenerator):
    """pix2pixHD++ that reads the label map in its inner layers too.

    Rows "pix2pixHD++ w/ SPADE" and "w/ Concat" of SPADE's table 3, of which
    no official code exists. With `"spade"`, SPADE layers take the place of all
    normalizations; with `"concat"`, the label map is concatenated to the input
    of every residual block. That gives the paper's numbers of parameters on
    ADE20K, 237 and 195 million.

    Args:
        conditioning: str, `"spade"` or `"concat"`. How the inner layers read
            the label map. Defaults to `"spade"`.
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        normalization: str, `"sync_batch"`, `"batch"` or `"instance"`.
            Normalization after the convolutions, and in SPADE. Defaults to
            `"sync_batch"`.
        **kwargs: Arguments of `Pix2PixHDGenerator`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), table 3
    """

    def __init__(
        self,
        *args,
        conditioning: str = "spade",
        hidden_filters: int = 128,
        normalization: str = "sync_batch",
        **kwargs,
    ):
        super().__init__(*args, normalization=normalization, **kwargs)
        check_choice(CONDITIONINGS, conditioning=conditioning)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.conditioning = conditioning
        self.hidden_filters = hidden_filters

    def build(self, label_map_shape=None):
        self.spades = {}
        super().build(label_map_shape)

    def _make_norm(self, name, channels):
        if self.conditioning == "concat":
            return super()._make_norm(name, channels)
        self._add_spade(name, channels)
        return None

    def _conv(self, name, channels, filters, *args, **kwargs):
        if self.conditioning == "spade":
            self._add_spade(name, filters)
            kwargs["normalization"] = "none"
        elif name.startswith("block") and name.endswith("_0"):
            channels += self.num_classes + int(self.use_edge_map)
        return super()._conv(name, channels, filters, *args, **kwargs)

    def _add_spade(self, name, channels):
        self.spades[name] = self._layer(
            SPADE,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            hidden_filters=self.hidden_filters,
            normalization=self.normalization,
            channels=channels,
            name=f"{name}_spade",
        )

    def _levels(self, label_map, edge_map):
        height, width = ops.shape(label_map)[1:3]
        return [
            layout_level(label_map, edge_map, height // 2**i, width // 2**i)
            for i in range(self.num_downsamplings + 1)
        ]

    def _readers(self, name):
        return [self.spades[name]] if name in self.spades else []

    def _modulate(self, name, x, level, training):
        if self.conditioning == "concat":
            return x
        return self.spades[name](x, level, training=training)

    def _residual(self, first, second, x, level, training):
        if self.conditioning == "concat":
            x = self._with_labels(x, level)
        return super()._residual(first, second, x, level, training)

    def _with_labels(self, x, level):
        label_map, edge_map = level["label_map"], level.get("extra_map")
        maps = [
            x,
            one_hot_label_map(label_map, self.num_classes, self.compute_dtype),
        ]
        if edge_map is not None:
            maps.append(edge_map)
        return ops.concatenate(maps, axis=-1)
