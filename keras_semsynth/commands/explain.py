"""Shows what the networks of a trained run look at.

    semsynth explain --run=RUN --output=pictures/

Writes a page, index.html, that holds its pictures itself, and every picture
as a PNG file beside it: where the discriminator sees "fake", what each class
looks like to a network that names classes, which labels a generated pixel
depends on, and for SC-GAN how alike the semantic vectors of the classes are.

Needs the extra `vis` (tf-keras-vis) and the TensorFlow backend; the run may
come from any backend.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import flags  # noqa: E402

from keras_semsynth.commands.command_line import UsageError  # noqa: E402
from keras_semsynth.commands.command_line import one_sentence  # noqa: E402
from keras_semsynth.commands.command_line import parse_flags  # noqa: E402

MODULE = "keras_semsynth.commands.explain"


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string("run", None, "Run directory of train.py.", **shared)
    flags.DEFINE_string(
        "output", None, "Folder for the page and the pictures.", **shared
    )
    flags.DEFINE_integer(
        "count", 4, "Held-out layouts to look at.", lower_bound=1, **shared
    )
    flags.DEFINE_integer(
        "seed", 0, "Seed of noise and styles.", lower_bound=0, **shared
    )
    flags.DEFINE_integer(
        "steps",
        128,
        "Steps of activation maximization.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "smooth_samples",
        16,
        "Noisy copies that SmoothGrad averages over.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_string(
        "scorer",
        "auto",
        "Segmentation network whose classes are shown: a .keras file of "
        "semsynth train_scorer, 'none', or 'auto', the one "
        "that comes with the package for landscapes.",
        **shared,
    )
    flags.DEFINE_boolean(
        "overwrite", False, "Replace a page that exists already.", **shared
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    options = parse_flags(
        list(argv or sys.argv),
        __doc__,
        [MODULE],
        pathlib.Path.cwd(),
        flag_values,
    )
    with one_sentence(options.debug):
        for name in ("run", "output"):
            if not options[name].value:
                raise UsageError(f"--{name} must be set; see --help.")
        page = pathlib.Path(options.output) / "index.html"
        if page.exists() and not options.overwrite:
            raise UsageError(
                f"{page} exists already: choose another --output, or pass "
                "--overwrite."
            )
        from keras_semsynth.explanations.explain_run import explain_run

        written = explain_run(options)
    print(f"Done: {written}")
    return 0
