"""Checks a dataset before training and recommends flags.

    semsynth check_data --dataset=folder \\
        --image_dir=photos --label_dir=labels --num_classes=11

Reads every file once and reports files without a partner, files of different
sizes, files that cannot be read, a histogram of label ids and ids out of
range; then prints the flags to train with, ready for a flag file. All flags of
training are understood. The exit status is 1 if training would fail.
"""

import sys

from keras_semsynth.commands.command import Command
from keras_semsynth.commands.flag_groups import say_flags
from keras_semsynth.data import DataReport
from keras_semsynth.data import check_dataset
from keras_semsynth.experiments import PARTS
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import choices
from keras_semsynth.files import ProgressLine


def check_data(
    experiment: Experiment, show: int = 5, write_palette: str | None = None
) -> DataReport:
    """Checks the data of an experiment.

    Args:
        experiment: `Experiment`.
        show: int. Number of problems of each kind to list. Defaults to `5`.
        write_palette: str or `None`. File to write the detected colours of
            RGB label maps to, in the form that `palette` takes.
            Defaults to `None`.

    Returns:
        `DataReport`.

    Raises:
        ValueError: If `show` is not positive.
    """
    if show < 1:
        raise ValueError(f"`show` must be at least 1. Received: show={show}.")
    line = ProgressLine("Reading", unit="samples", stream=sys.stderr)

    def progress(done, total):
        line.total = total
        line.update(done)

    data = experiment.data
    return check_dataset(
        data.name, data.arguments, show, write_palette, progress
    )


def _tell(report: DataReport) -> int:
    flags = {
        name: name
        for dataset in choices("data").values()
        for name in dataset.arguments
    }
    print(say_flags(str(report), flags))
    if report.recommended:
        print("\n# Recommended flags\n--dataset=folder")
        for name, value in report.recommended.items():
            argument = choices("data")["folder"].arguments[name]
            print(f"--{name}={argument.format(value)}")
    verdict = "would fail; see above" if report.failed else "can start"
    print(f"\nTraining with the given flags {verdict}.")
    return int(report.failed)


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
        "palette",
        "show",
        "write_palette",
    ),
    finish=_tell,
)
