import keras

from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.losses import AdversarialLoss
from keras_semsynth.losses import feature_matching_loss
from keras_semsynth.presets import gan_arguments


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
        discriminator: `discriminators.MultiScalePatchDiscriminator`, or a
            model with outputs of the same form.
        perceptual: `losses.PerceptualLoss` or `None` (no such term).
            Defaults to `None`.
        adversarial: `"least_squares"`, `"hinge"`, `"original"` or
            `"wasserstein"`. Defaults to `"least_squares"`.
        feature_matching_weight: float; `0` switches the term off.
            Defaults to `10.0`.
        perceptual_weight: float. Defaults to `10.0`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_decay`.

    Example:

    >>> gan = keras_semsynth.gans.Pix2PixHD(
    ...     keras_semsynth.generators.Pix2PixHDGenerator(5),
    ...     keras_semsynth.discriminators.MultiScalePatchDiscriminator(5))
    >>> gan.compile(ttur=False)

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), Eq. 5
    """

    def __init__(
        self,
        generator,
        discriminator,
        perceptual=None,
        adversarial="least_squares",
        feature_matching_weight=10.0,
        perceptual_weight=10.0,
        generator_weights=None,
        **kwargs,
    ):
        weights = {"adversarial": 1.0}
        if feature_matching_weight:
            weights["feature_matching"] = feature_matching_weight
        if perceptual is not None:
            weights["perceptual"] = perceptual_weight
        super().__init__(
            generator,
            discriminator,
            generator_weights={**weights, **(generator_weights or {})},
            discriminator_weights={"real": 1.0, "fake": 1.0},
            **kwargs,
        )
        self.perceptual = perceptual
        self.adversarial = adversarial
        self.adversarial_loss = AdversarialLoss(adversarial)
        self.feature_matching_weight = feature_matching_weight
        self.perceptual_weight = perceptual_weight

    @classmethod
    def from_preset(cls, name, perceptual_weights=None, **overrides):
        """Builds the networks and objective of a paper's configuration.

        Args:
            name: str. A key of `presets.PRESETS`, such as
                `"spade_ade20k_256"`.
            perceptual_weights: Path of VGG19 weights, `"off"` for no
                perceptual term, or `None` for the file
                `vgg19-dcbb9e9d.pth` in the folder that the environment
                variable `SEMSYNTH_WEIGHTS` names. Defaults to `None`.
            **overrides: dicts of arguments that replace the preset's:
                `layout` (what generator and discriminator share),
                `generator`, `discriminator`, `encoder`, `gan`.

        Returns:
            The GAN, not compiled and not built.

        Raises:
            ValueError: If the preset is unknown or of another model.
            FileNotFoundError: If the VGG19 weights are not there.
        """
        return cls(
            **gan_arguments(name, cls.__name__, perceptual_weights, overrides)
        )

    def generator_terms(self, batch, training=True):
        extra, fake = self.synthesize(batch, training)
        fake_outputs, real_outputs = self.discriminate(batch, fake, training)
        terms = {
            "adversarial": self.adversarial_loss.generator(
                [scale[-1] for scale in fake_outputs]
            )
        }
        if self.feature_matching_weight:
            terms["feature_matching"] = feature_matching_loss(
                [scale[:-1] for scale in fake_outputs],
                [scale[:-1] for scale in real_outputs],
            )
        if self.perceptual is not None:
            terms["perceptual"] = self.perceptual(fake, batch["image"])
        return {**terms, **(extra or {})}, fake

    def discriminator_terms(self, batch, fake, training=True):
        fake_outputs, real_outputs = self.discriminate(batch, fake, training)
        return {
            "real": self.adversarial_loss.discriminator_real(
                [scale[-1] for scale in real_outputs]
            ),
            "fake": self.adversarial_loss.discriminator_fake(
                [scale[-1] for scale in fake_outputs]
            ),
        }

    def build(self, input_shape=None):
        if self.perceptual is not None and not self.perceptual.built:
            self.perceptual.build()
        super().build(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "perceptual": keras.saving.serialize_keras_object(self.perceptual),
            "adversarial": self.adversarial,
            "feature_matching_weight": self.feature_matching_weight,
            "perceptual_weight": self.perceptual_weight,
        }
