from collections.abc import Mapping

import keras

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.losses import class_balanced_cross_entropy
from keras_semsynth.losses import fake_cross_entropy
from keras_semsynth.losses import label_mix_loss
from keras_semsynth.losses import label_mix_mask
from keras_semsynth.losses import mix
from keras_semsynth.losses.label_mix import REDUCTIONS


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="OASISGAN"
)
class OASIS(SemanticGAN):
    """OASIS: the discriminator segments, the generator wants it to succeed.

    | generator term | weight | |
    | --- | --- | --- |
    | `adversarial` | 1 | generated pixels taken for their classes |
    | `perceptual` (if `perceptual` is given) | 10 | not in the paper |

    | discriminator term | weight | |
    | --- | --- | --- |
    | `fake` | 1 | generated pixels known as fake |
    | `real` | 1 | real pixels taken for their classes |
    | `label_mix` | `label_mix_weight` | logits of a mixture are the mixture |

    Each of the discriminator's passes has its own power iteration: one in the
    generator's step, three (fake, real, mixture) in its own.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.OASISGenerator`.
        discriminator: `discriminators.Discriminator` with `"logits"`, for the
            paper `OASISDiscriminator`.
        label_mix_weight: float. Weight of the LabelMix term; `0` switches it
            off. Defaults to `10.0`.
        label_mix_reduction: str, `"mean"` over all logits, as the official
            code has it, or `"sum"` over those of an image: the squared norm of
            DP-GAN's equation 8, so much larger that `label_mix_weight` has to
            be chosen for it. How the LabelMix term is reduced. Defaults to
            `"mean"`.
        ignore_label: int or `None`. Class of unknown pixels, which get no
            weight; `0` in the papers' datasets. Defaults to `None`.
        balance: bool. Whether classes are weighted by their inverse frequency
            in the batch. Defaults to `True`.
        synchronized_balance: bool. Whether classes are counted over the
            batches of all replicas, which the official code does not. Defaults
            to `False`.
        reference_label_mix: bool. Whether to repeat a slip of the official
            code, see `losses.label_mix_mask`. Defaults to `False`.
        ema_decay: float in `(0, 1)` or `None`. Decay of the moving average of
            the generator's weights, which then is what `call`, `predict` and
            `evaluate` use. Defaults to `0.9999`.
        generator_weights: Mapping of str to float, or `None`. Weights of
            further terms of the generator by name. Defaults to `None`.
        discriminator_weights: Mapping of str to float, or `None`. Weights of
            further terms of the discriminator by name. Defaults to `None`.
        **kwargs: Arguments of `SemanticGAN`, such as `perceptual`.

    Raises:
        ValueError: If an argument is out of range, or the networks do not fit
            together.

    Example:

    >>> gan = keras_semsynth.gans.OASIS(
    ...     keras_semsynth.generators.OASISGenerator(5, (64, 64), 4),
    ...     keras_semsynth.discriminators.OASISDiscriminator(5))
    >>> gan.compile()

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates the losses as Eq. 3, 4 and 8
    """

    needs: tuple[str, ...] = ("logits",)
    beta_2 = 0.999
    plain_betas = (0.0, 0.999)

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        label_mix_weight: float = 10.0,
        label_mix_reduction: str = "mean",
        ignore_label: int | None = None,
        balance: bool = True,
        synchronized_balance: bool = False,
        reference_label_mix: bool = False,
        ema_decay: float | None = 0.9999,
        generator_weights: Mapping[str, float] | None = None,
        discriminator_weights: Mapping[str, float] | None = None,
        **kwargs,
    ):
        check_choice(REDUCTIONS, label_mix_reduction=label_mix_reduction)
        weights = {"fake": 1.0, "real": 1.0, **(discriminator_weights or {})}
        if label_mix_weight:
            weights["label_mix"] = label_mix_weight
        super().__init__(
            generator,
            discriminator,
            generator_weights={"adversarial": 1.0, **(generator_weights or {})},
            discriminator_weights=weights,
            ema_decay=ema_decay,
            **kwargs,
        )
        self.label_mix_weight = label_mix_weight
        self.label_mix_reduction = label_mix_reduction
        self.ignore_label = ignore_label
        self.balance = balance
        self.synchronized_balance = synchronized_balance
        self.reference_label_mix = reference_label_mix

    def generator_terms(
        self, batch: Batch, training: bool = True
    ) -> tuple[Terms, Tensor]:
        outputs = self.synthesize(batch, training)
        judged = self.judge(batch, outputs["image"], training)
        terms = {
            "adversarial": self.real_loss(batch, judged),
            **self.more_generator_terms(batch, judged, training),
            **self.image_terms(batch, outputs),
        }
        return terms, outputs["image"]

    def discriminator_terms(
        self, batch: Batch, fake: Tensor, training: bool = True
    ) -> Terms:
        fake_outputs = self.judge(batch, fake, training)
        real_outputs = self.judge(batch, batch["image"], training)
        terms = {
            "fake": fake_cross_entropy(fake_outputs["logits"]),
            "real": self.real_loss(batch, real_outputs),
            **self.more_discriminator_terms(fake_outputs, real_outputs),
        }
        if self.label_mix_weight:
            terms["label_mix"] = self.label_mix(
                batch, fake, fake_outputs, real_outputs, training
            )
        return terms

    def more_generator_terms(
        self, batch: Batch, fake_outputs: Outputs, training: bool
    ) -> Terms:
        """Terms that a subclass adds, from what is said of fake images."""
        return {}

    def more_discriminator_terms(
        self, fake_outputs: Outputs, real_outputs: Outputs
    ) -> Terms:
        """Terms that a subclass adds, from what is said of both images."""
        return {}

    def real_loss(self, batch: Batch, outputs: Outputs) -> Tensor:
        """How far pixels are from being taken for their classes."""
        return class_balanced_cross_entropy(
            outputs["logits"],
            batch["label_map"],
            ignore_label=self.ignore_label,
            balance=self.balance,
            synchronized=self.synchronized_balance,
        )

    def label_mix(
        self,
        batch: Batch,
        fake: Tensor,
        fake_outputs: Outputs,
        real_outputs: Outputs,
        training: bool,
    ) -> Tensor:
        """Mixes both images by classes, and compares the logits."""
        coins = self.draw_noise((self.discriminator.num_classes,)) > 0
        mask = label_mix_mask(
            batch["label_map"], coins, self.reference_label_mix
        )
        mixed = self.judge(batch, mix(mask, batch["image"], fake), training)
        return label_mix_loss(
            mixed["logits"],
            real_outputs["logits"],
            fake_outputs["logits"],
            mask,
            self.label_mix_reduction,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "label_mix_weight": self.label_mix_weight,
            "label_mix_reduction": self.label_mix_reduction,
            "ignore_label": self.ignore_label,
            "balance": self.balance,
            "synchronized_balance": self.synchronized_balance,
            "reference_label_mix": self.reference_label_mix,
        }
