import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.spade import SPADE
from keras_semsynth.generators.generator import Generator


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="CCFPSEGAN"
)
class CCFPSE(SPADE):
    """CC-FPSE: the objective of SPADE, feature matching weighted twice.

    | generator term | weight |
    | --- | --- |
    | `adversarial` (hinge) | 1 |
    | `feature_matching` | 20 |
    | `perceptual` (if `perceptual` is given) | 10 |
    | `kl` (if `encoder` is given) | 0.05 |

    Args:
        generator: `generators.Generator`, for the paper
            `generators.CCFPSEGenerator` with a `style_dim` of 256.
        discriminator: `discriminators.Discriminator` with `"scores"` and
            `"features"`, for the paper `FPSEDiscriminator`.
        feature_matching_weight: float. Weight of the feature matching term;
            `0` switches it off. Defaults to `20.0`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: the paper's 16 devices. Defaults to `16`.
        **kwargs: Arguments of `SPADE` and `SemanticGAN`, such as `encoder` and
            `perceptual`.

    Example:

    >>> gan = keras_semsynth.gans.CCFPSE(
    ...     keras_semsynth.generators.CCFPSEGenerator(5, (64, 64), 8),
    ...     keras_semsynth.discriminators.FPSEDiscriminator(5, filters=8))
    >>> gan.compile()

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), Eq. 3 and 4
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        feature_matching_weight: float = 20.0,
        kl_divisor: int = 16,
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            feature_matching_weight=feature_matching_weight,
            kl_divisor=kl_divisor,
            **kwargs,
        )
