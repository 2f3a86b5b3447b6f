"""The sample at any position of an endless, shuffled stream."""

import atexit
import functools
import threading
import time
import typing
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.preprocessing import image_to_float

if typing.TYPE_CHECKING:
    from keras_semsynth.data.semantic_dataset import SemanticDataset

# Resized samples up to this many bytes are kept when `cache="auto"`.
AUTO_CACHE_BYTES = 1 << 30

_SHUFFLE, _AUGMENT = 1, 2
_FLOAT_VALUES = image_to_float(np.arange(256, dtype="uint8"))


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
        dataset: "SemanticDataset",
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
                f"{len(dataset)}; lower `batch_size` or add samples."
            )
        dataset.require(preprocessing)
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.training = training
        self.seed = seed
        self.epoch_size = len(dataset)
        if training:
            self.epoch_size -= len(dataset) % batch_size
        self._cached = {}
        self._activity = _Activity()
        self._last = None
        self.caching = False
        self._permutation = functools.lru_cache(4)(self._draw_permutation)
        if cache == "auto":
            nbytes = self._resized(0).nbytes * len(dataset)
            cache = "on" if nbytes <= AUTO_CACHE_BYTES else "off"
        self.caching = cache == "on"

    def signature(self, size: Sequence[int | None]) -> dict[str, Any]:
        """Shape and dtype of what `arrays` returns, by name.

        Args:
            size: `(height, width)` of the samples; `None` where it varies.
        """
        signature = {
            "label_map": (tuple(size), "int32"),
            "image": ((*size, 3), "float32"),
        }
        if self.dataset.use_edge_map:
            signature["edge_map"] = ((*size, 1), "float32")
        return signature

    def element(self, arrays: dict[str, Any]) -> tuple[Any, Any]:
        """Turns named arrays into `(inputs, image)` for `fit`."""
        inputs = {k: v for k, v in arrays.items() if k != "image"}
        return inputs, arrays["image"]

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
        with self._activity:
            if self._activity.closed and self._last is not None:
                return self._last
            self._last = self._make(int(position))
            return self._last

    def _make(self, position):
        sample = self._resized(self.index(position))
        random = np.random.default_rng([self.seed, _AUGMENT, position])
        parameters = self.preprocessing.draw(sample, random, self.training)
        sample = self.preprocessing.crop_and_flip(sample, *parameters)
        arrays = (
            sample.label_map.astype("int32"),
            image_values(sample.image),
        )
        if self.dataset.use_edge_map:
            arrays += (edge_map_from_instances(sample.instance_map),)
        return arrays

    def _resized(self, index):
        sample = self._cached.get(index)
        if sample is None:
            sample = self.dataset.read_resized(index, self.preprocessing)
            if self.caching:
                self._cached[index] = sample
        return sample

    def _draw_permutation(self, epoch):
        random = np.random.default_rng([self.seed, _SHUFFLE, epoch])
        return random.permutation(len(self.dataset))


def image_values(image: np.ndarray) -> np.ndarray:
    """Float32 values in `[-1, 1]` of a uint8 image."""
    return _FLOAT_VALUES[image]


class _Activity:
    """Counts calls, so that the process can end between two of them.

    Threads of `tf.data` that are inside Python when the interpreter shuts down
    never come back, and TensorFlow then waits for them for ever.
    """

    def __init__(self):
        self.closed = False
        self._lock = threading.Lock()
        self._running = self._calls = 0
        _ACTIVITIES.add(self)

    def __enter__(self):
        with self._lock:
            self._running += 1
            self._calls += 1

    def __exit__(self, *error):
        with self._lock:
            self._running -= 1

    def close(
        self, quiet_seconds: float = 0.15, patience_seconds: float = 10.0
    ) -> None:
        """Waits until no call has come for a while: all buffers are full."""
        self.closed = True
        start = last = time.monotonic()
        calls = self._calls
        while (now := time.monotonic()) - start < patience_seconds:
            if self._running or self._calls != calls:
                calls, last = self._calls, now
            elif now - last > quiet_seconds:
                return
            time.sleep(0.01)


_ACTIVITIES = weakref.WeakSet()


@atexit.register
def _close_all():
    for activity in list(_ACTIVITIES):
        activity.closed = True
    for activity in list(_ACTIVITIES):
        activity.close()
