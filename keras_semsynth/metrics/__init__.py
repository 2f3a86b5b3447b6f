"""Numbers that say how good images are: NumPy, float64 and int64, no Keras.

The networks that look at the images are in `scorers`.
"""

from keras_semsynth.metrics.confusion_matrix import ConfusionMatrix
from keras_semsynth.metrics.feature_sets import check_feature_sets
from keras_semsynth.metrics.feature_statistics import FeatureStatistics
from keras_semsynth.metrics.frechet_distance import frechet_distance
from keras_semsynth.metrics.inception_score import inception_score
from keras_semsynth.metrics.kernel_distance import KernelDistance
from keras_semsynth.metrics.kernel_distance import kernel_distance
from keras_semsynth.metrics.label_mappings import to_scorer_ids
from keras_semsynth.metrics.manifold_scores import ManifoldScores
from keras_semsynth.metrics.manifold_scores import manifold_scores
from keras_semsynth.metrics.object_crops import SceneObject
from keras_semsynth.metrics.object_crops import choose_min_area
from keras_semsynth.metrics.object_crops import crop
from keras_semsynth.metrics.object_crops import find_objects
from keras_semsynth.metrics.seed_spread import seed_spread
from keras_semsynth.metrics.segmentation_scores import CITYSCAPES_OBJECTS
from keras_semsynth.metrics.segmentation_scores import group_iou
from keras_semsynth.metrics.segmentation_scores import segmentation_scores

__all__ = [
    "CITYSCAPES_OBJECTS",
    "ConfusionMatrix",
    "FeatureStatistics",
    "KernelDistance",
    "ManifoldScores",
    "SceneObject",
    "check_feature_sets",
    "choose_min_area",
    "crop",
    "find_objects",
    "frechet_distance",
    "group_iou",
    "inception_score",
    "kernel_distance",
    "manifold_scores",
    "seed_spread",
    "segmentation_scores",
    "to_scorer_ids",
]
