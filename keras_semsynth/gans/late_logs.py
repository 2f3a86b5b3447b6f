"""Logs that stay where they were computed until somebody reads a number."""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import keras

from keras_semsynth.backend.tensor import Tensor


class LateLogs(Mapping):
    """Mapping of names to float, each of which is fetched when it is read.

    Args:
        tensors: Mapping, name -> scalar tensor, or a number.
    """

    def __init__(self, tensors: Mapping[str, Tensor]):
        self.tensors = dict(tensors)

    def __getitem__(self, name: str) -> float:
        return float(keras.ops.convert_to_numpy(self.tensors[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)


class LateCallbackList(keras.callbacks.CallbackList):
    """Hands the logs of a training step on as `LateLogs`.

    Keras's own list turns all of them into floats, and so waits for the device
    in every step.
    """

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        late = LateLogs(logs or {})
        for callback in self.callbacks:
            callback.on_train_batch_end(batch, logs=late)
