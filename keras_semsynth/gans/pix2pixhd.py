from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_at_least
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
        fix_global_epochs: int >= 0. Epochs at the start in which the global
            generator inside a `Pix2PixHDEnhancerGenerator` keeps its weights,
            while its enhancers learn. Defaults to `0`.
        **kwargs: Arguments of `SemanticGAN`, such as `perceptual`, `encoder`
            and `ema_decay`.

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

    needs = ("scores", "features")

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        adversarial: str = "least_squares",
        feature_matching_weight: float = 10.0,
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
            "fix_global_epochs": self.fix_global_epochs,
        }
