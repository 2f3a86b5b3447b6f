import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses import KL
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import SemanticVector
from keras_semsynth.losses import adversarial_terms


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="UnpairedSCGAN"
)
class UnpairedSCGAN(SemanticGAN):
    """SC-GAN between two sets of images that do not correspond.

    A source image A is repainted in the style of a reference image B: the
    semantic vector generator reads B and regresses it, the render generator
    starts from A (or from a style code of A), and the discriminator, which
    sees images only, takes B for real. There are no labels: B stands where a
    soft label map of 3 channels stands in the paired model.

    Args:
        generator: `generators.SCGANGenerator` with `num_classes=3`, and
            `start="image"` or, for an encoder, `style_dim`.
        discriminator: `discriminators.ImagePatchDiscriminator`, or another
            that has `"scores"` and `"features"` and reads images only.
        encoder: `encoders.Encoder` or `None`. Encodes the style of the
            source images. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term,
            which compares with A; without, there is none. Defaults to `None`.
        adversarial: str, `"hinge"`, `"least_squares"`, `"original"` or
            `"wasserstein"`. Form of the adversarial terms. Defaults to
            `"hinge"`.
        feature_matching_weight: float. Weight of the feature matching term;
            `0` switches it off. Defaults to `10.0`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: the paper's 8 devices. Defaults to `8`.
        semantic_vector_weight: float. Weight of the regression of the image
            from semantic vectors; `0` switches it off. Defaults to `2.0`.
        semantic_vector_loss: str, `"l1"`, `"l2"` or `"perceptual"`. Distance
            in that term. Defaults to `"l1"`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_decay`.

    Call arguments:
        inputs: dict of `"label_map"`, the reference B, and `"source"`, the
            source A: float tensors `(batch, height, width, 3)` in `[-1, 1]`.

    `fit` and `evaluate` take `(inputs, image)` with `image` the reference.

    Returns:
        Image `(batch, height, width, 3)` in `[-1, 1]`, not in half precision.

    Raises:
        ValueError: If the networks do not fit together.

    Example:

    >>> gan = keras_semsynth.gans.UnpairedSCGAN(
    ...     keras_semsynth.generators.SCGANGenerator(
    ...         3, (64, 64), 8, start="image"),
    ...     keras_semsynth.discriminators.ImagePatchDiscriminator())
    >>> gan.compile()

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), appendix
          B.2.
          No official code of it runs; terms and weights are those of the
          paired model.
    """

    input_names = ("label_map", "source")
    paired = False
    style_of = "source"
    beta_2 = 0.999

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
        semantic_vector_weight: float = 2.0,
        semantic_vector_loss: str = "l1",
        perceptual_weight: float = 10.0,
        **kwargs,
    ):
        start = getattr(generator, "start", None)
        if start != ("image" if encoder is None else "style"):
            raise ValueError(
                "Unpaired translation starts from the source image: use "
                '`SCGANGenerator(start="image")` without an encoder, or '
                "`style_dim` with one. Received: "
                f"start={start!r}, encoder={encoder}."
            )
        terms = (
            *adversarial_terms(adversarial),
            FeatureMatching(feature_matching_weight),
            KL(kl_weight, kl_divisor),
            SemanticVector(semantic_vector_weight, semantic_vector_loss),
            Perceptual(
                perceptual_weight,
                reads=("perceptual", "generated.image", "source"),
            ),
        )
        super().__init__(
            generator, discriminator, encoder, perceptual, terms=terms, **kwargs
        )
        self.generator_inputs = ("source",) if encoder is None else ()
        self.adversarial = adversarial
        self.feature_matching_weight = feature_matching_weight
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.semantic_vector_weight = semantic_vector_weight
        self.semantic_vector_loss = semantic_vector_loss
        self.perceptual_weight = perceptual_weight
