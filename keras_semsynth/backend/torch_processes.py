"""Processes of PyTorch that `torchrun` has started."""

import atexit
import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import distributed


def join() -> str:
    """Joins the others, once.

    Returns:
        str. The kind of device that this process computes on.
    """
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if on_gpu else "gloo")
        # Its threads must not outlive Python: now and then that ends a process
        # whose work is done by "terminate called without an active exception".
        atexit.register(_leave)
    return "cuda" if on_gpu else "cpu"


def _leave():
    if distributed.is_initialized():
        distributed.destroy_process_group()


def process() -> tuple[int, int]:
    """Returns which process this is, and how many there are."""
    return distributed.get_rank(), distributed.get_world_size()


def gather(numbers: Sequence[float], device: str) -> np.ndarray:
    """Tells all processes what each of them says; all have to ask.

    Args:
        numbers: Sequence of float, as many for every process.
        device: str. What `join` returned.

    Returns:
        float64 array `(processes, len(numbers))`.
    """
    index, count = process()
    table = torch.zeros(count, len(numbers), dtype=torch.float64, device=device)
    table[index] = torch.as_tensor(np.float64(numbers))
    distributed.all_reduce(table)
    return table.cpu().numpy()
