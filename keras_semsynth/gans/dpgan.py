import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_not_negative
from keras_semsynth.losses import KL
from keras_semsynth.losses import Adversarial
from keras_semsynth.losses import ClassCrossEntropy
from keras_semsynth.losses import FakeCrossEntropy
from keras_semsynth.losses import LabelMix
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import SquaredFeatureMatching

GENERATOR_PATCHES = ("score", "hinge")


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="DPGAN"
)
class DPGAN(SemanticGAN):
    """DP-GAN: OASIS's objective, with patches and features at more scales.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.DPGANGenerator`.
        discriminator: `discriminators.Discriminator` with `"logits"`,
            `"scores"` and `"features"`, for the paper `DPGANDiscriminator`.
        encoder: `encoders.Encoder` or `None`. Encodes the style of the
            real images, for a generator with a style code; not in the paper.
            Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term,
            which is not in the paper; without, there is none. Defaults to
            `None`.
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
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        ema_decay: float in `(0, 1)` or `None`. Decay of the moving average of
            the generator's weights, which then is what `call`, `predict` and
            `evaluate` use. Defaults to `0.9999`.
        **kwargs: Arguments of `SemanticGAN`, such as `ema_statistics`.

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
        patch_weight: float = 1.0,
        feature_weight: float = 1.0,
        generator_patch: str = "score",
        patch_gradient: bool = True,
        feature_reduction: str = "sum",
        label_mix_weight: float = 10.0,
        label_mix_reduction: str = "mean",
        ignore_label: int | None = None,
        balance: bool = True,
        reference_label_mix: bool = False,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        perceptual_weight: float = 10.0,
        ema_decay: float | None = 0.9999,
        **kwargs,
    ):
        check_choice(GENERATOR_PATCHES, generator_patch=generator_patch)
        for name, weight, taps in (
            ("patch_weight", patch_weight, "patch_taps"),
            ("feature_weight", feature_weight, "feature_taps"),
        ):
            check_not_negative(**{name: weight})
            if weight and getattr(discriminator, taps, None) == ():
                raise ValueError(
                    f"`{name}` needs a discriminator with `{taps}`. Received: "
                    f"{name}={weight} and {taps}=()."
                )
        patch = {"weight": patch_weight, "trains": patch_gradient}
        classes = (ignore_label, balance)
        terms = (
            ClassCrossEntropy("fake", *classes),
            Adversarial(
                # Eq. 7: -min(-1 + score, 0), as of real images in Eq. 5.
                side="real" if generator_patch == "hinge" else "generator",
                name="patch",
                player="generator",
                reads=("fake.scores",),
                **patch,
            ),
            SquaredFeatureMatching(feature_weight, feature_reduction),
            KL(kl_weight, kl_divisor),
            Perceptual(perceptual_weight),
            FakeCrossEntropy(),
            ClassCrossEntropy("real", *classes),
            Adversarial(side="fake", name="patch_fake", **patch),
            Adversarial(side="real", name="patch_real", **patch),
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
        self.patch_weight = patch_weight
        self.feature_weight = feature_weight
        self.generator_patch = generator_patch
        self.patch_gradient = patch_gradient
        self.feature_reduction = feature_reduction
        self.label_mix_weight = label_mix_weight
        self.label_mix_reduction = label_mix_reduction
        self.ignore_label = ignore_label
        self.balance = balance
        self.reference_label_mix = reference_label_mix
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.perceptual_weight = perceptual_weight
