"""Whether a file of weights holds finite numbers alone."""

import os

import h5py
import numpy as np

from keras_semsynth.files.hdf5_file import check_hdf5


def find_broken_weights(path: str | os.PathLike) -> list[str]:
    """Names the groups of a weights file with numbers that are not finite.

    Args:
        path: Path of a file that Keras's `save_weights` wrote (`.weights.h5`).

    Returns:
        List of the names of its topmost groups, such as `"generator"` or
        `"optimizer"`, that hold NaN or infinity.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no HDF5 file of plain arrays.
    """
    # A checksum beside it says nothing of who wrote both.
    check_hdf5(path, os.path.getsize(path))
    broken = {}

    def visit(name, item):
        group = name.partition("/")[0]
        if not isinstance(item, h5py.Dataset) or item.dtype.kind != "f":
            return
        if group not in broken and not np.isfinite(item[()]).all():
            broken[group] = None

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return list(broken)
