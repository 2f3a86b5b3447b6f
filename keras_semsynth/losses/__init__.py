"""Loss terms, one a file, on `keras.ops`; always computed in float32."""

from keras_semsynth.losses.adversarial import AdversarialLoss
from keras_semsynth.losses.feature_matching import feature_matching_loss
from keras_semsynth.losses.kl import kl_divergence
from keras_semsynth.losses.kl import reparameterize
from keras_semsynth.losses.perceptual import PerceptualLoss
from keras_semsynth.losses.perceptual import perceptual_distance

__all__ = [
    "AdversarialLoss",
    "PerceptualLoss",
    "feature_matching_loss",
    "kl_divergence",
    "perceptual_distance",
    "reparameterize",
]
