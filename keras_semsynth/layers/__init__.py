"""The operators of the family, one a file."""

from keras_semsynth.exports import export_classes
from keras_semsynth.layers.distinct_patches import distinct_patches
from keras_semsynth.layers.distinct_patches import spade_patches
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_map import edge_map_from_instances
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.normalized_conv2d import make_normalization
from keras_semsynth.layers.precision import full_precision

__all__ = [
    "distinct_patches",
    "edge_map_from_instances",
    "full_precision",
    "kernel_initializer",
    "make_normalization",
    "one_hot_label_map",
    "resize_label_map",
    "spade_patches",
    *export_classes(globals()),
]
