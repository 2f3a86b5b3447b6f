"""Trains a flag file for so long, and scores what came of it."""

import json
import pathlib
import signal
import time

import keras

from keras_semsynth.commands.train import main as train_command
from keras_semsynth.evaluation import evaluate
from keras_semsynth.training.train import prepare


class StopAfter(keras.callbacks.Callback):
    """Stops a training by its own signal.

    Args:
        checkpointing: `training.Checkpointing` of the run.
        seconds: float or `None`. CPU seconds (of all cores of this process,
            which other programs change little), from the end of the first
            step on, when it is compiled.
        steps: int or `None`. Training steps.
    """

    def __init__(self, checkpointing, seconds=None, steps=None):
        super().__init__()
        self.checkpointing = checkpointing
        self.seconds, self.steps = seconds, steps
        self.start, self.done = None, 0

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        now = time.process_time()
        if self.start is None:
            self.start = now
        late = self.seconds is not None and now - self.start >= self.seconds
        if late or (self.steps is not None and self.done >= self.steps):
            self.checkpointing.ask_to_stop(signal.SIGTERM)


def train(
    run, config, further=(), seed=0, seconds=None, steps=None, callbacks=()
):
    """Trains until as many CPU seconds or steps are over.

    Args:
        run: Run directory.
        config: Path of a flag file.
        further: Sequence of str. More flags. Defaults to none.
        seed: int. Defaults to `0`.
        seconds: float or `None`. As of `StopAfter`. Defaults to `None`.
        steps: int or `None`. As of `StopAfter`. Defaults to `None`.
        callbacks: Sequence of further Keras callbacks. Defaults to none.

    Returns:
        int. Steps that were done.
    """
    experiment = train_command.parse(
        [
            f"--flagfile={config}",
            f"--run_dir={run}",
            f"--seed={seed}",
            "--perceptual=off",
            # Neither ends nor lowers its rates before its time is over.
            "--epochs=1000",
            "--decay_epochs=0",
            "--sample_epochs=1000",
            "--sample_count=4",
            "--tensorboard=false",
            *further,
        ]
    )["experiment"]
    trainer = prepare(experiment)
    stop = StopAfter(trainer.checkpointing, seconds, steps)
    trainer.callbacks += [stop, *callbacks]
    try:
        trainer.train()
    finally:
        trainer.run_directory.release()
    return stop.done


def score(run, scorer=None):
    """Scores the held-out images of a run by a segmentation network.

    Args:
        run: Run directory.
        scorer: A scorer of `train_scorer`. Defaults to `None`: that of the
            package.

    Returns:
        dict of `images`, seen in training, `kid` in the scorer's features,
        times 1000, and `miou` in percent.
    """
    report = evaluate(
        run,
        metrics=("kid", "miou"),
        features="scorer",
        scorer=scorer,
        references=None,
        overwrite=True,
    )
    trained = json.loads(pathlib.Path(run, "report.json").read_text())
    kid = next(v for k, v in report.scores.items() if k.startswith("kid"))
    return {
        "images": trained["images_seen"],
        "kid": 1000 * kid.value,
        "miou": 100 * report.scores["miou"].value,
    }
