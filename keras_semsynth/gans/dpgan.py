from collections.abc import Mapping

import keras
from keras import ops

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.oasis import OASIS
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.losses import AdversarialLoss
from keras_semsynth.losses import squared_feature_matching_loss
from keras_semsynth.losses.squared_feature_matching import REDUCTIONS

GENERATOR_PATCHES = ("score", "hinge")


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="DPGAN"
)
class DPGAN(OASIS):
    """DP-GAN: OASIS's objective, with patches and features at more scales.

    Besides the terms of `OASIS`:

    | player | term | weight |
    | --- | --- | --- |
    | generator | `patch`: see `generator_patch` | `patch_weight` |
    | generator | `feature_matching` | `feature_weight` |
    | discriminator | `patch_fake`, `patch_real`: hinge | `patch_weight` |

    Args:
        generator: `generators.Generator`, for the paper
            `generators.DPGANGenerator`.
        discriminator: `discriminators.Discriminator` with `"logits"`,
            `"scores"` and `"features"`, for the paper `DPGANDiscriminator`.
        patch_weight: float. Weight of the patch terms of both players; `0`
            switches them off. Defaults to `1.0`.
        feature_weight: float. Weight of the feature matching term; `0`
            switches it off. Defaults to `1.0`.
        generator_patch: str, `"score"` (minus the mean patch score, as the
            official code has it) or `"hinge"` (the hinge of equation 7). Form
            of the generator's patch term. Defaults to `"score"`.
        patch_gradient: bool. Whether the patch terms train the networks, as
            the paper says. The official code adds them as plain numbers: its
            patch heads keep their initial weights. `False` repeats the
            official code, also to go on from one of its discriminators.
            Defaults to `True`.
        feature_reduction: str, `"sum"` over the features, as the official code
            has it, or `"mean"`, as the paper has it. How the feature matching
            term is reduced. Defaults to `"sum"`.
        generator_weights: Mapping of str to float, or `None`. Weights of
            further terms of the generator by name. Defaults to `None`.
        discriminator_weights: Mapping of str to float, or `None`. Weights of
            further terms of the discriminator by name. Defaults to `None`.
        **kwargs: Arguments of `OASIS` and `SemanticGAN`.

    Raises:
        ValueError: If an argument is out of range, or the networks do not fit
            together.

    Example:

    >>> gan = keras_semsynth.gans.DPGAN(
    ...     keras_semsynth.generators.DPGANGenerator(5, (64, 64), 4),
    ...     keras_semsynth.discriminators.DPGANDiscriminator(5))
    >>> gan.compile()

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085), Eq. 3 to 9
    """

    needs = ("logits", "scores", "features")

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        patch_weight: float = 1.0,
        feature_weight: float = 1.0,
        generator_patch: str = "score",
        patch_gradient: bool = True,
        feature_reduction: str = "sum",
        generator_weights: Mapping[str, float] | None = None,
        discriminator_weights: Mapping[str, float] | None = None,
        **kwargs,
    ):
        check_choice(GENERATOR_PATCHES, generator_patch=generator_patch)
        check_choice(REDUCTIONS, feature_reduction=feature_reduction)
        ours, theirs = {}, {}
        if patch_weight:
            ours["patch"] = patch_weight
            theirs = {"patch_fake": patch_weight, "patch_real": patch_weight}
        if feature_weight:
            ours["feature_matching"] = feature_weight
        super().__init__(
            generator,
            discriminator,
            generator_weights={**ours, **(generator_weights or {})},
            discriminator_weights={**theirs, **(discriminator_weights or {})},
            **kwargs,
        )
        for name, weight, taps in (
            ("patch_weight", patch_weight, "patch_taps"),
            ("feature_weight", feature_weight, "feature_taps"),
        ):
            if weight and getattr(discriminator, taps, None) == ():
                raise ValueError(
                    f"`{name}` needs a discriminator with `{taps}`. Received: "
                    f"{name}={weight} and {taps}=()."
                )
        self.patch_weight = patch_weight
        self.feature_weight = feature_weight
        self.generator_patch = generator_patch
        self.patch_gradient = patch_gradient
        self.feature_reduction = feature_reduction
        self.patch_loss = AdversarialLoss("hinge")

    def more_generator_terms(
        self, batch: Batch, fake_outputs: Outputs, training: bool
    ) -> Terms:
        terms = {}
        if self.patch_weight:
            scores = fake_outputs["scores"]
            if self.generator_patch == "hinge":
                # Eq. 7: -min(-1 + score, 0), as of real images in Eq. 5.
                patch = self.patch_loss.discriminator_real(scores)
            else:
                patch = self.patch_loss.generator(scores)
            terms["patch"] = self._patch(patch)
        if self.feature_weight:
            real_outputs = self.judge(batch, batch["image"], training)
            terms["feature_matching"] = squared_feature_matching_loss(
                fake_outputs["features"],
                real_outputs["features"],
                self.feature_reduction,
            )
        return terms

    def more_discriminator_terms(
        self, fake_outputs: Outputs, real_outputs: Outputs
    ) -> Terms:
        if not self.patch_weight:
            return {}
        loss = self.patch_loss
        fake = loss.discriminator_fake(fake_outputs["scores"])
        real = loss.discriminator_real(real_outputs["scores"])
        return {
            "patch_fake": self._patch(fake),
            "patch_real": self._patch(real),
        }

    def _patch(self, term):
        return term if self.patch_gradient else ops.stop_gradient(term)

    def get_config(self):
        return {
            **super().get_config(),
            "patch_weight": self.patch_weight,
            "feature_weight": self.feature_weight,
            "generator_patch": self.generator_patch,
            "patch_gradient": self.patch_gradient,
            "feature_reduction": self.feature_reduction,
        }
