"""Content loss of cascaded refinement networks: one image, or k diverse."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

# Training batches that the mean distance of a layer reaches back to.
_HORIZON = 1000


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ContentLoss(Configured, keras.layers.Layer):
    """Distance of `k` images from one photograph, over layers of features.

    The distance in a layer is the mean absolute difference times the weight of
    the layer, `lambda` in the paper. As published, `lambda` begins as the
    inverse of a layer's number of elements (hence the mean), and is rescaled
    once so that all layers contribute alike, which `rescale` does.

    Two minima over the `k` images are returned: the least distance of a whole
    image, and for each class the least distance within its region, summed
    over the classes. For `k = 1` both are the plain distance.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`.
        strides: sequence of ints. How many times smaller than the image each
            layer of features is. Defaults to `(1, 1, 2, 4, 8, 16)`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        fake: list, one entry a layer (of the last ones some may be absent), of
            float tensors `(batch, k, height, width, channels)`.
        real: list of float tensors `(batch, height, width, channels)`;
            receive no gradient.
        label_map: Integer tensor `(batch, H, W)`, a soft label map
            `(batch, H, W, num_classes)`, or `None` to leave classes out.
        training: bool. Whether distances are counted for `rescale`.

    Returns:
        `(whole, by_class)`, scalar tensors, means over the batch, not in half
        precision; `by_class` is `None` without a label map.

    Reference:
        - [CRN, ICCV 2017](https://arxiv.org/abs/1707.09405), sections on
          training and on diverse images. Our reading: the distance of a class
          is divided by the elements of the layer, not of the class; its mask
          is made smaller by averaging; minima are taken for each photograph.
    """

    def __init__(
        self,
        num_classes: int,
        strides: Sequence[int] = (1, 1, 2, 4, 8, 16),
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        check_at_least(1, num_classes=num_classes)
        self.num_classes = num_classes
        self.strides = tuple(strides)

    def build(self, *shapes):
        def variable(name, initializer, shape=()):
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=initializer,
                trainable=False,
                autocast=False,
                aggregation="mean",
            )

        layers = (len(self.strides),)
        self.layer_weights = variable("layer_weights", "ones", layers)
        self.distances = variable("distances", "zeros", layers)
        self.count = variable("count", "zeros")
        self.is_rescaled = variable("is_rescaled", "zeros")
        self.built = True

    def call(self, fake, real, label_map=None, training=None):
        weights = ops.convert_to_tensor(self.layer_weights)
        whole, by_class, distances = 0.0, 0.0, []
        for i, (fakes, photograph) in enumerate(zip(fake, real, strict=True)):
            difference = _absolute_difference(fakes, photograph)
            distance = ops.mean(difference, axis=(2, 3))
            distances.append(ops.mean(distance))
            whole = whole + weights[i] * distance
            if label_map is not None:
                regions = self._regions(label_map, self.strides[i])
                by_class = by_class + weights[i] * _within(difference, regions)
        if training:
            self._count(distances)
        whole = ops.mean(ops.min(whole, axis=1))
        if label_map is None:
            return whole, None
        # `(batch, k, classes)`: every class has its own nearest image.
        by_class = ops.sum(ops.min(by_class, axis=1), axis=-1)
        return whole, ops.mean(by_class)

    def _regions(self, label_map, stride):
        """Masks of classes at the size of a layer."""
        regions = one_hot_label_map(label_map, self.num_classes)
        if stride == 1:
            return regions
        # VGG-19 leaves the last pixels of odd sizes out, too.
        return ops.average_pool(
            regions, stride, stride, "valid", "channels_last"
        )

    def _count(self, distances):
        found = ops.stop_gradient(ops.stack(distances))
        found = ops.pad(found, [[0, len(self.strides) - len(distances)]])
        found = backend.replica_mean(found)
        # A mean at first, later one that forgets.
        share = ops.maximum(1.0 / (self.count + 1.0), 1.0 / _HORIZON)
        self.distances.assign(self.distances + share * (found - self.distances))
        self.count.assign(self.count + 1.0)

    def rescale(self) -> None:
        """Sets the weights, once, so that all layers contribute alike.

        The mean contribution stays what it was. A layer that no training batch
        had keeps its weight.
        """
        if float(ops.convert_to_numpy(self.is_rescaled)):
            return
        distances = ops.convert_to_numpy(self.distances)
        seen = distances > 0
        if seen.any():
            weights = ops.convert_to_numpy(self.layer_weights).copy()
            mean = (weights * distances)[seen].mean()
            weights[seen] = mean / distances[seen]
            self.layer_weights.assign(weights)
            self.is_rescaled.assign(1.0)

    def compute_output_shape(self, *shapes, **kwargs):
        return (), ()

    def compute_output_spec(self, fake, real, label_map=None, training=None):
        def scalar():
            return keras.KerasTensor((), "float32")

        return scalar(), None if label_map is None else scalar()


def _absolute_difference(fakes, photograph):
    """Means over the channels, `(batch, k, height, width)`."""
    photograph = ops.stop_gradient(full_precision(photograph))
    difference = full_precision(fakes) - ops.expand_dims(photograph, 1)
    return ops.mean(ops.abs(difference), axis=-1)


def _within(difference, regions):
    """Distances within the regions of classes, `(batch, k, classes)`."""
    regions = ops.cast(regions, difference.dtype)
    sums = ops.einsum("bkhw,bhwc->bkc", difference, regions)
    height, width = ops.shape(difference)[2:4]
    return sums / ops.cast(height * width, difference.dtype)


class Content(Term):
    """The nearest of the images, as a whole; see `ContentLoss`."""

    name = "content"
    reads = ("content.whole",)

    def formula(self, whole: Tensor) -> Tensor:
        return whole


class Diversity(Term):
    """The nearest of the images within each class; see `ContentLoss`."""

    name = "diversity"
    reads = ("content.by_class",)

    def formula(self, by_class: Tensor) -> Tensor:
        return by_class
