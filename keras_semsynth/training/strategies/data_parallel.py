import atexit
import contextlib
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
        from keras_semsynth.backend import jax_processes

        self._processes = jax_processes
        self.worker, self.num_workers = jax_processes.process()
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

    def abandon(self, status: int) -> None:
        # Registered last, so that it comes before what JAX has registered.
        atexit.register(self._processes.leave, status)

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        if self.num_workers == 1:
            return super().gather(numbers)
        return self._processes.gather(numbers)
