"""Terms of objectives and their formulas, on `keras.ops`.

One a file; never in half precision.
"""

from keras_semsynth.losses.adversarial import Adversarial
from keras_semsynth.losses.adversarial import adversarial_loss
from keras_semsynth.losses.adversarial import adversarial_terms
from keras_semsynth.losses.class_balanced_cross_entropy import ClassCrossEntropy
from keras_semsynth.losses.class_balanced_cross_entropy import FakeCrossEntropy
from keras_semsynth.losses.class_balanced_cross_entropy import (
    class_balanced_cross_entropy,
)
from keras_semsynth.losses.class_balanced_cross_entropy import class_weights
from keras_semsynth.losses.class_balanced_cross_entropy import (
    fake_cross_entropy,
)
from keras_semsynth.losses.content import Content
from keras_semsynth.losses.content import ContentLoss
from keras_semsynth.losses.content import Diversity
from keras_semsynth.losses.feature_matching import FeatureMatching
from keras_semsynth.losses.feature_matching import feature_matching_loss
from keras_semsynth.losses.kl import KL
from keras_semsynth.losses.kl import kl_divergence
from keras_semsynth.losses.kl import reparameterize
from keras_semsynth.losses.label_mix import LabelMix
from keras_semsynth.losses.label_mix import label_mix_loss
from keras_semsynth.losses.label_mix import label_mix_mask
from keras_semsynth.losses.label_mix import mix
from keras_semsynth.losses.perceptual import Perceptual
from keras_semsynth.losses.perceptual import PerceptualLoss
from keras_semsynth.losses.perceptual import perceptual_distance
from keras_semsynth.losses.relativistic import GradientPenalty
from keras_semsynth.losses.relativistic import RelativisticPairing
from keras_semsynth.losses.relativistic import gradient_penalty
from keras_semsynth.losses.relativistic import image_scores
from keras_semsynth.losses.relativistic import relativistic_pairing_loss
from keras_semsynth.losses.semantic_vector import SemanticVector
from keras_semsynth.losses.semantic_vector import semantic_vector_loss
from keras_semsynth.losses.squared_feature_matching import (
    SquaredFeatureMatching,
)
from keras_semsynth.losses.squared_feature_matching import (
    squared_feature_matching_loss,
)
from keras_semsynth.losses.term import Term

__all__ = [
    "Adversarial",
    "ClassCrossEntropy",
    "Content",
    "ContentLoss",
    "Diversity",
    "FakeCrossEntropy",
    "FeatureMatching",
    "GradientPenalty",
    "KL",
    "LabelMix",
    "Perceptual",
    "PerceptualLoss",
    "RelativisticPairing",
    "SemanticVector",
    "SquaredFeatureMatching",
    "Term",
    "adversarial_loss",
    "adversarial_terms",
    "class_balanced_cross_entropy",
    "class_weights",
    "fake_cross_entropy",
    "feature_matching_loss",
    "gradient_penalty",
    "image_scores",
    "kl_divergence",
    "label_mix_loss",
    "label_mix_mask",
    "mix",
    "perceptual_distance",
    "relativistic_pairing_loss",
    "reparameterize",
    "semantic_vector_loss",
    "squared_feature_matching_loss",
]
