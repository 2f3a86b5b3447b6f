import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.gans.pix2pixhd import Pix2PixHD
from keras_semsynth.generators.generator import Generator


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="SPADEGAN"
)
class SPADE(Pix2PixHD):
    """SPADE (GauGAN): pix2pixHD's objective with hinge loss, and style codes.

    With an encoder, the style code of each image is drawn from the encoder's
    Gaussian of the real image, and a fourth term is added:

    | generator term | weight |
    | --- | --- |
    | `adversarial` (hinge) | 1 |
    | `feature_matching` | 10 |
    | `perceptual` (if `perceptual` is given) | 10 |
    | `kl` (if `encoder` is given) | 0.05 |

    Args:
        generator: `generators.Generator`, for the paper
            `generators.SPADEGenerator`; with `style_dim` for an encoder.
        discriminator: `discriminators.Discriminator`, as for `Pix2PixHD`.
        encoder: `encoders.StyleEncoder` or `None`. Encodes the style of the
            real images. Defaults to `None`.
        adversarial: str, `"hinge"`, `"least_squares"`, `"original"` or
            `"wasserstein"`. Form of the adversarial terms. Defaults to
            `"hinge"`.
        **kwargs: Arguments of `Pix2PixHD` and `SemanticGAN`, such as
            `perceptual`.

    Raises:
        ValueError: If generator and encoder do not fit together.

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
        encoder: StyleEncoder | None = None,
        adversarial: str = "hinge",
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            encoder=encoder,
            adversarial=adversarial,
            **kwargs,
        )
