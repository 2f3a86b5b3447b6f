"""Whether the networks and the terms of a GAN fit together."""

import keras

from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.generators.generator import Generator
from keras_semsynth.losses.term import Term

# What the discriminator reads, as terms can read it too.
JUDGED = ("fake", "real", "label_map", "shown")


def check_encoder(generator: Generator, encoder: Encoder | None) -> None:
    """Raises `ValueError` if a generator cannot use the codes of an encoder.

    Args:
        generator: `generators.Generator`.
        encoder: `encoders.Encoder` or `None`.
    """
    if encoder is None:
        return
    if encoder.reads_label_map:
        _check_region_encoder(generator, encoder)
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


def _check_region_encoder(generator, encoder):
    if not generator.latent_by_class:
        raise ValueError(
            f"The encoder {type(encoder).__name__} needs a generator with a "
            "code for each class, such as INADEGenerator. Received: "
            f"{type(generator).__name__}."
        )
    codes = (encoder.num_classes, encoder.style_dim)
    if codes != generator.latent_shape:
        raise ValueError(
            "The encoder's `num_classes` and `style_dim` must be the "
            "generator's `num_classes` and `noise_dim`. Received: "
            f"{codes} and {generator.latent_shape}."
        )


def check_terms(gan: keras.Model) -> None:
    """Raises `ValueError` if a term reads what its networks do not give.

    Args:
        gan: `SemanticGAN`.
    """
    name = type(gan).__name__
    names = [f"{term.player}/{term.name}" for term in gan.terms]
    for term, full_name in zip(gan.terms, names, strict=True):
        if names.count(full_name) > 1:
            raise ValueError(
                f"The terms of a player must have different names: two of "
                f"{name} are called `{full_name}`."
            )
        for read in term.reads:
            _check_read(gan, term, full_name, read)
    if not gan.terms_of("generator"):
        raise ValueError(
            f"{name} has nothing to train for: give it `terms` of the "
            "generator, such as `losses.adversarial_terms()`."
        )
    if gan.discriminator is not None and not gan.terms_of("discriminator"):
        raise ValueError(
            f"{name} trains without a discriminator: set "
            "`discriminator=none`. Received: "
            f"discriminator={type(gan.discriminator).__name__}."
        )


def check_augmentation(gan: keras.Model) -> None:
    """Raises `ValueError` if there is nothing to augment, or to adapt it by.

    Args:
        gan: `SemanticGAN`.
    """
    if gan.augmentation is None:
        for name in ("augmentation_probability", "adaptive_target"):
            value = getattr(gan, name)
            if value is not None:
                raise ValueError(
                    f"`{name}` needs `augmentation`: set it, for example to "
                    f"color,translation,cutout. Received: {name}={value}, "
                    "augmentation=None."
                )
        return
    if gan.discriminator is None:
        raise ValueError(
            "`augmentation` is of what a discriminator reads, and there is "
            f"none: leave it out. Received: augmentation={gan.augmentation}, "
            "discriminator=None."
        )
    terms = gan.terms_of("discriminator")
    if gan.adaptive_target is not None and not any(
        term.tells_certainty for term in terms
    ):
        raise ValueError(
            "`adaptive_target` needs a loss that says how sure the "
            "discriminator is of real pictures, as hinge, least_squares, "
            "original and the cross entropy of classes do: leave it out, or "
            "change the loss. Received: terms="
            f"{[f'discriminator/{term.name}' for term in terms]}."
        )


def _check_read(gan: keras.Model, term: Term, name: str, read: str) -> None:
    if read == "score_gradients":
        read = "judge.scores"
    source, _, output = read.partition(".")
    if source in ("fake", "real", "judge", "judged"):
        network = gan.discriminator
        if network is None:
            raise ValueError(
                f"The term `{name}` reads a discriminator's `{output}`, but "
                f"{type(gan).__name__} was given none. Received: "
                "discriminator=None."
            )
        known = JUDGED if source == "judged" else network.output_names
        if output and output not in known:
            raise ValueError(
                f"The term `{name}` reads the discriminator's `{output}`, but "
                f"{type(network).__name__} gives "
                f"{sorted(network.output_names)}: choose another discriminator "
                "or another objective."
            )
    elif read == "generated.semantic_image":
        if not gan.generator.has_semantic_image:
            raise ValueError(
                f"The term `{name}` reads an image that the generator draws "
                "from semantic vectors, as SCGANGenerator does. Received: "
                f"{type(gan.generator).__name__}."
            )
    elif source == "perceptual" and gan.perceptual is None:
        raise ValueError(
            f"The term `{name}` reads a perceptual distance: give `perceptual`,"
            " the VGG19 loss. Received: perceptual=None."
        )
    elif source not in gan.see(dict.fromkeys((*gan.input_names, "image"))):
        raise ValueError(
            f"The term `{name}` reads `{read}`, which {type(gan).__name__} "
            f"does not have; see `losses.Term`."
        )
