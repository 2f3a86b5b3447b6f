"""Data flags for tests that run inside the test process."""

from absl import flags

import keras_semsynth.data.flags as data_flags


def parse(*arguments, define=None):
    """Parses arguments as a command does.

    Args:
        *arguments: str, such as `--dataset=folder`.
        define: Callable that defines more flags on the values given to it.

    Returns:
        `flags.FlagValues`.
    """
    reset()
    values = flags.FlagValues()
    for flag in flags.FLAGS.get_flags_for_module(data_flags.NAME):
        values[flag.name] = flag
    if define is not None:
        define(values)
    values(["test", *arguments])
    return values


def reset():
    """Gives the flags, which are global, their defaults again."""
    for flag in flags.FLAGS.get_flags_for_module(data_flags.NAME):
        flag.value = flag.default
        flag.present = 0
