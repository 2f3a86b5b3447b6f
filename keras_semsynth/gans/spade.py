import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.gans.pix2pixhd import Pix2PixHD
from keras_semsynth.losses import kl_divergence
from keras_semsynth.losses import reparameterize


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
            `generators.SPADEGenerator`; with `style_dim` if and only if there
            is an encoder.
        discriminator: `discriminators.MultiScalePatchDiscriminator`, or a
            model with outputs of the same form.
        encoder: `encoders.StyleEncoder` or `None`. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None` (no such term).
            Defaults to `None`.
        adversarial: As for `Pix2PixHD`. Defaults to `"hinge"`.
        kl_weight: float. Defaults to `0.05`.
        kl_divisor: int or `None`. The KL term is summed over the global batch
            and divided by this. Defaults to `None`: the number of replicas.
            (The paper's 8 devices on one: `8`.)
        **kwargs: Arguments of `Pix2PixHD` and `SemanticGAN`.

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
        generator,
        discriminator,
        encoder=None,
        perceptual=None,
        adversarial="hinge",
        kl_weight=0.05,
        kl_divisor=None,
        **kwargs,
    ):
        latent_size = generator.latent_size
        if (encoder is None) != (latent_size is None):
            raise ValueError(
                "A generator with `style_dim` needs an `encoder` in training, "
                "and an encoder such a generator. Received: "
                f"latent size {latent_size}, encoder={encoder}."
            )
        if encoder is not None and encoder.style_dim != latent_size:
            raise ValueError(
                "`style_dim` of generator and encoder must be equal. "
                f"Received: {latent_size} and {encoder.style_dim}."
            )
        super().__init__(
            generator,
            discriminator,
            perceptual=perceptual,
            adversarial=adversarial,
            generator_weights={} if encoder is None else {"kl": kl_weight},
            encoder=encoder,
            **kwargs,
        )
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor

    def synthesize(self, batch, training=True):
        if self.encoder is None:
            return None, self.generate(batch, training=training)
        mean, log_variance = self.encoder(batch["image"], training=training)
        noise = self.draw_noise(ops.shape(mean))
        latent = reparameterize(mean, log_variance, noise)
        # Gradients are averaged over the replicas, so that a sum over this
        # replica's share of the batch already is the global sum / replicas.
        kl = kl_divergence(mean, log_variance)
        if self.kl_divisor is not None:
            kl = kl * (backend.num_replicas() / self.kl_divisor)
        return {"kl": kl}, self.generate(batch, latent, training)

    def get_config(self):
        return {
            **super().get_config(),
            "kl_weight": self.kl_weight,
            "kl_divisor": self.kl_divisor,
        }
