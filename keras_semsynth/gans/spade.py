import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses import KL
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import adversarial_terms


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="SPADEGAN"
)
class SPADE(SemanticGAN):
    """SPADE (GauGAN): pix2pixHD's objective with hinge loss, and style codes.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.SPADEGenerator`; with `style_dim` for an encoder.
        discriminator: `discriminators.Discriminator` with `"scores"` and
            `"features"`, for the paper `MultiScalePatchDiscriminator`.
        encoder: `encoders.Encoder` or `None`. Encodes the style of the
            real images. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term;
            without, there is none. Defaults to `None`.
        adversarial: str, `"hinge"`, `"least_squares"`, `"original"` or
            `"wasserstein"`. Form of the adversarial terms. Defaults to
            `"hinge"`.
        feature_matching_weight: float. Weight of the feature matching term;
            `0` switches it off. Defaults to `10.0`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: the paper's 8 devices. Defaults to `8`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_decay`.

    Example:

    >>> gan = keras_semsynth.gans.SPADE(
    ...     keras_semsynth.generators.SPADEGenerator(5, (64, 64), 8),
    ...     keras_semsynth.discriminators.MultiScalePatchDiscriminator(5))
    >>> gan.compile()

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291)
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        encoder: Encoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        adversarial: str = "hinge",
        feature_matching_weight: float = 10.0,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        perceptual_weight: float = 10.0,
        **kwargs,
    ):
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
