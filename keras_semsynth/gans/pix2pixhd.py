import keras

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses import AdversarialLoss
from keras_semsynth.losses import feature_matching_loss


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="Pix2PixHDGAN"
)
class Pix2PixHD(SemanticGAN):
    """pix2pixHD: adversarial, feature matching and perceptual terms.

    | generator term | weight |
    | --- | --- |
    | `adversarial` | 1 |
    | `feature_matching` | `feature_matching_weight` |
    | `perceptual` (if `perceptual` is given) | `perceptual_weight` |

    The discriminator's terms `real` and `fake` have weight 1.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.Pix2PixHDGenerator`.
        discriminator: `discriminators.Discriminator` with `"scores"` and
            `"features"`, for the paper `MultiScalePatchDiscriminator`.
        adversarial: str, `"least_squares"`, `"hinge"`, `"original"` or
            `"wasserstein"`. Form of the adversarial terms. Defaults to
            `"least_squares"`.
        feature_matching_weight: float. Weight of the feature matching term;
            `0` switches it off. Defaults to `10.0`.
        **kwargs: Arguments of `SemanticGAN`, such as `perceptual`, `encoder`
            and `ema_decay`.

    Example:

    >>> gan = keras_semsynth.gans.Pix2PixHD(
    ...     keras_semsynth.generators.Pix2PixHDGenerator(5),
    ...     keras_semsynth.discriminators.MultiScalePatchDiscriminator(5))
    >>> gan.compile(keras_semsynth.gans.AdamPair(ttur=False))

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), Eq. 5
    """

    needs = ("scores", "features")

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        adversarial: str = "least_squares",
        feature_matching_weight: float = 10.0,
        **kwargs,
    ):
        weights = {"adversarial": 1.0}
        if feature_matching_weight:
            weights["feature_matching"] = feature_matching_weight
        super().__init__(
            generator,
            discriminator,
            generator_weights=weights,
            discriminator_weights={"real": 1.0, "fake": 1.0},
            **kwargs,
        )
        self.adversarial = adversarial
        self.adversarial_loss = AdversarialLoss(adversarial)
        self.feature_matching_weight = feature_matching_weight

    def generator_terms(
        self, batch: Batch, training: bool = True
    ) -> tuple[Terms, Tensor]:
        outputs = self.synthesize(batch, training)
        fake, real = self.discriminate(batch, outputs["image"], training)
        terms = {"adversarial": self.adversarial_loss.generator(fake["scores"])}
        if self.feature_matching_weight:
            terms["feature_matching"] = feature_matching_loss(
                fake["features"], real["features"]
            )
        return {**terms, **self.image_terms(batch, outputs)}, outputs["image"]

    def discriminator_terms(
        self, batch: Batch, fake: Tensor, training: bool = True
    ) -> Terms:
        fake, real = self.discriminate(batch, fake, training)
        loss = self.adversarial_loss
        return {
            "real": loss.discriminator_real(real["scores"]),
            "fake": loss.discriminator_fake(fake["scores"]),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "adversarial": self.adversarial,
            "feature_matching_weight": self.feature_matching_weight,
        }
