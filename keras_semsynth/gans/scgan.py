import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.spade import SPADE
from keras_semsynth.generators.generator import Generator


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="SCGANGAN"
)
class SCGAN(SPADE):
    """SC-GAN: SPADE's objective, and semantic vectors that draw the image too.

    | generator term | weight |
    | --- | --- |
    | `adversarial` (hinge) | 1 |
    | `feature_matching` | 10 |
    | `semantic_vector` | 2 (CelebAMask-HQ: 1) |
    | `perceptual` (if `perceptual` is given) | 10 |
    | `kl` (if `encoder` is given) | 0.05 |

    Args:
        generator: `generators.Generator` that regresses a second image, for
            the paper `generators.SCGANGenerator`.
        discriminator: `discriminators.Discriminator` with `"scores"` and
            `"features"`, for the paper `FPSEDiscriminator` (CelebAMask-HQ:
            `MultiScalePatchDiscriminator`).
        semantic_vector_weight: float. Weight of the regression of the image
            from semantic vectors; `0` switches it off, and any generator will
            do. Defaults to `2.0`.
        **kwargs: Arguments of `SPADE` and `SemanticGAN`, such as `encoder`,
            `perceptual` and `semantic_vector_loss`.

    Example:

    >>> gan = keras_semsynth.gans.SCGAN(
    ...     keras_semsynth.generators.SCGANGenerator(5, (64, 64), 8),
    ...     keras_semsynth.discriminators.FPSEDiscriminator(5, filters=8))
    >>> gan.compile()

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 6 to 10
    """

    beta_2 = 0.999

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        semantic_vector_weight: float = 2.0,
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            semantic_vector_weight=semantic_vector_weight,
            **kwargs,
        )
