"""Trains a model that turns label maps into photographs.

    semsynth train --flagfile=configs/quickstart.cfg
    semsynth train --preset=ccfpse --dataset=folder --image_dir=photos \\
        --label_dir=labels --num_classes=11 --perceptual=off \\
        --run_dir=runs/mine

Stop it at any moment and run the same command again: it resumes. A later flag
wins over an earlier one, also over those of a flag file. --help shows the flags
of what is chosen, so --preset=oasis --help those of OASIS. KERAS_BACKEND=
tensorflow, jax or torch chooses the backend.

Exit status: 0 at the end of the run, 130 or 143 after Ctrl-C or SIGTERM, 75 if
another worker has ended (start all again), 1 after a failure, 2 after an error
of the caller.
"""

from keras_semsynth.commands.command import PARTS
from keras_semsynth.commands.command import Command
from keras_semsynth.commands.errors import FailedError
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import run_settings
from keras_semsynth.training import LostWorkerError
from keras_semsynth.training import Rehearsal
from keras_semsynth.training import TrainingError
from keras_semsynth.training import TrainingResult
from keras_semsynth.training import rehearse
from keras_semsynth.training import train as run_training
from keras_semsynth.training.train import LOST_WORKER

# What a newcomer needs.
SHORT = (
    "preset",
    "dataset",
    "data_dir",
    "image_dir",
    "label_dir",
    "num_classes",
    "ignore_label",
    "image_size",
    "run_dir",
    "batch_size",
    "epochs",
    "learning_rate",
    "perceptual",
    "generator.filters",
)


def train(experiment: Experiment) -> TrainingResult | Rehearsal:
    """Trains or tries it; every expected error is one sentence."""
    try:
        if run_settings(experiment).dry_run:
            return rehearse(experiment)
        return run_training(experiment)
    except LostWorkerError as error:
        raise FailedError(str(error), LOST_WORKER) from error
    except TrainingError as error:
        raise FailedError(str(error)) from error


def finish(result: TrainingResult | Rehearsal) -> int:
    """Says what became of the run, and returns the exit status."""
    if isinstance(result, Rehearsal):
        print(result)
        return 0
    if result.finished:
        print(
            f"Done: {result.run_dir / 'generator.keras'}; sample grids in "
            f"{result.run_dir / 'samples'}."
        )
        return 0
    print(
        f"Saved at epoch {result.epoch + 1}/{result.epochs}, step "
        f"{result.step_in_epoch}/{result.steps_per_epoch} in "
        f"{result.run_dir}; to resume, run the same command again."
    )
    return 128 + result.signal


main = Command(
    train,
    __doc__,
    parts=PARTS,
    short=SHORT,
    finish=finish,
    interrupted="Interrupted; what was saved is intact.",
)
