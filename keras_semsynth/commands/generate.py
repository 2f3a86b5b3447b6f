"""Turns label maps, or photographs, into images with a trained run.

    semsynth generate --run=RUN --input=labels/ --output=images/

Every label map in the input folder, at any depth, becomes one PNG of the same
name. No photographs are needed. A model with noise or style input can show
more of each layout, several PNGs and a contact sheet:

    --count=4                                images of four seeds
    --interpolate=6 --seed=1 --to=2          from one seed to another
    --interpolate=6 --style=a.jpg --to=b.jpg from one photograph to another
    --resample=sky --count=4                 new noise for the sky alone
    --style=photos/                          in the style of the photograph of
                                             its name; --style=own: beside it
    --style=photos/ --style_matrix           in the style of every photograph
    --style=sky=dusk.jpg,sea=12              the sky of a photograph, the sea of
                                             a seed, the rest of --seed

A run of unpaired translation repaints photographs in the style of others. A
folder of references is used in the order of names, over and over:

    --source=day/ --reference=dusk.jpg       one style for all
    --source=day/ --reference=dusk/ --grid=4 and a table, 4 sources x 4 styles

A label map that cannot be used is named and skipped; the exit status is then 1.
After an interruption, --skip_existing goes on from there.

Very many label maps, on several machines or with interruptions, as an Apache
Beam pipeline (pip install "keras_semsynth[beam]"); the same command again goes
on where the last one ended, and manifest.jsonl tells what became of each image:

    --runner=DirectRunner                    on this machine
    --runner=FlinkRunner --beam_options=flink_master=host:8081

--runner=DirectRunner --help shows the flags of such a pipeline, and
--source=DIR --reference=DIR --help those of a translation.
"""

import functools
import re
import sys
from collections.abc import Sequence

from keras_semsynth import bulk
from keras_semsynth.commands.command import SHARED
from keras_semsynth.commands.command import Command
from keras_semsynth.commands.errors import FailedError
from keras_semsynth.commands.errors import one_sentence
from keras_semsynth.commands.flag_groups import say_flags
from keras_semsynth.commands.flagfiles import expand_flagfiles
from keras_semsynth.experiments import arguments_of
from keras_semsynth.synthesis import FolderResult
from keras_semsynth.synthesis import generate_folder
from keras_semsynth.synthesis import translate_folder
from keras_semsynth.synthesis.folder_result import print_skipped

SHORT = ("run", "input", "output", "seed", "count", "style")
# What makes it a translation.
PHOTOGRAPHS = {"source", "reference"}


def tell(result: FolderResult) -> int:
    """Says what was skipped, and returns the exit status."""
    if result.skipped:
        print(result, file=sys.stderr)
        return 1
    if result.kept:
        print(result)
    return 0


def _tell_bulk(result: bulk.BulkResult) -> int:
    print(result, file=sys.stderr if result.failed else sys.stdout)
    return 1 if result.failed else 0


@functools.wraps(bulk.generate)
def _generate_bulk(**arguments):
    try:
        return bulk.generate(**arguments)
    except bulk.StoppedError as error:
        raise FailedError(f"{error} --debug shows the traceback.") from error


def say_skipped(sentence: str) -> None:
    """Prints why a label map was skipped, in terms of flags."""
    print_skipped(say_flags(sentence, {n: n for n in SHARED}))


@functools.wraps(translate_folder)
def _translate_folder(**arguments):
    return translate_folder(**arguments, on_skip=say_skipped)


@functools.wraps(generate_folder)
def _generate_folder(**arguments):
    return generate_folder(**arguments, on_skip=say_skipped)


LOCAL = Command(_generate_folder, __doc__, short=SHORT, finish=tell)
TRANSLATION = Command(
    _translate_folder,
    __doc__,
    short=("run", "source", "reference", "output", "grid"),
    finish=tell,
)
PIPELINE = Command(
    _generate_bulk, __doc__, short=(*SHORT, "runner"), finish=_tell_bulk
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    `--runner` chooses the pipeline, `--source` and `--reference` translation.

    Args:
        argv: Sequence of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    argv = list(sys.argv if argv is None else argv)
    with one_sentence():
        command = command_of(argv[1:])
    return command(argv)


def command_of(arguments: Sequence[str]) -> Command:
    """Returns which of the three commands some flags are of.

    Args:
        arguments: Sequence of str, without the program.

    Returns:
        `Command`.

    Raises:
        ValueError: If the flags do not go together.
    """
    given = _names(expand_flagfiles(list(arguments)))
    if PHOTOGRAPHS & set(given):
        _check_translation(given)
        return TRANSLATION
    local = set(arguments_of(generate_folder))
    pipeline = set(arguments_of(bulk.generate))
    for name in given:
        if "runner" in given and name in local - pipeline:
            raise ValueError(
                f"--{name} and --runner exclude each other: leave one out."
            )
        if "runner" not in given and name in pipeline - local:
            raise ValueError(f"--{name} goes with --runner: give both.")
    return PIPELINE if "runner" in given else LOCAL


def _check_translation(given):
    own = set(arguments_of(translate_folder))
    others = {*arguments_of(generate_folder), *arguments_of(bulk.generate)}
    for name in given:
        if name in others - own:
            raise ValueError(
                f"--{name} is for layouts, --source and --reference are for "
                "unpaired translation: leave one of them out."
            )
    missing = sorted(PHOTOGRAPHS - set(given))
    if missing:
        raise ValueError(
            f"--{missing[0]} is missing: translation needs --source and "
            "--reference."
        )


def _names(arguments):
    found = (re.match(r"--?(\w+)", argument) for argument in arguments)
    return [match[1] for match in found if match]
