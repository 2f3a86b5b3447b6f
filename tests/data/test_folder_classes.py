import numpy as np
import pytest

from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.files.listing import list_images
from tests.data import files


@pytest.fixture
def labels(tmp_path):
    """Writes label maps of one row of values each, and gives their folder."""

    def write(*rows, mode="L"):
        for number, row in enumerate(rows):
            path = tmp_path / f"{number}.png"
            row = np.array([row, row])
            if row.ndim == 3:
                files.write_colors(path, row)
            else:
                files.write_labels(path, row, mode)
        return str(tmp_path)

    return write


def read(folder, number=0, **arguments):
    """The ids of the first row of a file, and the classes."""
    classes = find_classes(list_images(folder), **arguments)
    return classes.ids(f"{folder}/{number}.png")[0].tolist(), classes


def test_zero_can_be_void_without_a_dead_class(labels):
    folder = labels([0, 1, 2, 3, 4])
    ids, classes = read(folder, num_classes=4, ignore_label=0)
    assert ids == [4, 0, 1, 2, 3]
    assert classes.names[-1] == "unknown"
    assert classes.file_values() == [1, 2, 3, 4, 0]
    named = find_classes(
        list_images(folder),
        num_classes=4,
        ignore_label=0,
        class_names="a,b,c,d",
    )
    assert named.names == ("a", "b", "c", "d", "unknown")


def test_listed_values_are_dense_classes(labels):
    folder = labels([0, 255], [255, 255])
    ids, classes = read(folder, label_ids=(0, 255))
    assert (ids, len(classes)) == ([0, 1], 2)
    assert classes.unknown_id is None
    assert read(folder, 1, label_ids=(255, 0))[0] == [0, 0]
    folder = labels([7, 0, 3, 255])
    ids, classes = read(folder, label_ids=(0, 3, 7), ignore_label=255)
    assert ids == [2, 0, 1, 3]
    folder = labels([1000, 40000, 2000], mode="I;16")
    assert read(folder, label_ids=(1000, 2000, 40000))[0] == [0, 2, 1]


def test_two_levels_are_read_from_files_of_one_bit(tmp_path):
    image = files.Image.fromarray(np.array([[0, 255]] * 2, "uint8"))
    for suffix in ("png", "tif"):
        path = files.save(tmp_path / f"a.{suffix}", image.convert("1"))
        classes = find_classes(list_images(tmp_path), num_classes=2)
        assert classes.ids(path).tolist() == [[0, 1]] * 2


def test_the_void_of_a_palette_may_be_any_line(labels, tmp_path):
    folder = labels([(9, 9, 9), (0, 0, 0), (5, 5, 200)])
    palette = tmp_path / "palette.txt"
    palette.write_text("0 0 0 void\n9 9 9 road\n5 5 200 sea\n")
    ids, classes = read(folder, palette=str(palette), ignore_label=0)
    assert ids == [0, 2, 1]
    assert classes.names == ("road", "sea", "unknown")
    assert classes.palette.tolist() == [[9, 9, 9], [5, 5, 200], [0, 0, 0]]
    ids, classes = read(
        folder, palette=str(palette), label_ids=(2, 1), ignore_label=0
    )
    assert classes.names == ("sea", "road", "unknown")
    assert ids == [1, 2, 0]


def test_one_file_with_colours_makes_all_files_coloured(labels):
    grey, red = (0, 0, 0), (200, 0, 0)
    folder = labels([grey, grey], [grey, red])
    ids, classes = read(folder)
    assert (ids, len(classes)) == ([0, 0], 2)
    assert read(folder, 1)[0] == [0, 1]


def test_grey_files_in_rgb_stay_ids(labels):
    folder = labels([(0, 0, 0), (2, 2, 2)])
    assert read(folder, num_classes=3)[0] == [0, 2]


def test_indexed_files_are_read_by_colour_beside_rgb_files(labels, tmp_path):
    folder = labels([(0, 0, 0), (200, 0, 0)])
    image = files.Image.fromarray(np.array([[0, 1]] * 2, "uint8"))
    image.putpalette([200, 0, 0, 0, 0, 0])
    files.save(tmp_path / "1.png", image)
    assert read(folder, 1)[0] == [1, 0]


def test_smoothed_colours_need_a_tolerance(tmp_path):
    ids = files.stripes((40, 40), (0, 1, 2))
    colors = np.array([(200, 0, 0), (0, 200, 0), (0, 0, 200)], "uint8")
    image = files.Image.fromarray(colors[ids])
    bilinear = files.Image.Resampling.BILINEAR
    files.save(tmp_path / "0.png", image.resize((130, 130), bilinear))
    folder = str(tmp_path)
    with pytest.raises(ValueError, match="smoothed: 3 colours.*tolerance=142"):
        find_classes(list_images(folder))
    ids, classes = read(folder, palette="detect", palette_tolerance=142)
    assert len(classes) == 3
    assert (ids[0], ids[65], ids[-1]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs `num_classes`.*`label_ids`"),
        ({"label_ids": ()}, "`label_ids` must list"),
        ({"label_ids": (0, 0)}, "each value .* once.*0,0"),
        ({"label_ids": (0, 70000)}, "`label_ids` must lie in 0 to 65535"),
        ({"label_ids": (0, 1), "num_classes": 3}, "lists 2 values"),
        ({"label_ids": (0, 1), "ignore_label": 1}, "`ignore_label=1` is a"),
        ({"num_classes": 2, "palette_tolerance": 9}, "needs colours"),
        ({"num_classes": 0}, "`num_classes` must lie in 1"),
        ({"palette": "detect", "num_classes": 4}, "colours 0 to 1: correct"),
        ({"palette": "detect", "ignore_label": 255}, "would be colour 255"),
    ],
)
def test_arguments_that_contradict_are_refused(labels, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        find_classes(list_images(labels([0, 1])), **arguments)
    assert "\n" not in str(caught.value)


def test_palette_and_number_of_listed_values_may_agree(labels):
    classes = find_classes(
        list_images(labels([0, 9])), num_classes=2, label_ids=(0, 9)
    )
    assert len(classes) == 2
