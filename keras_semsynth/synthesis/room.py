"""Refuses pictures that neither the disk nor the memory could hold."""

import math
import os
import pathlib
import shutil
from collections.abc import Sequence

from keras_semsynth import backend
from keras_semsynth.synthesis.layout import Layout

# The least that a file takes of a disk, and its names of the memory.
FILE_BYTES = 4096
NAMES_BYTES = 1024


def require_room(
    layouts: int, images: int, folder: str | os.PathLike | None, lower: str
) -> None:
    """Raises if so many images could never be written.

    Nothing is listed for it, so it is quick however many there are.

    Args:
        layouts: int. Label maps or photographs.
        images: int. Images of each.
        folder: Path of the output folder; need not exist. `None` if its disk
            is not of this machine.
        lower: str. What decides how many there are.

    Raises:
        ValueError: If the names do not fit into the memory, or the files not
            on the disk.
    """
    files = layouts * images
    if folder is not None:
        place = pathlib.Path(folder).absolute()
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
        if files * FILE_BYTES > free:
            raise ValueError(
                f"{files} images would take at least "
                f"{backend.say_bytes(files * FILE_BYTES)}, but the disk that "
                f"holds {place} has {backend.say_bytes(free)} left: lower "
                f"{lower}."
            )
    backend.require_memory(
        files * NAMES_BYTES, f"A list of {files} images", lower, computed=False
    )


def require_pictures(
    layouts: Sequence[Layout], images: int, lower: str = "`count`"
) -> None:
    """Raises if so many pictures could not be in memory together.

    Args:
        layouts: Sequence of `Layout`.
        images: int. Pictures of each.
        lower: str. What decides how many there are. Defaults to "`count`".

    Raises:
        ValueError: If they could not.
    """
    pixels = sum(math.prod(layout.size) for layout in layouts)
    # Colours of 8 bits, once more when they become one array.
    backend.require_memory(
        6 * pixels * images,
        f"{len(layouts) * images} pictures together",
        lower,
        computed=False,
    )
