import types

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.seen import Seen
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.losses import Content
from keras_semsynth.losses import ContentLoss
from keras_semsynth.losses import Diversity
from keras_semsynth.losses import PerceptualLoss

# What torchvision's VGG-19 was trained on: RGB in [0, 1], made uniform.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="CRNObjective"
)
class CRN(SemanticGAN):
    """Regression in the features of VGG-19, without a discriminator.

    The photograph and the images of the generator are compared in the input
    of VGG-19 and after five of its convolutions (`losses.ContentLoss`). With
    several images, each class may come from another one.

    Without `perceptual` only the input is left: the distance of pixels.

    Args:
        generator: `generators.Generator`, for the paper
            `generators.CRNGenerator`.
        discriminator: Must be `None`: there is no adversary. Defaults to
            `None`.
        encoder: Must be `None`: no style is encoded. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. Its network gives the
            features; for the paper the five `feature_layers` of VGG-19.
            Without, pixels are compared. Defaults to `None`.
        diversity_weight: float. Weight of the diversity term, which the
            generator's `num_images` above 1 bring. Defaults to `1.0`.
        rescale_epochs: int >= 0. After so many epochs the layers are weighted
            anew so that all contribute alike; `0` for never. Defaults to
            `100`.
        **kwargs: Arguments of `SemanticGAN`: `ema_decay`, `ema_statistics`.

    Raises:
        ValueError: If there is a discriminator or an encoder, or an argument
            is out of range.

    Example:

    >>> gan = keras_semsynth.gans.CRN(
    ...     keras_semsynth.generators.CRNGenerator(5, (64, 64), 32, 5))
    >>> gan.compile(keras_semsynth.gans.AdamPair(1e-4, ttur=False))

    Reference:
        - [CRN, ICCV 2017](https://arxiv.org/abs/1707.09405). That the two
          terms of several images are added with equal weight is our reading.
    """

    feature_layers = ("conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2")
    feature_options = types.MappingProxyType({"feature_layers": feature_layers})
    fixed_arguments = (
        "discriminator_steps",
        "reuse_fake",
        "augmentation",
        "augmentation_probability",
        "adaptive_target",
        "adaptive_images",
    )
    # Adam as Keras and most others have it; the paper does not say.
    plain_betas = (0.9, 0.999)

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator | None = None,
        encoder: Encoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        diversity_weight: float = 1.0,
        rescale_epochs: int = 100,
        **kwargs,
    ):
        check_at_least(0, rescale_epochs=rescale_epochs)
        if encoder is not None:
            raise ValueError(
                "CRN compares images and encodes no style: leave `encoder` "
                f"out. Received: encoder={type(encoder).__name__}."
            )
        self._makes_several = generator.num_images > 1
        terms = (
            Content(),
            Diversity(diversity_weight if self._makes_several else 0.0),
        )
        super().__init__(
            generator, discriminator, encoder, perceptual, terms=terms, **kwargs
        )
        self.diversity_weight = diversity_weight
        self.rescale_epochs = rescale_epochs
        self.content_loss = ContentLoss(generator.num_classes)

    def build(self, input_shape=None):
        if not self.content_loss.built:
            self.content_loss.build()
        super().build(input_shape)

    def start_epoch(self, epoch: int) -> None:
        if self.rescale_epochs and epoch >= self.rescale_epochs:
            self.content_loss.rescale()

    def see(
        self, batch: Batch, fake: Tensor | None = None, training: bool = True
    ) -> Seen:
        def content():
            images = seen["generated.images"]
            shape = ops.shape(images)
            flat = ops.reshape(images, (-1, *shape[2:]))
            fake = [
                ops.reshape(x, (-1, shape[1], *ops.shape(x)[1:]))
                for x in self._features(flat)
            ]
            real = self._features(ops.cast(batch["image"], images.dtype))
            label_map = batch["label_map"] if self._makes_several else None
            whole, by_class = self.content_loss(
                fake, real, label_map, training=training
            )
            return {"whole": whole, "by_class": by_class}

        seen = super().see(batch, fake, training)
        seen.makers["content"] = content
        return seen

    def draw_latent(
        self, batch: Batch, training: bool = True
    ) -> tuple[Tensor | None, Outputs]:
        # Noise that would choose among several images chooses none here.
        if self._makes_several:
            return None, {}
        return super().draw_latent(batch, training)

    def generate(
        self, batch: Batch, latent: Tensor | None = None, training: bool = True
    ) -> Outputs:
        network = self.generator if training else self.inference_generator
        images = network.images(
            batch["label_map"], latent, training=training, **self.maps(batch)
        )
        return {"image": images[:, 0], "images": images}

    def _features(self, image):
        mean, deviation = (
            ops.convert_to_tensor(values, image.dtype)
            for values in (_MEAN, _DEVIATION)
        )
        image = ((image + 1.0) / 2.0 - mean) / deviation
        if self.perceptual is None:
            return [image]
        network = self.perceptual.features_network
        return [image, *network(image, training=False)]
