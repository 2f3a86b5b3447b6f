"""Perceptual loss: distance of images in the features of a frozen network."""

from collections.abc import Callable
from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_not_negative
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term

# Shallow features differ in many tiny ways, deep ones in few telling ones.
LAYER_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
# On which any network of features can be tried.
_ANY_SIZE = (64, 64)


def perceptual_distance(
    fake_features: Sequence,
    real_features: Sequence,
    layer_weights: Sequence[float] = LAYER_WEIGHTS,
) -> Tensor:
    """Weighted sum of mean absolute feature differences.

    Args:
        fake_features: list of float tensors, one a feature layer.
        real_features: list of the same shapes; taken as constants.
        layer_weights: one float a layer. Defaults to
            `(1/32, 1/16, 1/8, 1/4, 1)`.

    Returns:
        Scalar tensor, not in half precision, without the weight of the whole
        term (10 in SPADE).

    Raises:
        ValueError: If the three lengths differ.
    """
    lengths = [len(fake_features), len(real_features), len(layer_weights)]
    if len(set(lengths)) != 1:
        raise ValueError(
            "`fake_features`, `real_features` and `layer_weights` must have "
            f"one entry a layer. Received lengths: {lengths}."
        )
    total = 0.0
    for fake, real, weight in zip(
        fake_features, real_features, layer_weights, strict=True
    ):
        real = ops.stop_gradient(full_precision(real))
        difference = full_precision(fake) - real
        total = total + weight * ops.mean(ops.abs(difference))
    return total


@keras.saving.register_keras_serializable(package="keras_semsynth")
class PerceptualLoss(Configured, keras.layers.Layer):
    """Perceptual distance in a frozen feature network it owns.

    The images go into the network as they are, in `[-1, 1]`: the official
    SPADE code neither rescales them nor subtracts ImageNet's mean.

    Args:
        features_network: `keras.Model`, image -> list of feature tensors, for
            example `keras_semsynth.scorers.VGG19Features`. It is frozen.
        layer_weights: sequence of floats, one a layer of the features network,
            or `None`. Weights of the distances that the perceptual loss adds
            up. SC-GAN's equation 7 has none: five times 1. Defaults to
            `None`: those of the network, or the last of `(0.03125, 0.0625,
            0.125, 0.25, 1.0)`, which the official code of all papers has for
            VGG-19. They are an attribute once the loss is built.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        fake: Float tensor `(batch, height, width, 3)` in `[-1, 1]`.
        real: Float tensor of the same shape; receives no gradient.

    Returns:
        Scalar tensor, not in half precision, without the weight of the term.

    Raises:
        ValueError: If `layer_weights` has not one entry a layer.

    Example:

    >>> network = keras_semsynth.checkpoints.load_features(path)
    >>> loss = keras_semsynth.losses.PerceptualLoss(network)
    >>> loss(fake, real).shape
    ()

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 7
    """

    def __init__(
        self,
        features_network: keras.Model,
        layer_weights: Sequence[float] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.features_network = features_network
        self.features_network.trainable = False
        if layer_weights is not None:
            for weight in layer_weights:
                check_not_negative(layer_weights=weight)
            layer_weights = tuple(float(w) for w in layer_weights)
        self.layer_weights = layer_weights
        # Which file the network was read from, for reports.
        self.weights_record = None

    def build(self, fake_shape=(None, None, None, 3), real_shape=None):
        if not self.features_network.built:
            self.features_network.build(fake_shape)
        # Again, for the weights that did not exist before.
        self.features_network.trainable = False
        image = keras.KerasTensor((1, *_ANY_SIZE, fake_shape[-1]))
        layers = len(self.features_network.compute_output_spec(image))
        if self.layer_weights is None:
            # Also without, the deepest features count most.
            self.layer_weights = getattr(
                self.features_network, "layer_weights", LAYER_WEIGHTS[-layers:]
            )
        if layers != len(self.layer_weights):
            raise ValueError(
                f"`layer_weights` must have {layers} numbers, one a layer of "
                f"{type(self.features_network).__name__}. Received: "
                f"layer_weights={self.layer_weights}."
            )
        self.built = True

    def call(self, fake, real):
        # training=False: a network with dropout or batch norm judges too.
        fake_features = self.features_network(fake, training=False)
        real_features = self.features_network(
            ops.stop_gradient(real), training=False
        )
        return perceptual_distance(
            fake_features, real_features, self.layer_weights
        )

    def compute_output_shape(self, fake_shape, real_shape=None):
        return ()

    def compute_output_spec(self, fake, real):
        return keras.KerasTensor((), dtype="float32")


class Perceptual(Term):
    """Generated images have the perceptual features of others."""

    name = "perceptual"
    reads = ("perceptual", "generated.image", "image")
    comes_with = "perceptual"

    def formula(
        self, distance: Callable[..., Tensor], fake: Tensor, target: Tensor
    ) -> Tensor:
        return distance(fake, target)
