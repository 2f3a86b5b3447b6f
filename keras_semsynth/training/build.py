"""From flags to networks, objective and optimizers."""

import pathlib

from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth.generators.spade_generator import UPSAMPLINGS
from keras_semsynth.training.command_line import UsageError
from keras_semsynth.training.schedules import LinearDecay

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
    if values.model != "spade" and values.use_style:
        raise UsageError(
            f"--use_style needs --model=spade: --model={values.model} has no "
            "style input."
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
    """Checks that the generator can make images of the training size.

    Args:
        values: Parsed flags.
        image_size: `(height, width)`, or `None` if it varies.
        mode: str. Preprocessing mode, for the message.

    Returns:
        `(height, width)` for the generator's constructor.

    Raises:
        UsageError: If it cannot.
    """
    if values.model == "spade":
        multiple = 2 ** UPSAMPLINGS[values.upsampling]
        option = f"--upsampling={values.upsampling}"
    else:
        multiple = 2**values.num_downsamplings
        option = f"--num_downsamplings={values.num_downsamplings}"
    if image_size is None:
        if mode != "none" or 32 % multiple or values.use_style:
            raise UsageError(
                f"--preprocess_mode={mode} gives images of different sizes, "
                "which this generator cannot be trained on: choose a mode "
                "that crops, or 'fixed'."
            )
        return (256, 256)
    height, width = image_size
    if height % multiple or width % multiple:
        near = [max(1, round(s / multiple)) * multiple for s in image_size]
        raise UsageError(
            f"--image_size={height}x{width} cannot be generated: with "
            f"{option} height and width must be multiples of {multiple}, "
            f"e.g. {near[0]}x{near[1]}."
        )
    return height, width


def build_gan(values, num_classes, use_edge_map, image_size):
    """Makes the GAN that the flags describe, built but not compiled.

    Args:
        values: Parsed flags of `training.flags`.
        num_classes: int, the unknown class included.
        use_edge_map: bool.
        image_size: `(height, width)`.

    Returns:
        `SemanticGAN`.
    """
    generator = build_generator(values, num_classes, use_edge_map, image_size)
    discriminator = discriminators.MultiScalePatchDiscriminator(
        num_classes,
        use_edge_map=use_edge_map,
        filters=values.discriminator_filters,
        num_scales=values.discriminator_scales,
        num_layers=values.discriminator_layers,
    )
    options = {
        "perceptual": build_perceptual_loss(values),
        "feature_matching_weight": values.feature_matching_weight,
        "perceptual_weight": values.perceptual_weight,
        "ema_decay": values.ema_decay or None,
        "discriminator_steps": values.discriminator_steps,
        "reuse_fake": values.reuse_fake,
    }
    if values.adversarial is not None:
        options["adversarial"] = values.adversarial
    if values.model == "pix2pixhd":
        gan = gans.Pix2PixHD(generator, discriminator, **options)
    else:
        encoder = None
        if values.use_style:
            encoder = encoders.StyleEncoder(
                filters=values.encoder_filters, style_dim=values.style_dim
            )
        gan = gans.SPADE(
            generator,
            discriminator,
            encoder=encoder,
            kl_weight=values.kl_weight,
            **options,
        )
    gan.build()
    return gan


def build_generator(values, num_classes, use_edge_map, image_size):
    """Makes the generator that the flags describe.

    Args:
        values: Parsed flags of `training.flags`.
        num_classes: int, the unknown class included.
        use_edge_map: bool.
        image_size: `(height, width)`.

    Returns:
        `generators.Generator`.
    """
    options = {}
    if values.normalization is not None:
        options["normalization"] = values.normalization
    if values.model == "pix2pixhd":
        return generators.Pix2PixHDGenerator(
            num_classes,
            image_size=image_size,
            filters=values.generator_filters,
            num_downsamplings=values.num_downsamplings,
            num_blocks=values.num_blocks,
            use_edge_map=use_edge_map,
            **options,
        )
    return generators.SPADEGenerator(
        num_classes,
        image_size=image_size,
        filters=values.generator_filters,
        upsampling=values.upsampling,
        style_dim=values.style_dim if values.use_style else None,
        use_edge_map=use_edge_map,
        hidden_filters=values.modulation_filters,
        kernel_size=values.modulation_kernel_size,
        **options,
    )


def build_perceptual_loss(values):
    """Makes the perceptual loss from a local file, or `None` if it is off.

    Args:
        values: Parsed flags of `training.flags`.

    Returns:
        `losses.PerceptualLoss` or `None`.
    """
    path = values.perceptual_weights
    if path == "off" or not values.perceptual_weight:
        return None
    from keras_semsynth.losses import PerceptualLoss
    from keras_semsynth.scorers import VGG19Features

    # The weights of Keras Applications were trained by Caffe on other inputs.
    caffe_input = pathlib.Path(path).name.startswith(KERAS_VGG19)
    return PerceptualLoss(
        VGG19Features.from_file(path, caffe_input=caffe_input)
    )


def compile_gan(gan, values, steps_per_epoch):
    """Gives a GAN the optimizers that the flags describe.

    Args:
        gan: `SemanticGAN`.
        values: Parsed flags of `training.flags`.
        steps_per_epoch: int. Training steps in an epoch.
    """
    ttur = values.ttur
    accumulation = values.gradient_accumulation
    accumulation = accumulation if accumulation > 1 else None

    def adam(rate, factor, steps_factor):
        rate = values.learning_rate * factor if rate is None else rate
        schedule = LinearDecay(
            rate,
            values.epochs - values.decay_epochs,
            values.decay_epochs,
            steps_per_epoch,
        )
        beta_1, beta_2 = (0.0, 0.9) if ttur else (0.5, 0.999)
        return gans.CorrectedAdam(
            # The discriminator makes several updates in a training step.
            schedule.scaled(1.0, steps_factor),
            beta_1=beta_1 if values.beta_1 is None else values.beta_1,
            beta_2=beta_2 if values.beta_2 is None else values.beta_2,
            gradient_accumulation_steps=accumulation,
        )

    gan.compile(
        generator_optimizer=adam(values.generator_lr, 0.5 if ttur else 1.0, 1),
        discriminator_optimizer=adam(
            values.discriminator_lr,
            2.0 if ttur else 1.0,
            gan.discriminator_steps,
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
