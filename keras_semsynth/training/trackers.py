"""Experiment trackers, by the Keras callbacks of their own libraries."""

import abc
import importlib
import os
import pathlib
import types
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth.experiments import PartError
from keras_semsynth.files import atomic
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training.progress import Progress

FILE_NAME = "trackers.json"
PROJECT = "keras_semsynth"


class Tracker(keras.callbacks.Callback, abc.ABC):
    """Hands what a run logs to the Keras callback of a tracker.

    The callbacks of trackers ask a model for its one optimizer. They see the
    generator's rate and the steps of the run instead.

    Args:
        run: `RunDirectory`. Its `logs/trackers.json` keeps the name by which
            the tracker knows the run, so that a resumed run stays one.
        progress: `Progress`, earlier in the list of callbacks.
        every_steps: int. Steps between two rows; `0` for epoch ends only.
        experiment: Mapping, the description of the run.
    """

    name = ""

    def __init__(
        self,
        run: RunDirectory,
        progress: Progress,
        every_steps: int,
        experiment: Mapping[str, Any],
    ):
        super().__init__()
        self.run = run
        self.progress = progress
        self.every_steps = every_steps
        self.experiment = experiment
        self._callback: keras.callbacks.Callback | None = None

    @abc.abstractmethod
    def begin(self, known: str | None) -> tuple[str, Callable[[], Any]]:
        """Begins a run of the tracker, or goes on with one.

        Args:
            known: str. Its name of the run, if there was an earlier start.

        Returns:
            Tuple of its name of the run, and a function that makes its
            callback.
        """

    @abc.abstractmethod
    def add_image(self, name: str, image: np.ndarray) -> None:
        """Shows an image at the present step.

        Args:
            name: str.
            image: `uint8` array `(height, width, 3)`.
        """

    @abc.abstractmethod
    def end(self, state: str) -> None:
        """Ends the run of the tracker.

        Args:
            state: str, `"finished"`, `"stopped"` or `"failed"`.
        """

    def open(self) -> None:
        """Begins to track.

        Raises:
            RunError: If the tracker refuses, such as without an account.
        """
        path = self.run.logs_path / FILE_NAME
        known = read_json(path, mapping_of(TEXT)) if path.is_file() else {}
        try:
            name, make = self.begin(known.get(self.name))
            self._callback = make()
        except Exception as error:  # of any kind, also of its connection
            reason = " ".join(str(error).split()).rstrip(".:")
            raise RunError(
                f"`tracker={self.name}` cannot begin ({reason}): check its "
                "settings, or leave it out."
            ) from error
        if known.get(self.name) != name:
            atomic.write_json(path, {**known, self.name: name})

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._callback.set_model(self._seen_model())
        self._callback.on_train_begin()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.every_steps and self.progress.step % self.every_steps == 0:
            self._callback.set_model(self._seen_model())
            self._callback.on_train_batch_end(batch, self._numbers(logs))

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.progress.step_in_epoch == 0:
            self._callback.set_model(self._seen_model())
            self._callback.on_epoch_end(epoch, self._numbers(logs))

    def _numbers(self, logs):
        values = {name: float(value) for name, value in (logs or {}).items()}
        values["images_per_second"] = self.progress.images_per_second
        return values

    def _seen_model(self):
        """What the callback takes for the model: numbers as it reads them."""
        import tensorflow as tf

        group = self.model.optimizer
        optimizer = types.SimpleNamespace(
            learning_rate=tf.constant(group.learning_rates()["generator"]),
            iterations=tf.constant(self.progress.step),
            get_config=group.get_config,
        )
        return types.SimpleNamespace(
            optimizer=optimizer, summary=self.model.summary
        )


class Wandb(Tracker):
    """Weights & Biases; see `Tracker`.

    Account, server and project are those of its own settings, such as
    `WANDB_PROJECT` and `WANDB_MODE=offline`.
    """

    name = "wandb"

    def begin(self, known: str | None) -> tuple[str, Callable[[], Any]]:
        import wandb
        from wandb.integration.keras import WandbMetricsLogger

        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=pathlib.Path(self.run.path).resolve().name,
            id=known,
            resume="allow",
            dir=self.run.logs_path,
            config=dict(self.experiment),
        )
        every = "batch" if self.every_steps else "epoch"
        return run.id, lambda: WandbMetricsLogger(every)

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        # It counts batches of a `fit`, and a resumed run has had others.
        self._callback.global_batch = self.progress.step
        super().on_train_batch_end(batch, logs)

    def add_image(self, name: str, image: np.ndarray) -> None:
        import wandb

        caption = f"step {self.progress.step}"
        wandb.log({name: wandb.Image(image, caption=caption)})

    def end(self, state: str) -> None:
        import wandb

        wandb.finish(exit_code=int(state == "failed"))


class MLflow(Tracker):
    """MLflow; see `Tracker`.

    Server and experiment are those of its own settings, such as
    `MLFLOW_TRACKING_URI` and `MLFLOW_EXPERIMENT_NAME`.
    """

    name = "mlflow"

    def begin(self, known: str | None) -> tuple[str, Callable[[], Any]]:
        import mlflow
        from mlflow.tensorflow import MlflowCallback

        name = pathlib.Path(self.run.path).resolve().name
        run = mlflow.start_run(run_id=known, run_name=None if known else name)
        if self.every_steps:
            return run.info.run_id, lambda: MlflowCallback(False, 1)
        return run.info.run_id, MlflowCallback

    def add_image(self, name: str, image: np.ndarray) -> None:
        import mlflow

        mlflow.log_image(image, key=name, step=self.progress.step)

    def end(self, state: str) -> None:
        import mlflow

        ends = {"finished": "FINISHED", "stopped": "KILLED"}
        mlflow.end_run(ends.get(state, "FAILED"))


TRACKERS = {tracker.name: tracker for tracker in (Wandb, MLflow)}


def check_trackers(names: Sequence[str]) -> None:
    """Raises `PartError` for a tracker that cannot be used.

    Args:
        names: Sequence of str, as in `RunSettings`.
    """
    for name in names:
        if name not in TRACKERS:
            raise PartError(
                "run",
                f"`tracker` must be among {', '.join(TRACKERS)}. "
                f"Received: {name}.",
            )
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise PartError(
                "run",
                f"`tracker={name}` needs the package {name}: pip install "
                f'"keras_semsynth[{name}]".',
            ) from error
