"""What a preset says of a network whose weights are converted."""

from typing import Any

from keras_semsynth.checkpoints.official import find_converter
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.build import build_discriminator
from keras_semsynth.experiments.build import build_encoder
from keras_semsynth.experiments.build import build_generator
from keras_semsynth.experiments.build import published_label_space
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.presets import PRESETS

_NETWORKS = ("generator", "discriminator", "encoder")


def preset_options(preset: str, network: str) -> dict[str, Any]:
    """Returns the arguments that a published network was trained with.

    Args:
        preset: str. A key of `presets.PRESETS`, such as
            `"scgan_ade20k_256"`.
        network: str. A key of `checkpoints.CONVERTERS`, such as
            `"scgan_generator"`.

    Returns:
        dict, option of `checkpoints.from_official` -> value.

    Raises:
        ValueError: If there is no such preset, or it has no such network.

    Example:

    >>> generator = checkpoints.from_official(
    ...     "scgan_generator", "latest_net_G.pth",
    ...     **experiments.preset_options("scgan_ade20k_256", "scgan_generator"))
    """
    experiment = Experiment.from_preset(preset)
    kind = _kind_of(experiment, network)
    if kind is None:
        names = ", ".join(presets_of(network)) or "none"
        raise ValueError(
            f"`preset={preset}` has no `network={network}`; presets that have "
            f"it: {names}."
        )
    space = published_label_space(experiment)
    built = {
        "generator": lambda: build_generator(experiment, space),
        "discriminator": lambda: build_discriminator(experiment, space),
        "encoder": lambda: build_encoder(experiment, space),
    }[kind]()
    known = arguments_of(type(built))
    config = built.get_config()
    options = {
        name: argument.convert(config[name])
        for name, argument in known.items()
        if name in config
    }
    if find_converter(network).class_axis is not None:
        # The unknown class of official files is the first.
        is_last = space.unknown_class == space.num_classes - 1
        options["label_order"] = "unknown_last" if is_last else "file"
    return options


def presets_of(network: str) -> list[str]:
    """Returns the presets of published networks of one kind.

    Args:
        network: str. A key of `checkpoints.CONVERTERS`.

    Returns:
        List of names.
    """
    return [
        name
        for name, preset in PRESETS.items()
        # A model's name alone is no experiment, and nobody published weights
        # of what papers have otherwise than their code.
        if "data" in preset["parts"]
        and preset["published_as"] == name
        and get_dataset(preset["parts"]["data"][0]).classes is not None
        and _kind_of(Experiment.from_preset(name), network)
    ]


def _kind_of(experiment, network):
    """Which part of the experiment is such a network, or `None`."""
    classes = find_converter(network).network_classes
    for kind in _NETWORKS:
        part = getattr(experiment, kind)
        if part is not None and network.endswith(kind):
            if find_choice(kind, part.name).target in classes:
                return kind
    return None
