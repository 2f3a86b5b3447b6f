"""Which program imports the package."""

import os
import sys

# The second is what `pip` makes on Windows.
_SCRIPTS = ("semsynth", "semsynth.exe")


def is_command() -> bool:
    """Whether it is `semsynth`, or `python -m keras_semsynth`.

    Returns:
        bool. A program that cannot be told counts as another one.
    """
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":
        # Python is still looking for the module, whose name stands before the
        # arguments.
        return sys.orig_argv[-len(sys.argv) :][:1] == [__package__]
    return os.path.basename(program) in _SCRIPTS
