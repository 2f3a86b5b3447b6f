"""The GAN of a preset, as its class asks for it."""

from typing import Any

from keras_semsynth.experiments.build import build_gan
from keras_semsynth.experiments.build import published_label_space
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.experiments.perceptual import perceptual_loss
from keras_semsynth.gans import SemanticGAN


def preset_gan(
    gan_class: type,
    name: str,
    perceptual: str | None = None,
    **changes: Any,
) -> SemanticGAN:
    """Builds the networks and objective of a preset; see `gans`' `from_preset`.

    Args:
        gan_class: Class of the GAN that is asked for.
        name: str. A key of `presets.PRESETS`.
        perceptual: str or `None`. See `RunSettings`.
            Defaults to `None`.
        **changes: dicts of arguments that replace the preset's:
            `generator`, `discriminator`, `encoder`, `objective`.

    Returns:
        The GAN, not compiled and not built.

    Raises:
        ValueError: If the preset is unknown or of another model, an argument
            is wrong, or the weights are not there.
    """
    experiment = Experiment.from_preset(name)
    chosen = find_choice("objective", experiment.objective.name).target
    if chosen is not gan_class:
        raise ValueError(
            f"Preset {name!r} is of another model: call "
            f"`gans.{chosen.__name__}.from_preset`, not "
            f"`gans.{gan_class.__name__}.from_preset`."
        )
    experiment = experiment.replace(**changes)
    if perceptual is not None:
        run = {"perceptual": perceptual}
        experiment = experiment.replace(run=run)
    space = published_label_space(experiment)
    return build_gan(experiment, space, perceptual_loss(experiment))
