"""The file of another folder that belongs to a label map."""

import os
import pathlib
from collections.abc import Collection

from keras_semsynth.files.listing import EXTENSIONS
from keras_semsynth.files.listing import is_image
from keras_semsynth.files.listing import stem


def partner(
    folder: str | os.PathLike | None,
    relative: pathlib.Path,
    what: str,
    extensions: Collection[str] = EXTENSIONS,
    label_map: pathlib.Path | None = None,
) -> pathlib.Path | None:
    """Finds the picture that is named like a label map.

    Args:
        folder: Path, or `None` if there is nothing to find.
        relative: Path of the label map below its own folder.
        what: str. What it is, for the message.
        extensions: Collection of str. What its name may end with. Defaults to
            `EXTENSIONS`, those of all pictures.
        label_map: Path of the label map, which is not its own partner.
            Defaults to `None`.

    Returns:
        Path, or `None` without a folder.

    Raises:
        ValueError: If there is none.
    """
    if folder is None:
        return None
    wanted = stem(relative)
    parent = pathlib.Path(folder) / relative.parent
    if parent.is_dir():
        for path in sorted(parent.iterdir()):
            if path != label_map and stem(path) == wanted:
                if is_image(path.name, extensions):
                    return path
    raise ValueError(f"There is no {what} {relative.stem} in {parent}.")
