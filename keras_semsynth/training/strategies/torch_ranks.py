from collections.abc import Sequence

import numpy as np

from keras_semsynth.training.strategies.strategy import Strategy


class TorchRanks(Strategy):
    """Processes of PyTorch that `torchrun` has started, one for each device.

    Args:
        batch_size: As for `Strategy`.
    """

    def __init__(self, batch_size: int):
        from keras_semsynth.backend import torch_processes

        self._processes = torch_processes
        super().__init__(batch_size, [torch_processes.join()])
        self.worker, self.num_workers = torch_processes.process()

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        return self._processes.gather(numbers, self.devices[0])
