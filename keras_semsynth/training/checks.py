"""Checks an experiment before anything is built or written."""

import dataclasses
import functools
import typing

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import SemanticDataset
from keras_semsynth.data import get_dataset
from keras_semsynth.data import make_pipeline
from keras_semsynth.data.held_out import CHECKED_SAMPLES
from keras_semsynth.data.pipeline import check_batch_size
from keras_semsynth.data.validation import check_held_out
from keras_semsynth.data.validation import validate
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments import run_settings
from keras_semsynth.experiments.build import ANY_SIZE
from keras_semsynth.experiments.build import adam_pair
from keras_semsynth.experiments.build import build_discriminator
from keras_semsynth.experiments.build import build_generator
from keras_semsynth.experiments.parts import choices
from keras_semsynth.training.memory_checks import check_batch_memory
from keras_semsynth.training.memory_checks import check_order_memory
from keras_semsynth.training.memory_checks import check_state_memory
from keras_semsynth.training.strategies import Strategy
from keras_semsynth.training.strategies import open_strategy

if typing.TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class CheckedExperiment:
    """An experiment whose arguments fit each other and its data.

    Args:
        experiment: `Experiment`.
        strategy: `Strategy` to build the networks in.
        geometry: `Preprocessing` of training.
        train_set: `SemanticDataset`.
        held_out: `SemanticDataset`, or `None` if the data have no validation
            split.
        space: `LabelSpace` of the networks.
        batch_size: int. Images in a training batch, for all its steps of the
            discriminator.
        steps_per_epoch: int.
    """

    experiment: Experiment
    strategy: Strategy
    geometry: Preprocessing
    train_set: SemanticDataset
    held_out: SemanticDataset | None
    space: LabelSpace
    batch_size: int
    steps_per_epoch: int

    def make_stream(self, start_step: int = 0) -> "tf.data.Dataset":
        """Returns the endless stream of training batches, as `fit` takes it.

        Args:
            start_step: int. Batches to leave out. Defaults to `0`.

        Returns:
            `tf.data.Dataset` of this worker's share, or what a strategy of
            TensorFlow makes of it.
        """
        return self.strategy.distribute(
            functools.partial(self._make_stream, start_step)
        )

    def _make_stream(self, start_step=0, **share):
        settings = run_settings(self.experiment)
        return make_pipeline(
            self.train_set,
            self.geometry,
            self.batch_size,
            training=True,
            seed=settings.seed,
            start_step=start_step,
            cache=settings.cache,
            **share,
        )

    def batch_spec(self) -> tuple:
        """Says shapes and dtypes of a global training batch.

        Returns:
            `(inputs, image)` of what has them.
        """
        stream = self._make_stream()
        if self.geometry.image_size is not None:
            return stream.element_spec
        # Only an image tells its size.
        return next(stream.take(1).as_numpy_iterator())


def check_experiment(experiment: Experiment) -> CheckedExperiment:
    """Checks everything but the run directory and the perceptual network.

    Training and the command that checks data ask here, so both say the same.

    Args:
        experiment: `Experiment`.

    Returns:
        `CheckedExperiment`.

    Raises:
        ValueError: About the first thing that is wrong.
    """
    settings = run_settings(experiment)
    # Wrong rates are said now; how long an epoch is will be known later.
    adam_pair(experiment, steps_per_epoch=1)
    strategy = open_strategy(
        settings.strategy,
        settings.batch_size,
        settings.logical_devices,
        settings.precision,
        settings.cluster_seconds,
        experiment.settings()["optimizers"]["jit_compile"],
    )
    _check_micro_batches(experiment, settings.batch_size, strategy.num_replicas)
    _check_pairing(experiment)
    geometry = preprocessing(experiment, training=True)
    image_size = check_image_size(experiment, geometry)
    # An objective without discriminator has no such argument.
    objective = experiment.settings()["objective"]
    steps = objective.get("discriminator_steps", 1)
    batch_size = settings.batch_size * steps
    check_batch_size(geometry, batch_size)
    check_batch_memory(geometry, batch_size, steps)
    train_set = open_dataset(experiment, "train")
    held_out = open_dataset(experiment, "val")
    check_order_memory(len(train_set))
    geometry.unknown_class = train_set.unknown_class
    validate(train_set, geometry, CHECKED_SAMPLES)
    if held_out is not None:
        unknown_class = train_set.unknown_class
        shown = preprocessing(experiment, False, unknown_class)
        check_held_out(held_out, train_set)
        validate(held_out, shown, CHECKED_SAMPLES)
    steps_per_epoch = settings.steps_per_epoch or len(train_set) // batch_size
    if steps_per_epoch < 1:
        raise PartError(
            "run",
            f"The dataset has {len(train_set)} samples, fewer than one "
            f"training batch of {batch_size}: lower `batch_size`"
            f"{' or `objective.discriminator_steps`' if steps > 1 else ''}.",
        )
    space = LabelSpace(
        train_set.num_classes,
        train_set.use_edge_map,
        image_size,
        train_set.unknown_class,
    )
    check_state_memory(experiment, space, strategy.num_replicas)
    return CheckedExperiment(
        experiment,
        strategy,
        geometry,
        train_set,
        held_out,
        space,
        batch_size,
        steps_per_epoch,
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
    networks = [generator]
    if experiment.discriminator is not None:
        networks.append(build_discriminator(experiment, space))
    if geometry.image_size is None:
        varies = all(32 % network.size_multiple == 0 for network in networks)
        if geometry.mode != "none" or generator.fixed_size or not varies:
            raise PartError(
                "data",
                f"`preprocess_mode={geometry.mode}` gives images of different "
                "sizes, which these networks cannot be trained on: choose a "
                "mode that crops, or `preprocess_mode=fixed`.",
            )
        return (256, 256)
    for network in networks:
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


def _check_micro_batches(experiment, batch_size, replicas):
    """Raises unless a replica's images can be parted into micro-batches."""
    count = experiment.settings()["optimizers"]["micro_batches"]
    share = batch_size // replicas
    if share % count:
        each = f" on each of {replicas} devices" * (replicas > 1)
        unit = count * replicas
        raise PartError(
            "optimizers",
            f"`micro_batches={count}` cannot share {share} "
            f"image{'s' * (share > 1)}{each} equally: use "
            f"`batch_size={-(-batch_size // unit) * unit}`, or a number of "
            f"micro-batches that divides {share}.",
        )


def _check_pairing(experiment):
    """Raises unless data and objective are both paired, or neither."""
    data, objective = experiment.data.name, experiment.objective.name
    paired = get_dataset(data).paired
    fitting = [
        name
        for name, choice in choices("objective").items()
        if choice.target.paired == paired
    ]
    if objective not in fitting:
        kind = "with" if paired else "without"
        raise PartError(
            "data",
            f"`dataset={data}` holds photographs {kind} label maps, and is for "
            f"the objectives {', '.join(fitting)}. Received: "
            f"`objective={objective}`.",
        )
