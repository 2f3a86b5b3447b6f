"""Trains a small segmentation network that evaluate.py scores images with.

    semsynth train_scorer --dataset=landscapes
    semsynth train_scorer --dataset=folder --image_dir=photos \\
        --label_dir=labels --num_classes=11 --output=mine.keras

For datasets without a public segmentation network: it learns from real
photographs and their label maps, and then tells whether generated images show
the classes they should. Beside the network it writes a report of its own mIoU
on real held-out images (.json), the upper end for any generator, and a picture
of what it sees (.png). Without a validation split every tenth sample is held
out.
"""

import functools

from keras_semsynth.commands.command import Command
from keras_semsynth.commands.errors import FailedError
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training import ScorerReport
from keras_semsynth.training import TrainingError
from keras_semsynth.training import train_scorer as run_training


@functools.wraps(run_training)
def train_scorer(*args, **kwargs) -> ScorerReport:
    """Trains; every expected error is one sentence."""
    try:
        return run_training(*args, **kwargs)
    except TrainingError as error:
        raise FailedError(str(error)) from error


def _tell(report: ScorerReport) -> None:
    print(report)
    print(f"Done: {report.path}, {report.report_path}, {report.picture_path}.")


main = Command(
    train_scorer,
    __doc__,
    parts=("data",),
    passed_on={UNetSegmenter: ("filters", "depth", "max_filters")},
    short=("dataset", "image_dir", "label_dir", "num_classes", "output"),
    finish=_tell,
    interrupted="Interrupted; nothing was written.",
)
