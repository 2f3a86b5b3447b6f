import keras
from keras import ops

from keras_semsynth.discriminators.patch_pyramid import PatchPyramid
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.average_pyramid import halve_overlapping
from keras_semsynth.layers.average_pyramid import label_map_pyramid
from keras_semsynth.layers.label_conv2d import LabelConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class MultiScalePatchDiscriminator(PatchPyramid):
    """Independent patch discriminators on an image pyramid.

    Each reads the one-hot label map, the edge map and the image, in this
    order; the second sees everything at half size, the third at a quarter.
    Pass fake and real images in one batch, fake first: one call is one power
    iteration.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        **kwargs: Arguments of `PatchPyramid`: `filters`, `num_scales`,
            `num_layers`, `normalization` and more.

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

    def __init__(self, num_classes: int, use_edge_map: bool = False, **kwargs):
        super().__init__(**kwargs)
        check_at_least(1, num_classes=num_classes)
        self.num_classes = num_classes
        self.use_edge_map = use_edge_map

    def _make_first(self, name):
        return self._layer(
            LabelConv2D,
            self.filters,
            4,
            self.num_classes,
            extra_channels=int(self.use_edge_map) + self.image_channels,
            strides=2,
            padding=2,
            name=name,
        )

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        return super().call(image, label_map, edge_map, training)

    def _views(self, image, label_map, edge_map):
        if edge_map is not None:
            image = ops.concatenate([edge_map, image], axis=-1)
        label_maps = label_map_pyramid(
            label_map,
            self.num_classes,
            self.num_scales,
            self.compute_dtype,
            halve_overlapping,
        )
        return list(zip(label_maps, self._pyramid(image), strict=True))
