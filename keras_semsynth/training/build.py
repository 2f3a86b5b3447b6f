"""From flags to networks, objective and optimizers."""

import pathlib

from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.training.builders.options import given
from keras_semsynth.training.builders.registry import builders
from keras_semsynth.training.builders.registry import choices

# A size that every generator can be constructed for.
ANY_SIZE = (1024, 1024)
KERAS_VGG19 = "vgg19_weights_tf_dim_ordering"


def check_flags(values):
    """Finds contradictions between flags before anything is loaded.

    Args:
        values: Parsed flags of `training.flags`.

    Raises:
        UsageError: If there are any.
    """
    if not values.run_dir:
        raise UsageError(
            "--run_dir must be set: the folder for checkpoints, logs and "
            "samples, e.g. --run_dir=runs/mine."
        )
    if values.decay_epochs > values.epochs:
        raise UsageError(
            f"--decay_epochs={values.decay_epochs} must not exceed "
            f"--epochs={values.epochs}, of which it is the last part."
        )
    weights = values.perceptual_weights
    if weights is None:
        raise UsageError(
            "--perceptual_weights must be set: give the file of VGG19's "
            f"weights ({_where_vgg19_is()}), or --perceptual_weights=off to "
            "train without the perceptual loss."
        )
    if weights != "off" and not pathlib.Path(weights).is_file():
        raise UsageError(
            f"--perceptual_weights={weights} does not exist: get "
            f"{_where_vgg19_is()}, or use --perceptual_weights=off to train "
            "without the perceptual loss."
        )


def check_image_size(values, image_size, mode):
    """Checks that the networks can handle images of the training size.

    Args:
        values: Parsed flags.
        image_size: `(height, width)`, or `None` if it varies.
        mode: str. Preprocessing mode, for the message.

    Returns:
        `(height, width)` for the generator's constructor.

    Raises:
        UsageError: If they cannot.
    """
    layout = {"num_classes": 1, "use_edge_map": False}
    # Constructed, not built: that costs nothing.
    generator = build_generator(values, image_size=ANY_SIZE, **layout)
    discriminator = build_discriminator(values, **layout)
    if image_size is None:
        multiples = (generator.size_multiple, discriminator.size_multiple)
        varies = all(32 % multiple == 0 for multiple in multiples)
        if mode != "none" or generator.fixed_size or not varies:
            raise UsageError(
                f"--preprocess_mode={mode} gives images of different sizes, "
                "which these networks cannot be trained on: choose a mode "
                "that crops, or 'fixed'."
            )
        return (256, 256)
    for network in (generator, discriminator):
        _check_multiple(network, *image_size)
    return image_size


def _check_multiple(network, height, width):
    multiple = network.size_multiple
    if height % multiple or width % multiple:
        near = [
            max(1, round(size / multiple)) * multiple
            for size in (height, width)
        ]
        raise UsageError(
            f"--image_size={height}x{width} does not fit: with these flags "
            f"the {type(network).__name__} needs a height and width that are "
            f"multiples of {multiple}, e.g. {near[0]}x{near[1]}."
        )


def build_gan(
    values, num_classes, use_edge_map, image_size, unknown_class=None
):
    """Makes the GAN that the flags describe, built but not compiled.

    Args:
        values: Parsed flags of `training.flags`.
        num_classes: int, the unknown class included.
        use_edge_map: bool.
        image_size: `(height, width)`.
        unknown_class: int or `None`. Id of unlabelled pixels.
            Defaults to `None`.

    Returns:
        `SemanticGAN`.
    """
    layout = {"num_classes": num_classes, "use_edge_map": use_edge_map}
    objective = builders("objective")[choices(values)["objective"]]
    gan = objective(
        values,
        build_generator(values, image_size=image_size, **layout),
        build_discriminator(values, **layout),
        unknown_class=unknown_class,
        encoder=build_encoder(values),
        perceptual=build_perceptual_loss(values),
        ema_decay=values.ema_decay or None,
        ema_statistics=values.ema_statistics,
        discriminator_steps=values.discriminator_steps,
        reuse_fake=values.reuse_fake,
        semantic_vector_loss=values.semantic_vector_loss,
        **given(
            perceptual_weight=values.perceptual_weight,
            kl_weight=values.kl_weight,
            semantic_vector_weight=values.semantic_vector_weight,
        ),
    )
    gan.build()
    return gan


def build_generator(values, **arguments):
    """Makes the generator that the flags describe.

    Args:
        values: Parsed flags of `training.flags`.
        **arguments: `num_classes`, `use_edge_map`, `image_size`.

    Returns:
        `generators.Generator`.
    """
    build = builders("generator")[choices(values)["generator"]]
    return build(values, **arguments)


def build_discriminator(values, **arguments):
    """Makes the discriminator that the flags describe.

    Args:
        values: Parsed flags of `training.flags`.
        **arguments: `num_classes`, `use_edge_map`.

    Returns:
        `discriminators.Discriminator`.
    """
    build = builders("discriminator")[choices(values)["discriminator"]]
    return build(values, **arguments)


def build_encoder(values):
    """Makes the style encoder, or `None` without `--use_style`."""
    if not values.use_style:
        return None
    return encoders.StyleEncoder(
        filters=values.encoder_filters,
        style_dim=values.style_dim,
        **given(initializer=values.discriminator_initializer),
    )


def build_perceptual_loss(values):
    """Makes the perceptual loss from a local file, or `None` if it is off.

    Args:
        values: Parsed flags of `training.flags`.

    Returns:
        `losses.PerceptualLoss` or `None`.
    """
    path = values.perceptual_weights
    if path == "off" or values.perceptual_weight == 0:
        return None
    from keras_semsynth.checkpoints import load_vgg19
    from keras_semsynth.losses import PerceptualLoss

    # The weights of Keras Applications were trained by Caffe on other inputs.
    caffe_input = pathlib.Path(path).name.startswith(KERAS_VGG19)
    return PerceptualLoss(load_vgg19(path, caffe_input=caffe_input))


def compile_gan(gan, values, steps_per_epoch):
    """Gives a GAN the optimizers that the flags describe.

    Args:
        gan: `SemanticGAN`.
        values: Parsed flags of `training.flags`.
        steps_per_epoch: int. Training steps in an epoch.
    """
    gan.compile(
        gans.AdamPair(
            learning_rate=values.learning_rate,
            ttur=values.ttur,
            generator_learning_rate=values.generator_lr,
            discriminator_learning_rate=values.discriminator_lr,
            beta_1=values.beta_1,
            beta_2=values.beta_2,
            decay_epochs=values.decay_epochs,
            epochs=values.epochs,
            steps_per_epoch=steps_per_epoch,
            gradient_accumulation_steps=values.gradient_accumulation,
        ),
        clip_norm=values.clip_norm,
    )


def _where_vgg19_is():
    return (
        "vgg19-dcbb9e9d.pth, public, stored by torchvision.models.vgg19("
        "weights='IMAGENET1K_V1') under ~/.cache/torch/hub/checkpoints, or "
        f"{KERAS_VGG19}_kernels_notop.h5, stored by keras.applications.VGG19("
        "include_top=False) under ~/.keras/models"
    )
