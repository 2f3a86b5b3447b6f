"""Whether the networks of a GAN fit together."""

import keras

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.losses.perceptual import PerceptualLoss

SEMANTIC_VECTOR_LOSSES = ("l1", "l2", "perceptual")


def check_networks(
    gan: keras.Model,
    generator: Generator,
    discriminator: Discriminator | None,
    encoder: StyleEncoder | None,
) -> None:
    """Raises `ValueError` if an objective cannot use these networks.

    Args:
        gan: `SemanticGAN`, of which class and `needs` are read.
        generator: `generators.Generator`.
        discriminator: `discriminators.Discriminator` or `None`.
        encoder: `encoders.StyleEncoder` or `None`.
    """
    name = type(gan).__name__
    if gan.needs is None:
        if discriminator is not None:
            raise ValueError(
                f"{name} trains without a discriminator: set "
                "`discriminator=none`. Received: "
                f"discriminator={type(discriminator).__name__}."
            )
    elif discriminator is None:
        raise ValueError(
            f"{name} needs a discriminator that gives {sorted(gan.needs)}. "
            "Received: discriminator=None."
        )
    elif set(gan.needs) - set(discriminator.output_names):
        raise ValueError(
            f"{name} reads {sorted(gan.needs)} of the "
            f"discriminator, but {type(discriminator).__name__} gives "
            f"{sorted(discriminator.output_names)}: choose another "
            "discriminator or another objective."
        )
    if encoder is None:
        return
    if generator.latent_kind != "style":
        raise ValueError(
            f"An encoder needs a generator with a style code; this "
            f"{type(generator).__name__} takes "
            f"{generator.latent_kind or 'no latent input'}. Set its "
            "`style_dim`, or leave the encoder out."
        )
    if encoder.style_dim != generator.latent_size:
        raise ValueError(
            "`style_dim` of generator and encoder must be equal. Received: "
            f"{generator.latent_size} and {encoder.style_dim}."
        )


def check_semantic_vector(
    generator: Generator,
    weight: float,
    loss: str,
    perceptual: PerceptualLoss | None,
) -> None:
    """Raises `ValueError` if the semantic vector term cannot be computed."""
    check_choice(SEMANTIC_VECTOR_LOSSES, semantic_vector_loss=loss)
    if not weight:
        return
    if not generator.has_semantic_image:
        raise ValueError(
            f"`semantic_vector_weight={weight}` needs a generator that draws "
            "an image from its semantic vectors, such as SCGANGenerator. "
            f"Received: {type(generator).__name__}."
        )
    if loss == "perceptual" and perceptual is None:
        raise ValueError(
            '`semantic_vector_loss="perceptual"` needs `perceptual`, the '
            "VGG19 loss. Received: perceptual=None."
        )
