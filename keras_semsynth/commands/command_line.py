"""The command line that describes an experiment."""

import shlex

from keras_semsynth.commands.chosen_parts import FLAT
from keras_semsynth.commands.chosen_parts import choice_flag
from keras_semsynth.experiments import PARTS
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import find_choice


def flags_of(experiment: Experiment) -> list[str]:
    """Returns the flags of training that describe an experiment.

    Args:
        experiment: `Experiment` that was begun from a preset.

    Returns:
        List of str: the preset, and all that differs from it.
    """
    base = Experiment.from_preset(experiment.preset)
    flags = [f"--preset={experiment.preset}"]
    for kind in PARTS:
        part, usual = getattr(experiment, kind), getattr(base, kind)
        if part is None or part == usual:
            if part != usual:
                flags.append(f"--{choice_flag(kind)}=none")
            continue
        same = usual is not None and usual.name == part.name
        if not same or kind == "data":
            flags.append(f"--{choice_flag(kind)}={part.name}")
        known = find_choice(kind, part.name).arguments
        prefix = "" if kind in FLAT else f"{kind}."
        flags += [
            f"--{prefix}{name}={known[name].format(value)}"
            for name, value in part.arguments.items()
            if not same or usual.arguments.get(name) != value
        ]
    return flags


def command_line(experiment: Experiment) -> str:
    """Returns the command that trains an experiment, for a shell.

    Args:
        experiment: `Experiment` that was begun from a preset.

    Returns:
        str, one flag a line.
    """
    lines = ["semsynth train", *map(shlex.quote, flags_of(experiment))]
    return " \\\n  ".join(lines)
