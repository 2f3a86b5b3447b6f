"""All flags of train.py for tests that run inside the test process."""

import copy

from absl import flags

import keras_semsynth.data.flags  # noqa: F401
import keras_semsynth.training.flags  # noqa: F401
from keras_semsynth.commands.command_line import expand_flagfiles
from keras_semsynth.training.start import MODULES


def fresh():
    """Returns a copy of the global flags, each with its default."""
    values = copy.deepcopy(flags.FLAGS)
    by_module = values.flags_by_module_dict()
    for module in MODULES:
        for flag in by_module[module]:
            flag.value = flag.default
            flag.present = 0
    return values


def parse(*arguments, root="."):
    """Parses arguments as train.py does, without its handling of errors."""
    values = fresh()
    values(["train.py", *expand_flagfiles(arguments, root)])
    return values
