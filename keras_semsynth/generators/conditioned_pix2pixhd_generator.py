import keras
from keras import ops

from keras_semsynth.generators.pix2pixhd_generator import Pix2PixHDGenerator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.spade import NORMALIZATIONS
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
        self.spade = {}
        super().build(label_map_shape)

    def _build_first(self, width):
        super()._build_first(width)
        if self.conditioning == "spade":
            self.first_norm = None
            self._add_spade("first", width)

    def _conv(self, name, channels, filters, *args, **kwargs):
        if self.conditioning == "concat":
            if name.startswith("block") and name.endswith("_0"):
                channels += self.num_classes + int(self.use_edge_map)
            return super()._conv(name, channels, filters, *args, **kwargs)
        self._add_spade(name, filters)
        return super()._conv(
            name, channels, filters, *args, normalization="none", **kwargs
        )

    def _add_spade(self, name, channels):
        layer = SPADE(
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            hidden_filters=self.hidden_filters,
            normalization=self.normalization,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=f"{name}_spade",
        )
        layer.build((None, None, None, channels))
        self.spade[name] = layer

    def _first(self, label_map, extra_map, training):
        x = super()._first(label_map, extra_map, training)
        if self.conditioning == "concat":
            return x
        return self.spade["first"](
            x, label_map, extra_map=extra_map, training=training
        )

    def _residual(self, block, x, **layout):
        if self.conditioning == "concat":
            x = self._with_labels(x, layout["label_map"], layout["extra_map"])
        return super()._residual(block, x, **layout)

    def _apply(self, conv, x, label_map, extra_map, training):
        x = conv(x, training=training)
        if self.conditioning == "concat":
            return x
        return self.spade[conv.name](
            x, label_map, extra_map=extra_map, training=training
        )

    def _with_labels(self, x, label_map, extra_map):
        size = ops.shape(x)[1:3]
        label_map = resize_label_map(label_map, *size)
        maps = [
            x,
            one_hot_label_map(label_map, self.num_classes, self.compute_dtype),
        ]
        if extra_map is not None:
            maps.append(resize_label_map(extra_map, *size))
        return ops.concatenate(maps, axis=-1)
