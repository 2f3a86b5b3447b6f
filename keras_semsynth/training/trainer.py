"""Runs the training of a GAN inside a run directory."""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.experiments import RunSettings
from keras_semsynth.files import atomic
from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.training.changes import optimizers_changed
from keras_semsynth.training.checkpointing import Checkpointing
from keras_semsynth.training.checkpointing import restore_means
from keras_semsynth.training.derived_files import DerivedFiles
from keras_semsynth.training.epoch_ends import EpochEnds
from keras_semsynth.training.footprint import Footprint
from keras_semsynth.training.footprint import checkpoint_bytes
from keras_semsynth.training.note import note
from keras_semsynth.training.progress import Progress
from keras_semsynth.training.progress_bar import ProgressBar
from keras_semsynth.training.refresh_statistics import RefreshStatistics
from keras_semsynth.training.report import write_report
from keras_semsynth.training.sample_grid import SampleGrid
from keras_semsynth.training.strategies import Strategy
from keras_semsynth.training.trackers import TRACKERS
from keras_semsynth.training.training_log import TrainingLog


class Trainer:
    """Trains, saves, samples, and continues where an earlier start ended.

    Args:
        gan: A built and compiled `SemanticGAN`.
        run: An open `RunDirectory`.
        make_stream: Function `(start_step)` returning the endless
            `tf.data.Dataset` of training batches after so many.
        settings: `experiments.RunSettings`.
        steps_per_epoch: int.
        images_per_step: int. Images in a training batch.
        samples: `(inputs, images)` as `SampleGrid` takes them.
        dataset: dict for `dataset.json`, see `Synthesizer`.
        colorize: Function from ids `(height, width)` to `uint8` colours.
        experiment: dict, for `report.json`. Defaults to `None`.
        footprint: `Footprint` that was estimated, or `None`. Defaults to
            `None`.
        strategy: `Strategy`. Defaults to `None`: one process on one device.
        callbacks: Further Keras callbacks. Defaults to `()`.
    """

    def __init__(
        self,
        gan: SemanticGAN,
        run: RunDirectory,
        make_stream: Callable[[int], Any],
        settings: RunSettings,
        steps_per_epoch: int,
        images_per_step: int,
        samples: tuple[dict[str, np.ndarray], np.ndarray],
        dataset: dict[str, Any],
        colorize: Callable[[np.ndarray], np.ndarray],
        experiment: dict[str, Any] | None = None,
        footprint: Footprint | None = None,
        strategy: Strategy | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ):
        self.gan = gan
        self.footprint = footprint
        self.strategy = strategy or Strategy(
            settings.batch_size, backend.device_names()[:1]
        )
        self.run_directory = run
        self.make_stream = make_stream
        self.dataset = dataset
        self.experiment = experiment or {}
        self.progress = Progress(
            settings.epochs, steps_per_epoch, images_per_step
        )
        self.log = TrainingLog(
            run.logs_path,
            self.progress,
            settings.log_steps,
            settings.tensorboard,
        )
        self.trackers = []
        if self.strategy.is_chief:
            self.trackers = [
                TRACKERS[name](
                    run, self.progress, settings.log_steps, self.experiment
                )
                for name in settings.tracker
            ]
        self.derived_files = DerivedFiles(run, gan)
        self.epoch_ends = EpochEnds(
            self.progress,
            settings.epoch_end_share,
            strategy=self.strategy,
        )
        self.checkpointing = Checkpointing(
            CheckpointStore(run.checkpoints_path, settings.keep_checkpoints),
            self.progress,
            settings.checkpoint_steps,
            settings.checkpoint_minutes,
            before_save=self._require_disk_space,
            after_save=self.derived_files.write,
            is_due=self.epoch_ends.is_due,
            strategy=self.strategy,
        )
        inputs, images = samples
        # One by one: a grid must not need more memory than a training step.
        renderer = Renderer(gan.inference_generator, batch_size=1)
        self.samples = SampleGrid(
            run.samples_path,
            self.progress,
            inputs,
            images,
            colorize,
            functools.partial(generate_samples, renderer),
            settings.sample_steps,
            settings.sample_epochs,
            self._add_image,
            self.epoch_ends.is_due,
            writes=self.strategy.is_chief,
        )
        self.bar = ProgressBar(self.progress, settings.progress_seconds)
        self.callbacks = list(callbacks)
        # Before what samples or saves the average.
        self.refresh = []
        refresh_batches = settings.ema_refresh
        if refresh_batches and gan.ema_generator is not None:
            self.refresh.append(
                RefreshStatistics(
                    make_stream(0),
                    refresh_batches,
                    is_due=self.epoch_ends.is_due,
                )
            )
        self.losses = {}
        self._has_means = False

    def train(self) -> int | None:
        """Trains to the end, or until a signal asks to stop.

        Returns:
            The signal number, or `None` if training came to its end.

        Raises:
            DiskFullError: If something could not be written; the checkpoint
                before it is intact.
            FloatingPointError: If a loss term or a variable is not finite; no
                checkpoint holds such a state.
        """
        self._restore()
        if self.strategy.is_chief:
            atomic.write_json(self.run_directory.dataset_path, self.dataset)
            if self.progress.step:
                with self.strategy.alone():
                    self.derived_files.refresh()
        state = "failed"
        try:
            for tracker in self.trackers:
                tracker.open()
            with self.checkpointing.signals():
                self._fit()
            stopped = self.checkpointing.stop_signal
            state = "finished" if stopped is None else "stopped"
        finally:
            self.log.close()
            for tracker in self.trackers:
                tracker.end(state)
            # A disk that is full would hide the reason for stopping.
            if state != "failed":
                self._write_report(state)
        # The chief may still write what the others have computed with it.
        self.strategy.wait()
        return stopped

    def _add_image(self, name, image):
        for log in (self.log, *self.trackers):
            log.add_image(name, image)

    def _restore(self):
        state = self.checkpointing.restore(self.gan)
        progress = self.progress
        self._check_same_start(state)
        if state is None:
            if self.strategy.is_chief:
                self.log.rewind(0)
            return
        progress.resume(state)
        # Those of the last epoch, for the report of a run that is at its end.
        self._has_means = restore_means(self.gan, state["metrics"])
        if self.strategy.is_chief:
            self.log.rewind(progress.step)
        self._resume_schedules(state["learning_rates"])
        if not progress.steps_left:
            note(
                f"The run in {self.run_directory.path} has all its "
                f"{progress.epochs} epochs; raise `epochs` to extend it."
            )
            return
        print(
            f"Resuming at epoch {progress.epoch + 1}/{progress.epochs}, "
            f"step {progress.step_in_epoch}/{progress.steps_per_epoch}."
        )
        if state["backend"] != keras.backend.backend():
            print(
                f"Note: the run was begun on {state['backend']}; on "
                f"{keras.backend.backend()} numbers differ by rounding."
            )

    def _check_same_start(self, state):
        """Raises if workers have read different checkpoints."""
        steps = self.strategy.gather([0 if state is None else state["step"]])
        if (steps != steps[0]).any():
            listed = ", ".join(f"{int(step)}" for step in steps[:, 0])
            raise RunError(
                f"`run_dir={self.run_directory.path}` must be one folder for "
                "all workers, such as one of a shared file system. They found "
                f"checkpoints of different steps: {listed}."
            )

    def _resume_schedules(self, rates):
        """Goes on with the last rates, unless the optimizers changed."""
        group, progress = self.gan.optimizer, self.progress
        epochs = progress.position / progress.steps_per_epoch
        group.resume_schedules(epochs)
        if optimizers_changed(self.run_directory, progress.step):
            return
        planned = group.learning_rates()
        group.resume_schedules(epochs, rates)
        if any(planned[player] > rates[player] for player in rates):
            listed = ", ".join(f"{p} {rate:.3g}" for p, rate in rates.items())
            print(
                "The longer run does not raise the learning rates again: they "
                f"stay at {listed} until its decay falls below them."
            )

    def _fit(self):
        progress = self.progress
        callbacks = [
            progress,
            # Before all that shows or saves numbers.
            StopOnNonFinite(lambda: progress.where),
            *([self.log, self.bar] if self.strategy.is_chief else ()),
            *self.trackers,
            self.epoch_ends,
            *self.refresh,
            self.samples,
            *self.callbacks,
            # Last, so that a checkpoint means: all else of this step is done.
            self.checkpointing,
            self.epoch_ends.finish,
        ]
        while progress.steps_left and self.checkpointing.stop_signal is None:
            epoch, done = progress.epoch, progress.step_in_epoch
            # The rest of a begun epoch is a `fit` of its own.
            self.gan.fit(
                self.make_stream(progress.position),
                initial_epoch=epoch,
                epochs=epoch + 1 if done else progress.epochs,
                steps_per_epoch=progress.steps_per_epoch - done,
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
            self._has_means = True

    def _require_disk_space(self):
        """Asks before anything is written, of which half would be lost."""
        needed = self.checkpointing.store.newest_bytes()
        needed = needed or checkpoint_bytes(self.gan)
        atomic.require_free_space(
            self.run_directory.path,
            needed + self.derived_files.bytes(),
            "a checkpoint and the networks beside it",
            "what was saved before is intact; free some space and run the "
            "same command again",
        )

    def _write_report(self, state):
        if self._has_means:
            self.losses = {
                name: float(value) for name, value in self.gan.logs().items()
            }
        if not self.strategy.is_chief:
            return
        write_report(
            self.run_directory,
            self.gan,
            self.strategy,
            self.progress,
            self.dataset,
            self.experiment,
            self.losses,
            state,
        )


def require_disk_space(gan: SemanticGAN, run: RunDirectory) -> None:
    """Raises `DiskFullError` if the checkpoints of a run cannot fit.

    Args:
        gan: Built and compiled `SemanticGAN`.
        run: `RunDirectory`; need not exist.
    """
    # One checkpoint is kept while the next is written.
    count = 1 if CheckpointStore(run.checkpoints_path).steps() else 2
    atomic.require_free_space(
        run.path,
        count * checkpoint_bytes(gan) + DerivedFiles(run, gan).bytes(),
        f"{count} checkpoint{'s' * (count > 1)} of a run of this size and the "
        "networks beside",
        "free some space or choose another `run_dir`",
    )


def generate_samples(
    renderer: Renderer, gan: SemanticGAN, inputs: dict[str, np.ndarray]
) -> np.ndarray:
    """Generates images for a sample grid; image `i` has the seed `i`.

    Args:
        renderer: `Renderer` of the generator to ship.
        gan: `SemanticGAN`.
        inputs: dict of what `gan.call` takes, such as `"label_map"`.

    Returns:
        Float array `(count, height, width, 3)` in `[-1, 1]`.
    """
    count = len(inputs["label_map"])
    if "source" in inputs:
        pairs = [
            _repainting(gan, *pair)
            for pair in zip(inputs["label_map"], inputs["source"], strict=True)
        ]
        return np.stack(renderer.render(*zip(*pairs, strict=True)))
    edge_maps = inputs.get("edge_map", [None] * count)
    layouts = list(map(Layout, inputs["label_map"], edge_maps))
    return np.stack(renderer.render(layouts, list(map(Look, range(count)))))


def _repainting(gan, reference, source):
    if gan.encoder is None:
        return Repainting(reference, source), Look()
    with backend.no_gradients():
        code, _ = gan.encoder(source[None], training=False)
    return Repainting(reference), Look(
        style=keras.ops.convert_to_numpy(code[0])
    )
