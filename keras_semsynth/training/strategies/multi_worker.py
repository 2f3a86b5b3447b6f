import contextlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.training.strategies.cluster import Cluster
from keras_semsynth.training.strategies.strategy import Strategy


class MultiWorker(Strategy):
    """Several processes under TensorFlow's MultiWorkerMirroredStrategy.

    Every process computes on all GPUs it sees, or on its CPU.

    Args:
        batch_size: As for `Strategy`.
        cluster: `Cluster`, whose workers have met.
    """

    def __init__(self, batch_size: int, cluster: Cluster):
        import tensorflow as tf

        self.num_workers = len(cluster.addresses)
        self.worker = cluster.worker
        # Before anything asks for devices: collectives are set up here.
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy()
        here = self._strategy.num_replicas_in_sync // self.num_workers
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        super().__init__(batch_size, [f"/{kind}:{i}" for i in range(here)])
        self._sum = tf.function(self._all_reduce)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        return self._strategy.scope()

    def distribute(self, make_stream: Callable[..., Any]) -> Any:
        return self._strategy.distribute_datasets_from_function(
            lambda context: make_stream(
                workers=self.num_workers,
                worker=self.worker,
                pieces=len(self.devices),
            )
        )

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        import tensorflow as tf

        table = np.zeros((self.num_workers, len(numbers)))
        table[self.worker] = numbers
        # All replicas of this worker add the same.
        return self._sum(tf.constant(table / len(self.devices))).numpy()

    def _all_reduce(self, table):
        import tensorflow as tf

        def of_replica(x):
            context = tf.distribute.get_replica_context()
            # The sum gives the tensor a device, which the reduction needs.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, x + 0.0)

        sums = self._strategy.run(of_replica, args=(table,))
        return self._strategy.experimental_local_results(sums)[0]
