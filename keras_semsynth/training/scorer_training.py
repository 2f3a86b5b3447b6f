"""Trains a segmentation network on photographs and their layouts."""

import copy
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training.progress import Progress
from keras_semsynth.training.progress_bar import ProgressBar

# Exponent of a class's frequency in its weight.
CLASS_WEIGHTINGS = {"none": 0.0, "root": 0.5, "balanced": 1.0}
# Label maps that are counted for the weights.
COUNTED_SAMPLES = 500
# Every so many samples one is held out where there is no validation split.
HOLD_OUT_EVERY = 10


def hold_out(
    dataset: SemanticDataset,
) -> tuple[SemanticDataset, SemanticDataset]:
    """Splits a dataset that has no validation split.

    Args:
        dataset: `SemanticDataset`.

    Returns:
        `(train, held_out)`: every tenth sample is held out.

    Raises:
        ValueError: If there are too few samples.
    """
    if len(dataset) < 2:
        raise ValueError(
            f"Dataset {dataset.name!r} has {len(dataset)} samples and no "
            "validation split: give `val_image_dir` and `val_label_dir`."
        )
    parts = copy.copy(dataset), copy.copy(dataset)
    last = HOLD_OUT_EVERY - 1
    held = [i % HOLD_OUT_EVERY == last for i in range(len(dataset))]
    held[-1] = held[-1] or not any(held)
    for part, wanted in zip(parts, (False, True), strict=True):
        part.samples = [
            sample
            for sample, is_held in zip(dataset.samples, held, strict=True)
            if is_held == wanted
        ]
    return parts


def count_pixels(dataset: SemanticDataset, scorer: UNetSegmenter) -> np.ndarray:
    """Counts the pixels of every class.

    Args:
        dataset: `SemanticDataset`; of a large one an even selection counts.
        scorer: `UNetSegmenter`.

    Returns:
        int64 array `(num_classes,)`.

    Raises:
        ValueError: If no pixel has a class.
    """
    counts = np.zeros(scorer.num_classes, "int64")
    dataset = dataset.spread(min(len(dataset), COUNTED_SAMPLES))
    for index in range(len(dataset)):
        ids = scorer.to_scorer_ids(dataset.read(index).label_map)
        known = ids[(ids >= 0) & (ids < scorer.num_classes)]
        counts += np.bincount(known, minlength=scorer.num_classes)
    if not counts.sum():
        raise ValueError(
            f"No pixel of {dataset.name!r} ({dataset.split}) is labelled: "
            "check `ignore_label` and the label maps."
        )
    return counts


def class_weights(counts: np.ndarray, weighting: str) -> np.ndarray:
    """Weights the loss of each class by how rare it is.

    The weight is `(median / count)**power` over the classes that occur, with
    power 0 (`"none"`), 1/2 (`"root"`) or 1 (`"balanced"`).

    Args:
        counts: int array `(num_classes,)`.
        weighting: str, one of `CLASS_WEIGHTINGS`.

    Returns:
        float32 array `(num_classes,)`; zero for classes that do not occur.
    """
    power = CLASS_WEIGHTINGS[weighting]
    present = counts > 0
    median = np.median(counts[present])
    weights = (median / np.maximum(counts, 1)) ** power
    return np.where(present, weights, 0.0).astype("float32")


def scorer_batches(
    batches: Any, scorer: UNetSegmenter, num_ids: int, weights: np.ndarray
) -> Any:
    """Turns batches of a GAN into batches of a scorer.

    Args:
        batches: `tf.data.Dataset` of `make_pipeline`.
        scorer: `UNetSegmenter`.
        num_ids: int. Ids of the dataset, the unknown class included.
        weights: float32 array `(num_classes,)`.

    Returns:
        `tf.data.Dataset` of `(image, ids, weights)`. Pixels that are not
        labelled have the id 0 and the weight 0.
    """
    import tensorflow as tf

    ids = scorer.to_scorer_ids(np.arange(num_ids))
    known = (ids >= 0) & (ids < scorer.num_classes)
    ids = np.where(known, ids, 0).astype("int32")
    id_table = tf.constant(ids)
    weight_table = tf.constant(np.where(known, weights[ids], 0.0), "float32")

    def arrange(inputs, image):
        label_map = inputs["label_map"]
        return (
            image,
            tf.gather(id_table, label_map),
            tf.gather(weight_table, label_map),
        )

    return batches.map(arrange)


def scorer_loss() -> keras.losses.Loss:
    """Cross entropy whose mean is over the weights, so over known pixels."""
    return keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )


def fit_scorer(
    scorer: UNetSegmenter,
    batches: Any,
    image_size: Sequence[int],
    epochs: int,
    steps_per_epoch: int,
    batch_size: int,
    learning_rate: float,
    progress_seconds: float = 30.0,
) -> float:
    """Trains a scorer with Adam and a cosine schedule, then freezes it.

    Args:
        scorer: `UNetSegmenter`.
        batches: Endless `tf.data.Dataset` of `scorer_batches`.
        image_size: `(height, width)` of its images.
        epochs: int.
        steps_per_epoch: int.
        batch_size: int. Images of a batch.
        learning_rate: float. The first.
        progress_seconds: float. Seconds between two lines of progress in a
            log. Defaults to `30.0`.

    Returns:
        float, the loss of the last epoch.

    Raises:
        FloatingPointError: If the loss or a weight became NaN or infinite.
    """
    # Around the scorer, so that neither its file nor its later use knows
    # anything of optimizers.
    image = keras.Input((*image_size, 3), name="image")
    model = keras.Model(image, scorer(image), name="scorer")
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                learning_rate, epochs * steps_per_epoch, alpha=0.01
            )
        ),
        loss=scorer_loss(),
        weighted_metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        ],
        # TensorFlow's convolutions are faster without XLA, PyTorch has none.
        jit_compile=keras.backend.backend() == "jax",
    )
    progress = Progress(epochs, steps_per_epoch, batch_size)
    history = model.fit(
        batches,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        shuffle=False,
        verbose=0,
        callbacks=[
            progress,
            StopOnNonFinite(lambda: progress.where),
            _ScorerBar(progress, every_seconds=progress_seconds),
        ],
    )
    scorer.trainable = False
    return float(history.history["loss"][-1])


class _ScorerBar(ProgressBar):
    def _show(self, epoch, step, logs):
        # The bar shows totals of a GAN's players.
        shown = {
            f"{name}/total": logs[name]
            for name in ("loss", "accuracy")
            if name in logs
        }
        super()._show(epoch, step, shown)
