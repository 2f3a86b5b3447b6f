import os
from collections.abc import Sequence

import numpy as np

from keras_semsynth.training.strategies.strategy import Strategy


class TorchRanks(Strategy):
    """Processes of PyTorch that `torchrun` has started, one for each device.

    Args:
        batch_size: As for `Strategy`.
    """

    def __init__(self, batch_size: int):
        import torch
        from torch import distributed

        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if on_gpu else "gloo")
        self.num_workers = distributed.get_world_size()
        self.worker = distributed.get_rank()
        super().__init__(batch_size, ["cuda" if on_gpu else "cpu"])

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        import torch

        table = torch.zeros(
            self.num_workers,
            len(numbers),
            dtype=torch.float64,
            device=self.devices[0],
        )
        table[self.worker] = torch.as_tensor(np.float64(numbers))
        torch.distributed.all_reduce(table)
        return table.cpu().numpy()
