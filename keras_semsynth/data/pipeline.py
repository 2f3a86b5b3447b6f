"""Batches for training and evaluation as a `tf.data.Dataset`."""

import functools
import itertools
import os
import re

import numpy as np

from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.preprocessing import image_to_float
from keras_semsynth.data.semantic_dataset import SemanticDataset

# Resized samples up to this many bytes are kept when `cache="auto"`.
AUTO_CACHE_BYTES = 1 << 30

# A stream that no training run reaches the end of, in samples.
_ENDLESS = 1 << 62

_SHUFFLE, _AUGMENT = 1, 2


class SampleStream:
    """Computes the sample at any position of a stream, from nothing else.

    Args:
        dataset: `SemanticDataset`.
        preprocessing: `Preprocessing`.
        batch_size: int. Samples a batch; an epoch holds whole batches only
            when training.
        training: bool. Whether to shuffle and flip.
        seed: int. Defaults to `0`.
        cache: str, `"auto"`, `"on"` or `"off"`. Whether resized samples stay
            in memory; `"auto"` does it up to 1 GiB. Defaults to `"auto"`.
    """

    def __init__(
        self,
        dataset: SemanticDataset,
        preprocessing: Preprocessing,
        batch_size: int,
        training: bool,
        seed: int = 0,
        cache: str = "auto",
    ):
        if cache not in ("auto", "on", "off"):
            raise ValueError(
                "`cache` must be 'auto', 'on' or 'off'. Received: "
                f"cache={cache!r}."
            )
        if batch_size < 1:
            raise ValueError(
                "`batch_size` must be positive. Received: "
                f"batch_size={batch_size}."
            )
        if len(dataset) == 0:
            raise ValueError(f"Dataset {dataset.name!r} is empty.")
        if training and len(dataset) < batch_size:
            raise ValueError(
                f"A batch of {batch_size} samples needs at least as many in "
                f"the dataset, but {dataset.name!r} ({dataset.split}) has "
                f"{len(dataset)}; lower --batch_size or add samples."
            )
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.training = training
        self.seed = seed
        self.epoch_size = len(dataset)
        if training:
            self.epoch_size -= len(dataset) % batch_size
        self._cached = {}
        self.caching = False
        self._permutation = functools.lru_cache(4)(self._draw_permutation)
        if cache == "auto":
            nbytes = self._resized(0).nbytes * len(dataset)
            cache = "on" if nbytes <= AUTO_CACHE_BYTES else "off"
        self.caching = cache == "on"

    def index(self, position: int) -> int:
        """Index into the dataset at a position of the stream."""
        epoch, offset = divmod(position, self.epoch_size)
        if not self.training:
            return offset
        return int(self._permutation(epoch)[offset])

    def arrays(self, position: int) -> tuple[np.ndarray, ...]:
        """Arrays of the sample at a position of the stream.

        Args:
            position: int, counted over all epochs.

        Returns:
            Tuple of an int32 label map `(height, width)`, a float32 image
            `(height, width, 3)` and, if the dataset has instance maps, a
            float32 edge map `(height, width, 1)`.
        """
        position = int(position)
        sample = self._resized(self.index(position))
        random = np.random.default_rng([self.seed, _AUGMENT, position])
        parameters = self.preprocessing.draw(sample, random, self.training)
        sample = self.preprocessing.crop_and_flip(sample, *parameters)
        arrays = (
            sample.label_map.astype("int32"),
            _FLOAT_VALUES[sample.image],
        )
        if self.dataset.use_edge_map:
            arrays += (edge_map_from_instances(sample.instance_map),)
        return arrays

    def _resized(self, index):
        sample = self._cached.get(index)
        if sample is None:
            sample = self.dataset.read(index)
            sample = self.preprocessing.resize(sample)
            if self.caching:
                self._cached[index] = sample
        return sample

    def _draw_permutation(self, epoch):
        random = np.random.default_rng([self.seed, _SHUFFLE, epoch])
        return random.permutation(len(self.dataset))


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
):
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

    Returns:
        `tf.data.Dataset` of `({"label_map": (B, H, W) int32[, "edge_map":
        (B, H, W, 1) float32]}, image (B, H, W, 3) float32 in [-1, 1])`.
    """
    import tensorflow as tf

    stream = SampleStream(
        dataset, preprocessing, batch_size, training, seed, cache
    )
    size = preprocessing.image_size or (None, None)
    if size == (None, None) and batch_size > 1:
        raise ValueError(
            f"--preprocess_mode={preprocessing.mode} gives images of different "
            f"sizes, which cannot share a batch of {batch_size}; set "
            "--batch_size=1 or choose a mode that crops."
        )
    shapes = [size, (*size, 3)]
    dtypes = [tf.int32, tf.float32]
    if dataset.use_edge_map:
        shapes.append((*size, 1))
        dtypes.append(tf.float32)

    def load(position):
        arrays = tf.numpy_function(stream.arrays, [position], dtypes)
        for array, shape in zip(arrays, shapes, strict=True):
            array.set_shape(shape)
        x = {"label_map": arrays[0]}
        if dataset.use_edge_map:
            x["edge_map"] = arrays[2]
        return x, arrays[1]

    first = start_step * batch_size
    if not training:
        positions = tf.data.Dataset.range(
            min(first, len(dataset)), len(dataset)
        )
    elif repeat:
        positions = tf.data.Dataset.range(first, _ENDLESS)
    else:
        positions = _epochs(tf, stream.epoch_size, first)
    batches = positions.map(
        load,
        num_parallel_calls=num_parallel_calls or os.cpu_count(),
        deterministic=True,
    ).batch(batch_size, drop_remainder=training)
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
    epochs = itertools.count(first // epoch_size)
    state = {"epoch": next(epochs), "first": first % epoch_size}

    def positions():
        start = state["epoch"] * epoch_size
        yield from range(start + state["first"], start + epoch_size)
        state["epoch"] = next(epochs)
        state["first"] = 0

    dataset = tf.data.Dataset.from_generator(
        positions, output_signature=tf.TensorSpec((), tf.int64)
    )
    if state["first"]:
        # The first pass is shorter than the others.
        return dataset
    return dataset.apply(tf.data.experimental.assert_cardinality(epoch_size))


_FLOAT_VALUES = image_to_float(np.arange(256, dtype="uint8"))
