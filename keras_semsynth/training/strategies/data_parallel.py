import atexit
import contextlib
import os
import sys
from collections.abc import Iterator
from collections.abc import Sequence

import keras
import numpy as np

from keras_semsynth.training.strategies.strategy import Strategy


class DataParallel(Strategy):
    """Devices of one or several JAX processes under Keras's DataParallel.

    Arrays are global: the step is compiled once for all devices.

    Args:
        batch_size: As for `Strategy`.
        devices: Sequence of `jax.Device`, of all workers.
        remark: As for `Strategy`. Defaults to `""`.
    """

    def __init__(self, batch_size: int, devices: Sequence, remark: str = ""):
        import jax

        self.num_workers = jax.process_count()
        self.worker = jax.process_index()
        own = [d for d in devices if d.process_index == self.worker]
        super().__init__(batch_size, [d.platform for d in own], remark)
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(
                devices=list(devices), auto_shard_dataset=False
            )
        )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        # Every new variable, and Keras makes some when it saves, would be
        # waited for by all processes.
        distribution = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        try:
            yield
        finally:
            keras.distribution.set_distribution(distribution)

    def abandon(self) -> None:
        # JAX would wait at exit for the one that is gone, and then abort.
        atexit.register(_leave, 75)

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        from jax.experimental import multihost_utils

        if self.num_workers == 1:
            return super().gather(numbers)
        # Numbers of float32 are all that JAX has.
        return multihost_utils.process_allgather(np.float32(numbers))


def _leave(status):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
