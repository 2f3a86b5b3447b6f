import io

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.data.counting import ValueCounts
from keras_semsynth.data.counting import count_values
from keras_semsynth.data.palettes import color_codes
from keras_semsynth.data.palettes import nearest_colors
from keras_semsynth.data.smoothed_maps import find_smoothing

COLORS = np.array(
    [(128, 128, 128), (128, 0, 0), (0, 128, 0), (0, 0, 200)], "uint8"
)


def scene(size=96, count=4):
    """A layout of a disc and a square before a horizon."""
    y, x = np.mgrid[:size, :size]
    ids = (y > size // 2).astype(int)
    ids[(y - 40) ** 2 + (x - 30) ** 2 < size * 4] = 2 % count
    ids[size * 5 // 8 : size * 7 // 8, size // 2 : -size // 8] = 3 % count
    return ids


def counts_of(*arrays):
    counts = ValueCounts()
    for number, array in enumerate(arrays):
        if array.ndim == 3:
            found = count_values(color_codes(array), is_color=True)
        else:
            found = count_values(array)
        counts.add(str(number), found)
    return counts


def resized(array, method, size=(150, 150)):
    method = getattr(Image.Resampling, method)
    return np.asarray(Image.fromarray(array).resize(size, method))


def compressed(array, kind, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return np.asarray(Image.open(buffer).convert("RGB"))


@pytest.mark.parametrize("method", ["BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize("size", [(150, 150), (60, 50)])
def test_interpolated_colours_are_found_with_the_classes(method, size):
    smoothed = resized(COLORS[scene()], method, size)
    found = find_smoothing(counts_of(smoothed))
    assert found.main == sorted(map(tuple, COLORS.tolist()))
    # The tolerance is enough for each pixel, and not more than that.
    colors = np.array(found.main, "uint8")
    distances = nearest_colors(smoothed.reshape(-1, 3), colors)[1]
    assert distances.max() <= found.tolerance() < distances.max() + 1


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 75}), ("JPEG", {"quality": 95}), ("WEBP", {})],
)
def test_lossy_colours_are_found_without_their_twins(kind, options):
    lossy = compressed(COLORS[scene(256)], kind, **options)
    found = find_smoothing(counts_of(lossy))
    assert len(found.main) == len(COLORS)
    distance = nearest_colors(np.array(found.main, "uint8"), COLORS)[1]
    assert distance.max() < 4


def test_smoothed_masks_have_two_main_ids():
    mask = np.where(scene(count=2) == 1, 255, 0).astype("uint8")
    found = find_smoothing(counts_of(resized(mask, "BILINEAR")))
    assert found.main == [0, 255]
    assert "2 ids hold" in found.summary()


def test_one_smoothed_file_among_clean_ones_is_found():
    clean = COLORS[scene()]
    arrays = [clean] * 20 + [resized(clean, "BICUBIC")]
    assert len(find_smoothing(counts_of(*arrays)).main) == 4


def lines():
    ids = scene(count=2)
    for number in range(2, 7):
        ids[number * 4] = number
    return ids


@pytest.mark.parametrize(
    "ids",
    [
        scene(),
        np.random.default_rng(0).integers(0, 4, (64, 64)),
        np.arange(64 * 64).reshape(64, 64) // 64,
        lines(),
        np.zeros((2, 2), int),
    ],
    ids=["areas", "noise", "bands", "lines", "tiny"],
)
def test_clean_maps_are_not_called_smoothed(ids):
    assert find_smoothing(counts_of(ids)) is None
    colors = np.random.default_rng(1).integers(0, 256, (64, 3), "uint8")
    assert find_smoothing(counts_of(colors[ids])) is None


def test_photographs_are_not_called_smoothed():
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), "uint8")
    counts = counts_of(noise)
    assert find_smoothing(counts) is None
    assert not counts.complete


def test_counts_are_those_of_numpy():
    ids = scene(50)
    counts = count_values(ids)
    values, pixels = np.unique(ids, return_counts=True)
    assert counts.keys == values.tolist()
    np.testing.assert_array_equal(counts.pixels, pixels)
    windows = np.lib.stride_tricks.sliding_window_view(ids, (3, 3))
    same = (windows == ids[1:-1, 1:-1, None, None]).all((2, 3))
    solid = [int((same & (ids[1:-1, 1:-1] == v)).sum()) for v in values]
    assert counts.solid.tolist() == solid
