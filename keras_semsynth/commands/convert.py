"""`semsynth convert`: official weights to Keras.

    semsynth convert --network=spade_generator --preset=spade_ade20k_256 \\
        --input=latest_net_G.pth --output=generator.keras
    semsynth convert --network=scgan_generator --help

Whatever the shapes in the file tell is read from them. The rest is given as it
was in training: by --preset for a published network, by the network's own
flags, which --help shows after --network, or by both.
"""

from typing import Any

import keras

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.official import find_converter
from keras_semsynth.commands.command import Command
from keras_semsynth.experiments import preset_options
from keras_semsynth.experiments import presets_of


def convert(preset: str | None = None, **options: Any) -> keras.Model:
    """Converts a file, with a preset's options where none are given.

    Args:
        preset: str or `None`. Published experiment that the network is of,
            such as scgan_ade20k_256. Its arguments are taken where no flag
            gives another. Defaults to `None`.
        **options: Arguments of `checkpoints.convert`.

    Returns:
        The converted `keras.Model`.

    Raises:
        ValueError: As `checkpoints.convert`, or if the preset has no such
            network.
    """
    network = options["network"]
    if preset is not None:
        options = {**preset_options(preset, network), **options}
    try:
        return checkpoints.convert(**options)
    except checkpoints.UntoldOptionsError as error:
        presets = ", ".join(presets_of(network))
        fill = f" Or let `preset` fill them: {presets}." if presets else ""
        raise ValueError(f"{error}{fill}") from error


_OF_KERAS = ("name", "dtype", "trainable", "needs")


def _tell(model: keras.Model) -> None:
    told = ", ".join(
        f"{key}={value}"
        for key, value in model.get_config().items()
        if key not in _OF_KERAS and "initial" not in key
    )
    print(f"{type(model).__name__}({told})")
    print(f"{model.count_params():,} numbers")


main = Command(
    convert,
    __doc__,
    passed_on={
        checkpoints.convert: (
            "network",
            "input",
            "output",
            "overwrite",
            "label_order",
            "weights_key",
            "name",
            "dtype",
        )
    },
    options_of=("network", lambda name: find_converter(name).network_classes),
    short=("network", "preset", "input", "output"),
    finish=_tell,
    # A file that does not fit is said with all its keys.
    lists=True,
)
