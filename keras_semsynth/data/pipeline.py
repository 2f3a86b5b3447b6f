"""Batches for training and evaluation as a `tf.data.Dataset`."""

import os
import re
import typing

import numpy as np

from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset

if typing.TYPE_CHECKING:
    import tensorflow as tf

# A stream that no training run reaches the end of, in samples.
_ENDLESS = 1 << 62


def make_pipeline(
    dataset: SemanticDataset,
    preprocessing: Preprocessing,
    batch_size: int,
    training: bool,
    seed: int = 0,
    start_step: int = 0,
    repeat: bool = True,
    cache: str = "auto",
    num_parallel_calls: int | None = None,
    workers: int = 1,
    worker: int = 0,
    pieces: int = 1,
) -> "tf.data.Dataset":
    """Makes the batches that `fit` and `evaluate` take.

    Training batches are a pure function of `seed` and of their number: epoch
    `e` is a permutation drawn from `(seed, e)`, its last incomplete batch is
    dropped, and crops and flips are drawn from `(seed, position)`. Evaluation
    reads in order and keeps the last batch.

    Args:
        dataset: `SemanticDataset`.
        preprocessing: `Preprocessing`.
        batch_size: int.
        training: bool.
        seed: int. Defaults to `0`.
        start_step: int. Number of batches to leave out at the start; costs
            nothing. Defaults to `0`.
        repeat: bool. With `training=True`: endless if `True`; otherwise one
            epoch a pass, each complete pass followed by the next epoch.
            Defaults to `True`.
        cache: str, `"auto"`, `"on"` or `"off"`. Whether decoded and resized
            samples stay in memory. Defaults to `"auto"`: up to 1 GiB.
        num_parallel_calls: int or `None`. Samples prepared at a time. Defaults
            to the number of processors.
        workers: int. Processes that share each batch. Defaults to `1`.
        worker: int in `[0, workers)`. Which of them this is: it reads its own
            samples only. Defaults to `0`.
        pieces: int. Equal batches in which its share is handed out, one for
            each of its devices. Defaults to `1`.

    Returns:
        `tf.data.Dataset` of `({"label_map": (B, H, W) int32[, "edge_map":
        (B, H, W, 1) float32]}, image (B, H, W, 3) float32 in [-1, 1])`. For
        an unpaired dataset: `({"label_map": reference, "source": source},
        reference)`, all float32 images.
    """
    import tensorflow as tf

    stream = dataset.make_stream(
        preprocessing, batch_size, training, seed, cache
    )
    check_batch_size(preprocessing, batch_size)
    size = preprocessing.image_size or (None, None)
    signature = stream.signature(size)
    dtypes = [dtype for _, dtype in signature.values()]

    def read(position):
        try:
            return stream.arrays(position)
        except ValueError as error:
            # TensorFlow hands on the name of the class and the message.
            raise ValueError(str(error)) from error

    def load(position):
        arrays = tf.numpy_function(read, [position], dtypes)
        for array, (shape, _) in zip(arrays, signature.values(), strict=True):
            array.set_shape(shape)
        return stream.element(dict(zip(signature, arrays, strict=True)))

    first = start_step * batch_size
    if not training:
        positions = tf.data.Dataset.range(
            min(first, len(dataset)), len(dataset)
        )
    elif repeat:
        positions = tf.data.Dataset.range(first, _ENDLESS)
    else:
        positions = _epochs(tf, stream.epoch_size, first)
    share = batch_size // workers
    if workers > 1:
        # Before a file is read: nobody decodes what another worker trains on.
        positions = positions.batch(share).shard(workers, worker).unbatch()
    batches = positions.map(
        load,
        num_parallel_calls=num_parallel_calls or os.cpu_count(),
        deterministic=True,
    ).batch(share // pieces, drop_remainder=training)
    if training and repeat:
        # Otherwise Keras takes the huge but finite range for an epoch.
        batches = batches.apply(
            tf.data.experimental.assert_cardinality(
                tf.data.INFINITE_CARDINALITY
            )
        )
    options = tf.data.Options()
    policy = tf.data.experimental.AutoShardPolicy
    options.experimental_distribute.auto_shard_policy = policy.DATA
    return batches.prefetch(2).with_options(options)


def check_batch_size(preprocessing: Preprocessing, batch_size: int) -> None:
    """Raises `ValueError` if images could not share a batch.

    Args:
        preprocessing: `Preprocessing`.
        batch_size: int. Images in a batch.
    """
    if preprocessing.image_size is None and batch_size > 1:
        raise ValueError(
            f"`preprocess_mode={preprocessing.mode}` gives images of different "
            f"sizes, which cannot share a batch of {batch_size}; set "
            "`batch_size=1` or choose a mode that crops."
        )


def sample_error(error: Exception) -> ValueError | None:
    """Finds the sentence about a bad file inside an error of `tf.data`.

    Args:
        error: Exception raised while batches were taken.

    Returns:
        `ValueError` with that sentence, or `None` if it is another error.
    """
    match = re.search(r"ValueError: (.+)", str(error))
    return ValueError(match[1]) if match else None


def _epochs(tf, epoch_size, first):
    # The epoch moves on when a pass is complete, so that a peek at the first
    # batch (Keras does it to build a model) does not change the stream.
    state = {"position": first}

    def bounds(part):
        position = state["position"]
        end = position - position % epoch_size + epoch_size
        if part:
            state["position"] = end
            end = position
        return np.int64(position), np.int64(end)

    def positions(part):
        return tf.data.Dataset.range(
            *tf.numpy_function(bounds, [part], [tf.int64, tf.int64])
        )

    # The second part holds nothing; it is made when the first is used up.
    dataset = tf.data.Dataset.range(2).flat_map(positions)
    if first % epoch_size:
        # The first pass is shorter than the others.
        return dataset
    return dataset.apply(tf.data.experimental.assert_cardinality(epoch_size))
