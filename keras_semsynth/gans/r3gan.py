import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses import KL
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import GradientPenalty
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import RelativisticPairing


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="R3GANObjective"
)
class R3GAN(SemanticGAN):
    """R3GAN's loss: relativistic pairs, and a gradient penalty on each half.

    The paper trains its own networks without labels; here the objective goes
    with any discriminator that has scores, and a pair is a generated image and
    the photograph of its layout. The penalties need second derivatives: a step
    of the discriminator takes about twice as long, and their passes neither
    advance power iterations nor use the statistics of the batch. The paper's
    text was not at hand; it chooses the weight of the penalties by dataset.

    Args:
        generator: `generators.Generator`, any that the data fit.
        discriminator: `discriminators.Discriminator` with `"scores"`.
        encoder: `encoders.StyleEncoder` or `None`. Encodes the style of the
            real images; not in the paper. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term,
            which is not in the paper; without, there is none. Defaults to
            `None`.
        real_penalty_weight: float. Weight of the gradient penalty on real
            images (R1); `0` switches it off. Defaults to `1.0`.
        fake_penalty_weight: float. Weight of the gradient penalty on generated
            images (R2); `0` switches it off. Defaults to `1.0`.
        feature_matching_weight: float. Weight of the feature matching term,
            which is not in the paper; `0` switches it off. Defaults to `0.0`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: SPADE's 8 devices. Defaults to `8`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_decay`.

    Example:

    >>> gan = keras_semsynth.gans.R3GAN(
    ...     keras_semsynth.generators.SPADEGenerator(5, (64, 64), 8),
    ...     keras_semsynth.discriminators.MultiScalePatchDiscriminator(5))
    >>> gan.compile()

    Reference:
        - [R3GAN, NeurIPS 2024](https://arxiv.org/abs/2501.05441)
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        encoder: StyleEncoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        real_penalty_weight: float = 1.0,
        fake_penalty_weight: float = 1.0,
        feature_matching_weight: float = 0.0,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        perceptual_weight: float = 10.0,
        **kwargs,
    ):
        terms = (
            RelativisticPairing("generator"),
            FeatureMatching(feature_matching_weight),
            KL(kl_weight, kl_divisor),
            Perceptual(perceptual_weight),
            RelativisticPairing("discriminator"),
            GradientPenalty("real", weight=real_penalty_weight),
            GradientPenalty("fake", weight=fake_penalty_weight),
        )
        super().__init__(
            generator, discriminator, encoder, perceptual, terms=terms, **kwargs
        )
        self.real_penalty_weight = real_penalty_weight
        self.fake_penalty_weight = fake_penalty_weight
        self.feature_matching_weight = feature_matching_weight
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.perceptual_weight = perceptual_weight
