"""Starts or resumes the run that an experiment describes."""

import dataclasses
import pathlib

import keras

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import SemanticDataset
from keras_semsynth.data import make_pipeline
from keras_semsynth.data import sample_error
from keras_semsynth.data.held_out import CHECKED_SAMPLES
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.data.validation import validate
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import compile_gan
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import perceptual_loss
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments import run_settings
from keras_semsynth.experiments.build import ANY_SIZE
from keras_semsynth.experiments.build import adam_pair
from keras_semsynth.experiments.build import build_discriminator
from keras_semsynth.experiments.build import build_generator
from keras_semsynth.experiments.build import perceptual_file
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training.report import count_parameters
from keras_semsynth.training.strategy import Strategy
from keras_semsynth.training.trainer import Trainer
from keras_semsynth.training.trainer import require_disk_space


class TrainingError(RuntimeError):
    """Says in one sentence why training ended before its end."""


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
        TrainingError: If training failed; the last checkpoint is intact.

    Example:

    >>> experiment = keras_semsynth.experiments.Experiment().replace(
    ...     run={"run_dir": "runs/mine", "perceptual_weights": "off"})
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
        sentence = _expected(error, trainer.run_directory.path)
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


def _expected(error, folder):
    """Says in one sentence what a failure in mid-training means, or `None`."""
    if isinstance(error, (atomic.DiskFullError, FloatingPointError)):
        return str(error)
    if atomic.is_disk_full(error):
        return (
            f"The disk that holds {folder} is full. The last checkpoint is "
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
    perceptual_file(experiment)
    # Wrong rates are said now; how long an epoch is will be known later.
    adam_pair(experiment, steps_per_epoch=1)
    strategy = Strategy(
        settings.strategy, settings.logical_devices, settings.precision
    )
    strategy.check_batch_size(settings.batch_size)
    keras.utils.set_random_seed(settings.seed)
    geometry = preprocessing(experiment, training=True)
    image_size = check_image_size(experiment, geometry)
    run = RunDirectory(settings.run_dir)
    # A mistake must not leave a folder behind, and a run of another
    # experiment is said before long checks of the data.
    run.check(settings.resume)
    _check_same(run, experiment)
    train_set = open_dataset(experiment, "train")
    held_out = open_dataset(experiment, "val")
    geometry.unknown_class = train_set.unknown_class
    validate(train_set, geometry, CHECKED_SAMPLES)
    steps = experiment.settings()["objective"]["discriminator_steps"]
    batch_size = settings.batch_size * steps
    steps_per_epoch = settings.steps_per_epoch or len(train_set) // batch_size
    if steps_per_epoch < 1:
        raise PartError(
            "run",
            f"The dataset has {len(train_set)} samples, fewer than one "
            f"training batch of {batch_size}: lower `batch_size`"
            f"{' or `objective.discriminator_steps`' if steps > 1 else ''}.",
        )
    if held_out is None:
        print("Note: no validation split; sample grids show training layouts.")
        held_out = train_set
    _check_pairing(experiment)
    samples = read_samples(
        held_out,
        train_set,
        preprocessing(experiment, False, train_set.unknown_class),
        settings.sample_count,
    )
    space = LabelSpace(
        train_set.num_classes,
        train_set.use_edge_map,
        image_size,
        train_set.unknown_class,
    )
    with strategy.scope():
        gan = build_gan(experiment, space, perceptual_loss(experiment))
        gan.build()
        compile_gan(gan, experiment, steps_per_epoch)
    require_disk_space(gan, run.path)
    _open(run, experiment, settings.resume)
    _describe(gan, experiment, train_set, steps_per_epoch, run)

    def make_stream(start_step):
        return make_pipeline(
            train_set,
            geometry,
            batch_size,
            training=True,
            seed=settings.seed,
            start_step=start_step,
            cache=settings.cache,
        )

    return Trainer(
        gan,
        run,
        make_stream,
        settings,
        steps_per_epoch,
        batch_size,
        samples,
        describe_dataset(train_set, image_size),
        train_set.classes.colors,
        experiment=experiment.to_json(),
    )


def check_image_size(
    experiment: Experiment, geometry: Preprocessing
) -> tuple[int, int]:
    """Checks that the networks can handle images of the training size.

    Args:
        experiment: `Experiment`.
        geometry: `Preprocessing` of training.

    Returns:
        `(height, width)` for the generator's constructor.

    Raises:
        PartError: If they cannot.
    """
    # Constructed, not built: that costs nothing.
    space = LabelSpace(1, False, ANY_SIZE)
    generator = build_generator(experiment, space)
    discriminator = build_discriminator(experiment, space)
    if geometry.image_size is None:
        multiples = (generator.size_multiple, discriminator.size_multiple)
        varies = all(32 % multiple == 0 for multiple in multiples)
        if geometry.mode != "none" or generator.fixed_size or not varies:
            raise PartError(
                "data",
                f"`preprocess_mode={geometry.mode}` gives images of different "
                "sizes, which these networks cannot be trained on: choose a "
                "mode that crops, or `preprocess_mode=fixed`.",
            )
        return (256, 256)
    for network in (generator, discriminator):
        _check_multiple(network, *geometry.image_size)
    return geometry.image_size


def _check_multiple(network, height, width):
    multiple = network.size_multiple
    if height % multiple or width % multiple:
        near = [
            max(1, round(size / multiple)) * multiple
            for size in (height, width)
        ]
        raise PartError(
            "data",
            f"`image_size={height}x{width}` does not fit: with these "
            f"arguments the {type(network).__name__} needs a height and width "
            f"that are multiples of {multiple}, e.g. {near[0]}x{near[1]}.",
        )


def _check_same(run, experiment):
    """Raises if the folder holds a run of another experiment."""
    if not run.experiment_path.exists():
        return
    differences = Experiment.load(run.path).differences(experiment)
    if differences:
        listed = "; ".join(
            f"{_argument(kind, name)} was {old!r} and is now {new!r}"
            for kind, name, old, new in differences
        )
        raise RunError(
            f"`run_dir={run.path}` holds a run of another configuration: "
            f"{listed}. Use the same settings to resume it, or choose another "
            "`run_dir`."
        )


def _argument(kind, name):
    if name == "name":
        return f"`{'dataset' if kind == 'data' else kind}`"
    return f"`{kind}.{name}`"


def _open(run, experiment, resume):
    run.open(resume)
    try:
        # Again, now that nobody else can write it.
        _check_same(run, experiment)
        experiment.save(run.path)
    except BaseException:
        run.release()
        raise


def describe_dataset(
    dataset: SemanticDataset, image_size: tuple[int, int]
) -> dict:
    """Collects what inference must know about the data.

    Args:
        dataset: `SemanticDataset` of the training split.
        image_size: `(height, width)` of training.

    Returns:
        dict for `dataset.json`.
    """
    return {
        "name": dataset.name,
        **dataset.classes.to_json(),
        "use_edge_map": dataset.use_edge_map,
        "image_size": list(image_size),
        "train_images": len(dataset),
    }


def _check_pairing(experiment):
    """Raises unless data and objective are both unpaired, or neither."""
    data, objective = experiment.data.name, experiment.objective.name
    if (objective == "unpaired_scgan") != (data == "unpaired"):
        raise PartError(
            "data",
            "`dataset=unpaired` and `objective=unpaired_scgan` belong "
            "together (`preset=scgan_summer2winter_256` has both). Received: "
            f"`dataset={data}` and `objective={objective}`.",
        )


def _describe(gan, experiment, dataset, steps_per_epoch, run):
    sizes = ", ".join(
        f"{name} {count_parameters(network) / 1e6:.2f} M"
        for name, network in (
            ("generator", gan.generator),
            ("discriminator", gan.discriminator),
            ("encoder", gan.encoder),
        )
        if network is not None
    )
    settings = run_settings(experiment)
    print(
        f"{experiment.objective.name} on {dataset.name}: {len(dataset)} "
        f"images, {dataset.num_classes} classes; parameters: {sizes}."
    )
    print(
        f"{settings.epochs} epochs of {steps_per_epoch} steps on "
        f"{keras.backend.backend()}; run directory {run.path}."
    )
    if settings.perceptual_weights == "off":
        print("The perceptual loss is off (perceptual_weights=off).")
