from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.losses import KL
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import adversarial_terms


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="Pix2PixHDGAN"
)
class Pix2PixHD(SemanticGAN):
    """pix2pixHD: adversarial, feature matching and perceptual terms.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.Pix2PixHDGenerator`.
        discriminator: `discriminators.Discriminator` with `"scores"` and
            `"features"`, for the paper `MultiScalePatchDiscriminator`.
        encoder: `encoders.Encoder` or `None`. Encodes the style of the
            real images, for a generator with a style code. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term;
            without, there is none. Defaults to `None`.
        adversarial: str, `"least_squares"`, `"hinge"`, `"original"` or
            `"wasserstein"`. Form of the adversarial terms. Defaults to
            `"least_squares"`.
        feature_matching_weight: float. Weight of the feature matching term;
            `0` switches it off. Defaults to `10.0`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: SPADE's 8 devices. Defaults to `8`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        fix_global_epochs: int >= 0. Epochs at the start in which the global
            generator inside a `Pix2PixHDEnhancerGenerator` keeps its weights,
            while its enhancers learn. Defaults to `0`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_decay`.

    Raises:
        ValueError: If `fix_global_epochs` is set for a generator without a
            global part.

    Example:

    >>> gan = keras_semsynth.gans.Pix2PixHD(
    ...     keras_semsynth.generators.Pix2PixHDGenerator(5),
    ...     keras_semsynth.discriminators.MultiScalePatchDiscriminator(5))
    >>> gan.compile(keras_semsynth.gans.AdamPair(ttur=False))

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), Eq. 5
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        encoder: Encoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        adversarial: str = "least_squares",
        feature_matching_weight: float = 10.0,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        perceptual_weight: float = 10.0,
        fix_global_epochs: int = 0,
        **kwargs,
    ):
        check_at_least(0, fix_global_epochs=fix_global_epochs)
        if fix_global_epochs and not hasattr(generator, "global_generator"):
            raise ValueError(
                f"`fix_global_epochs={fix_global_epochs}` needs a generator "
                "with a global part, Pix2PixHDEnhancerGenerator. Received: "
                f"{type(generator).__name__}."
            )
        terms = (
            *adversarial_terms(adversarial),
            FeatureMatching(feature_matching_weight),
            KL(kl_weight, kl_divisor),
            Perceptual(perceptual_weight),
        )
        super().__init__(
            generator, discriminator, encoder, perceptual, terms=terms, **kwargs
        )
        self.adversarial = adversarial
        self.feature_matching_weight = feature_matching_weight
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.perceptual_weight = perceptual_weight
        self.fix_global_epochs = fix_global_epochs

    def build(self, input_shape=None):
        if self.fix_global_epochs and not self.built:
            # Not saved: `start_epoch` sets it, also where a run goes on.
            self.is_global_fixed = self.add_weight(
                name="is_global_fixed", initializer="ones", trainable=False
            )
        super().build(input_shape)

    def start_epoch(self, epoch: int) -> None:
        if self.fix_global_epochs:
            self.is_global_fixed.assign(float(epoch < self.fix_global_epochs))

    def apply_clipped(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Tensor],
        variables: Sequence[keras.Variable],
    ) -> None:
        is_generator = optimizer is self.optimizer.generator
        if not (self.fix_global_epochs and is_generator):
            super().apply_clipped(optimizer, gradients, variables)
            return
        # Taken back, not left out: so Adam knows the moments of these
        # gradients when they are released, and its first steps are no longer
        # than the others.
        with backend.no_gradients():
            held = self.generator.global_generator.trainable_variables
            before = [ops.convert_to_tensor(v) + 0.0 for v in held]
            super().apply_clipped(optimizer, gradients, variables)
            is_fixed = ops.convert_to_tensor(self.is_global_fixed) > 0
            for variable, value in zip(held, before, strict=True):
                moved = ops.convert_to_tensor(variable)
                variable.assign(ops.where(is_fixed, value, moved))
