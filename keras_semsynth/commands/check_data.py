"""Checks a dataset before training and recommends flags.

    semsynth check_data --dataset=folder \\
        --image_dir=photos --label_dir=labels

Reads every file once and reports files without a partner, files of different
sizes, files that cannot be read, and which label ids there are; then prints the
flags to train with, ready for a flag file, and for folders a whole command line
for so many pairs on this machine or on --machine. If the data are fine, it
builds the networks, makes a few training steps (--try_steps) and says what
training takes: memory, size of a checkpoint, images per second. Nothing is
written but the file of --write_palette. All flags of training are understood.
The exit status is 1 if training would fail.
"""

import os
import sys
from typing import Literal

from keras_semsynth.commands.command import SHARED
from keras_semsynth.commands.command import Command
from keras_semsynth.commands.command_line import command_line
from keras_semsynth.commands.errors import FailedError
from keras_semsynth.commands.flag_groups import say_flags
from keras_semsynth.data import check_dataset
from keras_semsynth.experiments import MACHINES
from keras_semsynth.experiments import PARTS
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import choices
from keras_semsynth.experiments import find_recipe
from keras_semsynth.experiments import run_settings
from keras_semsynth.experiments import this_machine
from keras_semsynth.experiments.perceptual import check_perceptual
from keras_semsynth.files import ProgressLine
from keras_semsynth.files.listing import count_of
from keras_semsynth.training import rehearse

PERCEPTUAL = "--perceptual (imagenet, a file, or off)"


def check_data(
    experiment: Experiment,
    show: int = 5,
    write_palette: str | os.PathLike | None = None,
    overwrite: bool = False,
    try_steps: int = 2,
    machine: Literal["auto", "cpu", "gpu_8gb", "gpu_24gb"] = "auto",
) -> bool:
    """Checks the data of an experiment, and tries to train on them.

    Args:
        experiment: `Experiment`.
        show: int. Number of problems to list, at least one of each kind.
            Defaults to `5`.
        write_palette: str or `None`. File to write the detected colours of
            RGB label maps to, in the form that `palette` takes.
            Defaults to `None`.
        overwrite: bool. Whether `write_palette` may replace a file. Defaults
            to `False`.
        try_steps: int. Training steps to time, after a first one that
            compiles; `0` checks the data alone. Defaults to `2`.
        machine: `"auto"`, `"cpu"`, `"gpu_8gb"` or `"gpu_24gb"`. Where you
            will train on your folders: a command line for it is printed.
            Defaults to `"auto"`, this machine.

    Returns:
        bool, whether training can start.

    Raises:
        ValueError: If a number is out of range, or a file would be lost.
    """
    for name, value, least in (("show", show, 1), ("try_steps", try_steps, 0)):
        if value < least:
            raise ValueError(
                f"`{name}` must be at least {least}. Received: {name}={value}."
            )
    line = ProgressLine("Reading", unit="samples", stream=sys.stderr)

    def progress(done, total):
        line.total = total
        line.update(done)

    data = experiment.data
    report = check_dataset(
        data.name,
        data.arguments,
        show,
        write_palette,
        progress,
        overwrite,
    )
    flags = {name: name for name in SHARED}
    for dataset in choices("data").values():
        flags |= {name: name for name in dataset.arguments}
    print(say_flags(str(report), flags))
    if report.recommended:
        print("\n# Recommended flags\n--dataset=folder")
        for name, value in report.recommended.items():
            argument = choices("data")["folder"].arguments[name]
            print(f"--{name}={argument.format(value)}")
        _print_recipe(experiment, report, machine)
    which, candidate = "given", experiment
    if report.failed and report.recommended:
        which = "recommended"
        candidate = experiment.replace(data=("folder", report.recommended))
    if try_steps and not (report.failed and which == "given"):
        _rehearse(candidate, which, try_steps)
    verdicts = []
    if report.failed:
        verdicts.append("Training with the given flags would fail; see above.")
    if not report.failed or (which == "recommended" and try_steps):
        missing = " and ".join(_missing(experiment))
        given = f", given {missing}" if missing else ""
        verdicts.append(f"Training with the {which} flags can start{given}.")
    print("\n" + "\n".join(verdicts))
    return not report.failed


def _print_recipe(experiment, report, machine):
    """Prints the command line for so many pairs, see `RECIPES`."""
    pairs = len(report.samples.get("train", ()))
    if not pairs:
        return
    machine = this_machine() if machine == "auto" else machine
    recipe = find_recipe(pairs, machine)
    arguments = report.recommended
    shape = arguments.get("image_size") or report.sizes.most_common(1)[0][0]
    run_dir = run_settings(experiment).run_dir or "runs/mine"
    found = recipe.experiment(Part("folder", arguments), shape)
    found = found.replace(run={"run_dir": run_dir})
    print(
        f"\n# To train on {count_of(pairs, 'pair')} on "
        f"{MACHINES[machine].title}, see docs/own_photographs.md\n"
        f"{command_line(found)}\n"
        f"# It sees {pairs * recipe.epochs} images. semsynth check_data with "
        "these flags says how\n# long they take on the machine where it runs."
    )


def _rehearse(experiment, which, steps):
    """Makes a few steps with the given flags, or with those recommended."""
    print(f"\n# What training takes with the {which} flags")
    if PERCEPTUAL in _missing(experiment):
        print("Tried without the perceptual loss, of which nothing is said.")
        experiment = experiment.replace(run={"perceptual": "off"})
    try:
        print(rehearse(experiment, steps))
    except ValueError as error:
        raise FailedError(
            f"Training with the {which} flags would fail: {error}"
        ) from error


def _missing(experiment):
    """Flags of training that say nothing of the data, and are not given."""
    missing = []
    if not run_settings(experiment).run_dir:
        missing.append("--run_dir")
    try:
        check_perceptual(experiment)
    except ValueError:
        missing.append(PERCEPTUAL)
    return missing


main = Command(
    check_data,
    __doc__,
    parts=PARTS,
    short=(
        "dataset",
        "data_dir",
        "image_dir",
        "label_dir",
        "num_classes",
        "ignore_label",
        "label_ids",
        "palette",
        "show",
        "write_palette",
        "overwrite",
        "try_steps",
        "machine",
    ),
    finish=lambda good: int(not good),
)
