"""What a report says of the machine and the packages."""

import importlib.metadata
import os
import platform
from collections.abc import Callable
from typing import Any

import keras

PACKAGES = ("keras_semsynth", "keras", "tensorflow", "jax", "torch", "numpy")


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


def free_system_memory() -> int | None:
    """Returns the memory that a process can still get.

    Returns:
        int, bytes; `None` where the system does not tell.
    """
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


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
