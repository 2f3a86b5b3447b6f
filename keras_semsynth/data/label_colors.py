"""Whether label maps are read by colour, and which colours they have."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from keras_semsynth.data.counting import ValueCounts
from keras_semsynth.data.counting import count_values
from keras_semsynth.data.palettes import color_codes
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.data.smoothed_maps import find_smoothing
from keras_semsynth.files.images import is_rgb
from keras_semsynth.files.images import open_image
from keras_semsynth.files.images import read_label_values

MAX_DETECTED_COLORS = 1024
# After so many files it is looked whether they can be label maps at all.
_PART = 64


def reads_colors(
    paths: Sequence[str],
    palette: str | None = None,
    palette_tolerance: int = 0,
) -> bool:
    """Whether label maps are read by colour; this holds for all files alike.

    They are if one of them is an RGB file with colours. Headers tell which
    files are RGB, and only those are decoded, until colours are found.

    Args:
        paths: Sequence of str. All label files, of all splits.
        palette: str or `None`. See `folder`. Defaults to `None`.
        palette_tolerance: int. See `folder`. Defaults to `0`.

    Returns:
        bool.
    """
    if palette == "detect" or palette_tolerance:
        return True

    def has_colors(path):
        try:
            if not is_rgb(path):
                return False
            if palette is not None:
                return True
            values = read_label_values(path)
            return values.ndim == 3 and grey_values(values) is None
        except ValueError:
            return False  # Said of this file when it is checked.

    with ThreadPoolExecutor() as pool:
        try:
            return any(pool.map(has_colors, paths))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def detect_colors(
    paths: Sequence[str], palette_tolerance: int = 0
) -> np.ndarray:
    """Collects the colours of label maps.

    Args:
        paths: Sequence of str. Grey and indexed files count with their grey
            and palette colours.
        palette_tolerance: int. With one, only the main colours of smoothed
            maps count. Defaults to `0`.

    Returns:
        uint8 array `(num_colors, 3)` in the order of red, green, blue, the
        same whatever the order of the files.

    Raises:
        ValueError: If the colours are not those of classes.
    """

    def count(path):
        colors = read_label_values(
            path, as_colors=True, lossy=palette_tolerance > 0
        )
        return count_values(color_codes(colors), is_color=True)

    counts = ValueCounts()
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(paths), _PART):
            part = paths[start : start + _PART]
            for path, found in zip(part, pool.map(count, part), strict=True):
                counts.add(path, found)
            if len(counts.pixels) > MAX_DETECTED_COLORS:
                if find_smoothing(counts) is None:
                    raise ValueError(
                        "The label maps have more than "
                        f"{MAX_DETECTED_COLORS} colours, up to {path}, so they "
                        "are no label maps, or they were saved with loss; "
                        "check `label_dir`, or give the true colours as "
                        "`palette=FILE`."
                    )
    smoothing = find_smoothing(counts)
    if smoothing is None:
        return np.array(counts.colors, "uint8")
    if palette_tolerance:
        return np.array(smoothing.main, "uint8")
    raise ValueError(
        f"The label maps are smoothed: {smoothing.summary()}; save them again "
        "without interpolation and loss, or take for each colour the nearest "
        "main one with `palette=detect` and "
        f"`palette_tolerance={smoothing.tolerance()}`."
    )


def embedded_palette(path: str, values: Sequence[int]) -> np.ndarray | None:
    """Colours that an indexed file has for some values.

    Args:
        path: str.
        values: Sequence of int.

    Returns:
        uint8 array `(len(values), 3)`, or `None` if the file is not indexed
        or its colours do not tell the values apart.
    """
    image = open_image(path)
    if image.mode != "P":
        return None
    colors = np.array(image.getpalette(), "uint8").reshape(-1, 3)
    if max(values) >= len(colors):
        return None
    colors = colors[np.asarray(values)]
    distinct = len(np.unique(colors, axis=0)) == len(colors)
    return colors if distinct and grey_values(colors) is None else None
