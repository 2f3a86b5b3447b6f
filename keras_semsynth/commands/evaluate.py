"""Scores generated images by the protocols of the papers.

    python evaluate.py --flagfile=configs/quickstart_evaluate.cfg
    python evaluate.py --run=runs/mine --protocol=spade --weights_dir=weights
    python evaluate.py --generated=images --real=photos --labels=labels \\
        --dataset=cityscapes --evaluation_dir=scores

Writes report.json, report.md, index.html (worst and best samples of each
class) and samples.png. A run knows the dataset it was trained on; flags given
here win.
"""

from keras_semsynth.commands.command import Command
from keras_semsynth.evaluation import Report
from keras_semsynth.evaluation import evaluate
from keras_semsynth.evaluation.report import NAMES
from keras_semsynth.files.progress_line import format_seconds


def _tell(report: Report) -> None:
    print(f"\n{report}\n")
    print(
        f"Done in {format_seconds(report.context['seconds'])}: "
        f"{', '.join(str(report.folder / name) for name in NAMES)}."
    )


main = Command(
    evaluate,
    __doc__,
    parts=("data",),
    short=(
        "run",
        "generated",
        "real",
        "labels",
        "dataset",
        "protocol",
        "metrics",
        "scorer",
        "weights_dir",
        "evaluation_dir",
        "overwrite",
        "max_images",
    ),
    finish=_tell,
    interrupted="Interrupted; no report was written.",
)
