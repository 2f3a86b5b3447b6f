"""Starts or resumes the run that an experiment describes."""

import dataclasses
import functools
import pathlib

import keras

from keras_semsynth import backend
from keras_semsynth.data import sample_error
from keras_semsynth.data.doubts import find_doubts
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import compile_gan
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments import perceptual_loss
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments import run_settings
from keras_semsynth.experiments.perceptual import check_perceptual
from keras_semsynth.experiments.recorded_data import describe_dataset
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.training.after_a_break import say_how_to_go_on
from keras_semsynth.training.after_a_break import say_how_to_need_less
from keras_semsynth.training.after_a_break import say_how_to_restart
from keras_semsynth.training.changes import log_changes
from keras_semsynth.training.checks import CheckedExperiment
from keras_semsynth.training.checks import check_experiment
from keras_semsynth.training.earlier_run import EarlierRun
from keras_semsynth.training.footprint import measure_footprint
from keras_semsynth.training.initial_weights import check_initial
from keras_semsynth.training.initial_weights import load_initial_weights
from keras_semsynth.training.memory_checks import check_samples_memory
from keras_semsynth.training.note import note
from keras_semsynth.training.strategies.lost_peers import is_lost_peer
from keras_semsynth.training.strategies.same_start import of_chief
from keras_semsynth.training.strategies.same_start import require_same_start
from keras_semsynth.training.trackers import check_trackers
from keras_semsynth.training.trainer import Trainer
from keras_semsynth.training.trainer import require_disk_space


class TrainingError(RuntimeError):
    """Says in one sentence why training ended before its end."""


class LostWorkerError(TrainingError):
    """Another worker has ended: starting all again goes on."""


# The exit status of its process: "try again", as `sysexits.h` has it.
LOST_WORKER = 75


@dataclasses.dataclass(frozen=True)
class TrainingResult:
    """What became of a run.

    Args:
        run_dir: Path of the run directory.
        epoch: int. Epochs that are done.
        epochs: int. Epochs of the whole run.
        step_in_epoch: int. Steps of the epoch that has begun.
        steps_per_epoch: int.
        signal: int or `None`. The signal that stopped it; `None` if it came
            to its end.
        losses: dict, loss term -> mean over the last epoch.
    """

    run_dir: pathlib.Path
    epoch: int
    epochs: int
    step_in_epoch: int
    steps_per_epoch: int
    signal: int | None
    losses: dict[str, float]

    @property
    def finished(self) -> bool:
        """Whether training came to its end."""
        return self.signal is None


def train(experiment: Experiment) -> TrainingResult:
    """Trains as an experiment says, or goes on where its run was stopped.

    Args:
        experiment: `Experiment` with a `run_dir`.

    Returns:
        `TrainingResult`. The networks are in the run directory.

    Raises:
        ValueError: About the first mistake in the experiment or its data;
            nothing was trained then.
        TrainingError: If training failed; the last checkpoint is intact. It is
            a `LostWorkerError` if another worker has ended.

    Example:

    >>> experiment = keras_semsynth.experiments.Experiment().replace(
    ...     run={"run_dir": "runs/mine", "perceptual": "off"})
    >>> keras_semsynth.training.train(experiment).finished
    True
    """
    trainer = prepare(experiment)
    stopped = None
    try:
        stopped = trainer.train()
    except RunError:
        raise
    except Exception as error:
        if trainer.strategy.num_workers > 1 and is_lost_peer(error):
            saved = trainer.checkpointing.saved_step
            trainer.strategy.abandon(LOST_WORKER)
            raise LostWorkerError(say_how_to_restart(saved)) from error
        sentence = _expected(error, trainer)
        if sentence is None:
            raise
        raise TrainingError(sentence) from error
    finally:
        trainer.run_directory.release()
    progress = trainer.progress
    return TrainingResult(
        trainer.run_directory.path,
        progress.epoch,
        progress.epochs,
        progress.step_in_epoch,
        progress.steps_per_epoch,
        stopped,
        trainer.losses,
    )


def _expected(error, trainer):
    """Says in one sentence what a failure in mid-training means, or `None`."""
    folder = trainer.run_directory.path
    if isinstance(error, FloatingPointError):
        optimizers = trainer.experiment["optimizers"]["arguments"]
        saved_step = trainer.checkpointing.saved_step
        how = say_how_to_go_on(trainer.gan, optimizers, saved_step)
        return f"{error} {how}"
    if backend.is_out_of_memory(error):
        return say_how_to_need_less(
            trainer.progress.images_per_step,
            trainer.footprint,
            trainer.checkpointing.saved_step,
        )
    if isinstance(error, atomic.DiskFullError):
        return str(error)
    if atomic.is_disk_full(error):
        return (
            f"The disk that holds {folder} is full: what was saved before is "
            "intact; free some space and run the same command again."
        )
    # tf.data wraps what the reader of a sample has raised.
    found = sample_error(error)
    if "PyFunc" in str(error) and found is not None:
        return (
            f"{found} The last checkpoint is intact; correct the file and "
            "run the same command again."
        )
    return None


def prepare(experiment: Experiment) -> Trainer:
    """Checks everything that can be checked, then builds the run.

    Args:
        experiment: `Experiment`.

    Returns:
        `Trainer`, its run directory open.

    Raises:
        ValueError: About the first thing that is wrong.
    """
    settings = run_settings(experiment)
    if not settings.run_dir:
        raise PartError(
            "run",
            "`run_dir` must be set: the folder for checkpoints, logs and "
            "samples, e.g. `run_dir=runs/mine`.",
        )
    check_perceptual(experiment)
    check_trackers(settings.tracker)
    run = RunDirectory(settings.run_dir)
    # A mistake must not leave a folder behind.
    run.check(settings.resume)
    earlier = EarlierRun.find(run)
    if earlier is not None:
        earlier.check_epochs(settings.epochs)
        experiment = earlier.keep_initial(experiment)
    initial = run_settings(experiment).init_from
    if earlier is not None and earlier.weights is not None:
        initial = None
    check_initial(initial)
    checked = check_experiment(experiment)
    keras.utils.set_random_seed(settings.seed)
    train_set, held_out = checked.train_set, checked.held_out
    for doubt in find_doubts(experiment.data.arguments, train_set):
        note(f"Note: {doubt}")
    if held_out is None:
        print("Note: no validation split; sample grids show training layouts.")
        held_out = train_set
    check_samples_memory(
        checked.geometry, min(settings.sample_count, len(held_out))
    )
    samples = read_samples(
        held_out,
        train_set,
        preprocessing(experiment, False, train_set.unknown_class),
        settings.sample_count,
    )
    gan = build_networks(checked)
    footprint = measure_footprint(gan, checked.batch_spec(), checked.strategy)
    footprint.check()
    dataset = describe_dataset(train_set, checked.space.image_size)
    changes = []
    if earlier is not None:
        changes = earlier.check_changes(
            experiment, dataset, gan, settings.resume == "changed"
        )
    if initial is not None:
        with checked.strategy.scope():
            sentences = load_initial_weights(gan, initial, dataset)
        note("\n".join(sentences))
    require_disk_space(gan, run)
    require_same_start(checked.strategy, experiment, dataset)
    opening = functools.partial(
        _open, run, experiment, settings.resume, earlier, changes
    )
    of_chief(checked.strategy, opening)
    _describe(footprint, checked, run)
    return Trainer(
        gan,
        run,
        checked.make_stream,
        settings,
        checked.steps_per_epoch,
        checked.batch_size,
        samples,
        dataset,
        train_set.classes.colors,
        experiment=experiment.to_json(),
        footprint=footprint,
        strategy=checked.strategy,
    )


def build_networks(checked: CheckedExperiment) -> SemanticGAN:
    """Builds and compiles what is trained.

    Args:
        checked: `CheckedExperiment`.

    Returns:
        `gans.SemanticGAN`, compiled.
    """
    experiment = checked.experiment
    perceptual = perceptual_loss(experiment)
    if perceptual is not None:
        record = perceptual.weights_record
        print(f"Perceptual loss: {record['file']} ({record['verified']}).")
    with (
        checked.strategy.scope(),
        backend.memory_for(
            "Weights and optimizers of the networks",
            "lower `generator.filters` or end other programs",
        ),
    ):
        gan = build_gan(experiment, checked.space, perceptual)
        record = getattr(gan.discriminator, "weights_record", None)
        if record is not None:
            print(
                f"Features of the discriminator: {record['file']} "
                f"({record['verified']}), {record['parameters'] / 1e6:.2f} M "
                "frozen parameters."
            )
        gan.build()
        compile_gan(gan, experiment, checked.steps_per_epoch)
    return gan


def _open(run, experiment, resume, earlier, changes):
    run.open(resume)
    try:
        # Again, now that nobody else can write it.
        found = Experiment.load(run.path) if has_experiment(run.path) else None
        if found != (earlier and earlier.experiment):
            raise RunError(
                f"`run_dir={run.path}` was begun or changed by another "
                "process: run the same command again."
            )
        log_changes(run, changes, earlier.state if earlier else {})
        experiment.save(run.path)
    except BaseException:
        run.release()
        raise
    for change in changes:
        note(f"{'Note' if change.moved else 'Changed'}: {change}.")


def _describe(footprint, checked, run):
    experiment, dataset = checked.experiment, checked.train_set
    settings = run_settings(experiment)
    print(
        f"{experiment.objective.name} on {dataset.name}: {len(dataset)} "
        f"images, {dataset.num_classes} classes."
    )
    print(footprint)
    print(
        f"{settings.epochs} epochs of {checked.steps_per_epoch} steps on "
        f"{keras.backend.backend()}; run directory {run.path}."
    )
    print(f"Devices: {checked.strategy}")
    if settings.perceptual == "off":
        print("The perceptual loss is off (perceptual=off).")
