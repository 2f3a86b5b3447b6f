import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses import KL
from keras_semsynth.losses import ClassCrossEntropy
from keras_semsynth.losses import FakeCrossEntropy
from keras_semsynth.losses import LabelMix
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import SemanticVector


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="OASISGAN"
)
class OASIS(SemanticGAN):
    """OASIS: the discriminator segments, the generator wants it to succeed.

    Each of the discriminator's passes has its own power iteration: one in the
    generator's step, three (fake, real, mixture) in its own.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.OASISGenerator`.
        discriminator: `discriminators.Discriminator` with `"logits"`, for the
            paper `OASISDiscriminator`.
        encoder: `encoders.Encoder` or `None`. Encodes the style of the
            real images, for a generator with a style code; not in the paper.
            Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term,
            which is not in the paper; without, there is none. Defaults to
            `None`.
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
        reference_label_mix: bool. Whether to repeat a slip of the official
            code, see `losses.label_mix_mask`. Defaults to `False`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. What the KL term, summed over the global batch,
            is divided by: SPADE's 8 devices. Defaults to `8`.
        semantic_vector_weight: float. Weight of the regression of the image
            from semantic vectors, which `SCGANGenerator` draws. Defaults to
            `0.0`.
        semantic_vector_loss: str, `"l1"`, `"l2"` or `"perceptual"`. Distance
            in that term. Defaults to `"l1"`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        ema_decay: float in `(0, 1)` or `None`. Decay of the moving average of
            the generator's weights, which then is what `call`, `predict` and
            `evaluate` use. Defaults to `0.9999`.
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

    judges_together = False
    beta_2 = 0.999
    plain_betas = (0.0, 0.999)

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        encoder: Encoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        label_mix_weight: float = 10.0,
        label_mix_reduction: str = "mean",
        ignore_label: int | None = None,
        balance: bool = True,
        reference_label_mix: bool = False,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        semantic_vector_weight: float = 0.0,
        semantic_vector_loss: str = "l1",
        perceptual_weight: float = 10.0,
        ema_decay: float | None = 0.9999,
        **kwargs,
    ):
        classes = (ignore_label, balance)
        terms = (
            ClassCrossEntropy("fake", *classes),
            KL(kl_weight, kl_divisor),
            SemanticVector(semantic_vector_weight, semantic_vector_loss),
            Perceptual(perceptual_weight),
            FakeCrossEntropy(),
            ClassCrossEntropy("real", *classes),
            LabelMix(
                label_mix_weight, label_mix_reduction, reference_label_mix
            ),
        )
        super().__init__(
            generator,
            discriminator,
            encoder,
            perceptual,
            terms=terms,
            ema_decay=ema_decay,
            **kwargs,
        )
        self.label_mix_weight = label_mix_weight
        self.label_mix_reduction = label_mix_reduction
        self.ignore_label = ignore_label
        self.balance = balance
        self.reference_label_mix = reference_label_mix
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.semantic_vector_weight = semantic_vector_weight
        self.semantic_vector_loss = semantic_vector_loss
        self.perceptual_weight = perceptual_weight
