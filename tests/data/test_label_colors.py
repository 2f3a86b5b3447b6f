from unittest import mock

import numpy as np
import pytest

from keras_semsynth.data import label_colors
from keras_semsynth.data.label_colors import detect_colors
from keras_semsynth.data.label_colors import reads_colors
from tests.data import files

GREY, RED = np.full((4, 4, 3), 7), np.full((4, 4, 3), (200, 0, 0))


@pytest.fixture
def paths(tmp_path):
    """Writes arrays of ids or colours and gives their paths."""

    def write(*arrays, mode="L"):
        found = []
        for number, array in enumerate(arrays):
            path = tmp_path / f"{number}.png"
            if array.ndim == 3:
                found.append(files.write_colors(path, array))
            else:
                found.append(files.write_labels(path, array, mode))
        return found

    return write


def test_headers_alone_tell_grey_and_indexed_files(paths):
    ids = np.zeros((4, 4), int)
    with mock.patch.object(label_colors, "read_label_values") as read:
        for mode in ("L", "P", "I;16"):
            assert not reads_colors(paths(ids, ids, mode=mode))
            assert not reads_colors(paths(ids, mode=mode), "palette.txt")
    read.assert_not_called()


def test_one_coloured_file_decides_wherever_it_stands(paths):
    assert not reads_colors(paths(GREY, GREY))
    for arrays in ((RED, GREY, GREY), (GREY, GREY, RED), (GREY[..., 0], RED)):
        assert reads_colors(paths(*arrays))


def test_a_palette_is_for_rgb_files_and_a_tolerance_for_all(paths):
    assert reads_colors(paths(GREY), "palette.txt")
    ids = np.zeros((4, 4), int)
    assert reads_colors(paths(ids), "detect")
    assert reads_colors(paths(ids), "palette.txt", palette_tolerance=5)


def test_files_that_cannot_be_read_decide_nothing(paths, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"broken")
    found = [str(broken), str(tmp_path / "absent.png")]
    assert not reads_colors(found)
    assert reads_colors([*found, *paths(RED)])


def test_colours_are_found_in_the_order_of_their_values(paths):
    colors = detect_colors(paths(RED, GREY, np.full((4, 4), 3)))
    assert colors.tolist() == [[3, 3, 3], [7, 7, 7], [200, 0, 0]]
