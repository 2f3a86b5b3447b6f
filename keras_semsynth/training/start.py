"""Starts or resumes the run that the flags describe."""

import re

import keras

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import fail
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import resolved_flags
from keras_semsynth.data import colorize
from keras_semsynth.data import make_pipeline
from keras_semsynth.data.flags import dataset_from_flags
from keras_semsynth.data.flags import preprocessing_from_flags
from keras_semsynth.data.validation import validate
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training.build import build_gan
from keras_semsynth.training.build import check_flags
from keras_semsynth.training.build import check_image_size
from keras_semsynth.training.build import compile_gan
from keras_semsynth.training.builders import registry
from keras_semsynth.training.held_out import CHECKED_SAMPLES
from keras_semsynth.training.held_out import read_samples
from keras_semsynth.training.report import count_parameters
from keras_semsynth.training.strategy import Strategy
from keras_semsynth.training.trainer import Trainer
from keras_semsynth.training.trainer import require_disk_space

MODULES = (
    "keras_semsynth.data.flags",
    "keras_semsynth.training.flags",
    *registry.MODULES,
)


def start(values, command="the same command"):
    """Trains as the flags say; every expected error is one sentence.

    Args:
        values: Parsed flags of `data.flags` and `training.flags`.
        command: str. What continues the run, for messages.

    Returns:
        int, exit status: 0 at the end of training, 128 + signal if stopped.

    Raises:
        SystemExit: With status 2 for a mistake found before training, 1 for
            a failure during it.
    """
    with one_sentence(values.debug):
        trainer = prepare(values)
    stopped = None
    try:
        stopped = trainer.train()
    except (atomic.DiskFullError, FloatingPointError) as error:
        if values.debug:
            raise
        fail(error, 1)
    except RunError as error:
        fail(error, 2)
    except Exception as error:
        sentence = _expected(error, trainer.run_directory.path)
        if values.debug or sentence is None:
            raise
        fail(sentence, 1)
    finally:
        trainer.run_directory.release()
    run = trainer.run_directory
    if stopped is not None:
        progress = trainer.progress
        print(
            f"Saved at epoch {progress.epoch + 1}/{progress.epochs}, step "
            f"{progress.step_in_epoch}/{progress.steps_per_epoch} in "
            f"{run.path}; to resume, run {command} again."
        )
        return 128 + stopped
    print(f"Done: {run.generator_path}; sample grids in {run.samples_path}.")
    return 0


def _expected(error, folder):
    """Says in one sentence what a failure in mid-training means, or `None`."""
    if atomic.is_disk_full(error):
        return (
            f"The disk that holds {folder} is full. The last checkpoint is "
            "intact; free some space and run the same command again."
        )
    # tf.data wraps what the reader of a sample has raised.
    match = re.search(r"ValueError: (.+)", str(error))
    if "PyFunc" in str(error) and match:
        return (
            f"{match[1]} The last checkpoint is intact; correct the file and "
            "run the same command again."
        )
    return None


def prepare(values):
    """Checks everything that can be checked, then builds the run.

    Args:
        values: Parsed flags.

    Returns:
        `Trainer`, its run directory open.

    Raises:
        ValueError: About the first thing that is wrong.
    """
    check_flags(values)
    strategy = Strategy(
        values.strategy, values.logical_devices, values.precision
    )
    strategy.check_batch_size(values.batch_size)
    keras.utils.set_random_seed(values.seed)
    preprocessing = preprocessing_from_flags(values, training=True)
    image_size = check_image_size(
        values, preprocessing.image_size, preprocessing.mode
    )
    run = RunDirectory(values.run_dir)
    flags = resolved_flags(values, MODULES)
    # A mistake in the flags must not leave a folder behind, and a run of
    # other flags is said before long checks of the data.
    run.check(flags, values.resume)
    train = dataset_from_flags(values, "train")
    held_out = dataset_from_flags(values, "val")
    preprocessing = preprocessing_from_flags(
        values, training=True, unknown_class=train.unknown_class
    )
    validate(train, preprocessing, CHECKED_SAMPLES)
    batch_size = values.batch_size * values.discriminator_steps
    steps_per_epoch = values.steps_per_epoch or len(train) // batch_size
    if steps_per_epoch < 1:
        raise UsageError(
            f"The dataset has {len(train)} samples, fewer than one training "
            f"batch of {batch_size}: lower --batch_size"
            f"{' or --discriminator_steps' if batch_size > 1 else ''}."
        )
    if held_out is None:
        print("Note: no validation split; sample grids show training layouts.")
        held_out = train
    _check_pairing(values, train)
    samples = read_samples(values, held_out, train)
    with strategy.scope():
        gan = build_gan(
            values,
            train.num_classes,
            train.use_edge_map,
            image_size,
            train.unknown_class,
        )
        compile_gan(gan, values, steps_per_epoch)
    require_disk_space(gan, run.path)
    run.open(flags, values.resume)
    _describe(gan, values, train, steps_per_epoch, run)

    def make_stream(start_step):
        return make_pipeline(
            train,
            preprocessing,
            batch_size,
            training=True,
            seed=values.seed,
            start_step=start_step,
            cache=values.cache,
        )

    return Trainer(
        gan,
        run,
        make_stream,
        values.epochs,
        steps_per_epoch,
        batch_size,
        samples,
        describe_dataset(train, image_size),
        lambda label_map: colorize(label_map, train.palette),
        flags=flags,
        checkpoint_steps=values.checkpoint_steps,
        checkpoint_minutes=values.checkpoint_minutes,
        keep_checkpoints=values.keep_checkpoints,
        sample_steps=values.sample_steps,
        sample_epochs=values.sample_epochs,
        log_steps=values.log_steps,
        tensorboard=values.tensorboard,
        progress_seconds=values.progress_seconds,
        refresh_batches=values.ema_refresh if values.ema_decay else 0,
    )


def describe_dataset(dataset, image_size):
    """Collects what inference must know about the data.

    Args:
        dataset: `SemanticDataset` of the training split.
        image_size: `(height, width)` of training.

    Returns:
        dict for `dataset.json`.
    """
    return {
        "name": dataset.name,
        "num_classes": dataset.num_classes,
        "class_names": list(dataset.class_names),
        "palette": dataset.palette.tolist(),
        "unknown_class": dataset.unknown_class,
        "use_edge_map": dataset.use_edge_map,
        "image_size": list(image_size),
        "train_images": len(dataset),
        "label_rule": dataset.label_decoder.get_config(),
    }


def _check_pairing(values, dataset):
    """Raises unless dataset and objective are both unpaired, or neither."""
    objective = registry.choices(values)["objective"]
    if (objective == "unpaired_scgan") != (dataset.name == "unpaired"):
        raise UsageError(
            "--dataset=unpaired and --objective=unpaired_scgan belong together "
            f"(see configs/summer2winter_scgan.cfg). Received: --dataset="
            f"{dataset.name} and --objective={objective}."
        )


def _describe(gan, values, dataset, steps_per_epoch, run):
    sizes = ", ".join(
        f"{name} {count_parameters(network) / 1e6:.2f} M"
        for name, network in (
            ("generator", gan.generator),
            ("discriminator", gan.discriminator),
            ("encoder", gan.encoder),
        )
        if network is not None
    )
    print(
        f"{values.model} on {dataset.name}: {len(dataset)} images, "
        f"{dataset.num_classes} classes; parameters: {sizes}."
    )
    print(
        f"{values.epochs} epochs of {steps_per_epoch} steps on "
        f"{keras.backend.backend()}; run directory {run.path}."
    )
    if values.perceptual_weights == "off":
        print("The perceptual loss is off (--perceptual_weights=off).")
