"""Devices and processes of JAX that train together."""

import os
import sys
from collections.abc import Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils


def join(address: str, count: int, index: int, seconds: float) -> None:
    """Joins other processes, once; before anything else uses JAX.

    Args:
        address: str, `"host:port"` of process 0.
        count: int. Processes.
        index: int. Which of them this is.
        seconds: float. How long the others are waited for.

    Raises:
        RuntimeError: If not all have come by then.
    """
    if jax.distributed.is_initialized():
        return
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        address, count, index, initialization_timeout=max(1, round(seconds))
    )


def process() -> tuple[int, int]:
    """Returns which process this is, and how many there are."""
    return jax.process_index(), jax.process_count()


def devices() -> list:
    """Returns the devices of all processes."""
    return jax.devices()


def set_cpu_devices(count: int) -> None:
    """Makes so many devices of the CPU.

    Args:
        count: int.

    Raises:
        RuntimeError: If JAX was used before with another number.
    """
    try:
        jax.config.update("jax_num_cpu_devices", count)
    except RuntimeError:
        if len(jax.devices()) != count:
            raise


def gather(numbers: Sequence[float]) -> np.ndarray:
    """Tells all processes what each of them says; all have to ask.

    Args:
        numbers: Sequence of float, as many for every process.

    Returns:
        float32 array `(processes, len(numbers))`.
    """
    return multihost_utils.process_allgather(np.float32(numbers))


def leave(status: int) -> None:
    """Ends this process at once.

    JAX would wait at exit for a process that is gone, and then abort.

    Args:
        status: int. Exit status.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
