"""What a report says of the machine and the packages."""

import importlib.metadata
import os
import platform
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import keras

PACKAGES = ("keras_semsynth", "keras", "tensorflow", "jax", "torch", "numpy")


class DeviceMemory(NamedTuple):
    """Bytes of an accelerator, each `None` where it is not known.

    Args:
        total: int or `None`. All that a process could get.
        free: int or `None`. What it can still get.
        peak: int or `None`. The most that it has had.
    """

    total: int | None
    free: int | None
    peak: int | None


def describe_machine(device_names: Callable[[], list[str]]) -> dict[str, Any]:
    """Describes this machine and its backend.

    Args:
        device_names: Function that returns the names of the devices.

    Returns:
        dict of JSON values.
    """
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpu_count": os.cpu_count(),
        "devices": device_names(),
        "backend": keras.backend.backend(),
        "precision": keras.config.dtype_policy().name,
        "python": platform.python_version(),
    }


def peak_process_memory() -> int | None:
    """Returns the most memory that this process has had.

    Returns:
        int, bytes; `None` on Windows.
    """
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, Linux KiB.
    return peak if platform.system() == "Darwin" else peak * 1024


def versions() -> dict[str, str]:
    """Returns the installed versions of the packages used.

    Returns:
        dict, package -> version.
    """
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
