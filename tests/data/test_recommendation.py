"""Follows each kind of advice: what is recommended is read without a fault."""

import numpy as np
import pytest

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import validate
from tests.data import files
from tests.data.folder_kinds import KINDS
from tests.data.folder_kinds import SIZE
from tests.data.folder_kinds import Folder
from tests.data.folder_kinds import layout
from tests.data.folder_kinds import of_colors
from tests.data.folder_kinds import of_ids
from tests.data.folder_kinds import of_smoothed_colors

INSTANCES = "look like instance maps"


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def follow(arguments):
    """Opens, validates and reads a dataset; returns all ids that occur."""
    known = dict(arguments)
    size = known.pop("image_size")
    dataset = describe("folder", **known)
    validate(dataset, Preprocessing(load_size=size, crop_size=size))
    samples = [dataset.read(index) for index in range(len(dataset))]
    return dataset, set(np.unique([sample.label_map for sample in samples]))


@pytest.mark.parametrize("kind", KINDS)
def test_advice_can_be_followed(folder, kind):
    fill, given, expected, count = KINDS[kind]
    fill(folder)
    report = folder.check(**given)
    recommended = dict(report.recommended)
    if "palette_tolerance" in expected:
        # Which distances occur depends on Pillow.
        assert recommended["palette_tolerance"] > 9
        recommended["palette_tolerance"] = expected["palette_tolerance"]
    for name in ("num_classes", "ignore_label", "label_ids", "palette",
                 "palette_tolerance", "image_size"):  # fmt: skip
        wanted = expected.get(name, SIZE if name == "image_size" else None)
        assert recommended.get(name) == wanted, (name, str(report))
    dataset, ids = follow(report.recommended)
    assert dataset.num_classes == count
    if given.get("num_classes", 0) <= count and "more" not in kind:
        assert ids == set(range(count)), "a class that never occurs"
    assert dataset.use_edge_map == ("instance_dir" in folder.arguments)
    again = check_dataset("folder", report.recommended)
    assert not again.failed, str(again)
    assert again.recommended == report.recommended


def accepted(arguments):
    """Whether training would take a folder: what `check_data` must say."""
    try:
        for split in ("train", "val"):
            dataset = describe("folder", split=split, **arguments)
            if dataset is not None:
                validate(dataset, max_samples=None)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_the_verdict_is_that_of_training(folder, kind):
    KINDS[kind][0](folder)
    for given in (KINDS[kind][1], {}, {"num_classes": 3}, {"num_classes": 300}):
        report = folder.check(**given)
        assert report.failed == (not accepted({**folder.arguments, **given}))


def test_a_gapless_row_is_never_void_at_its_end(folder):
    of_ids(0, 1, 2, 3, 4)(folder)
    report = folder.check()
    assert "`ignore_label=0` with `num_classes=4`" in str(report)
    report = folder.check(num_classes=4)
    assert "`num_classes=5` instead" in str(report)


def test_a_mask_with_a_third_value_is_not_called_a_mask(folder):
    of_ids(0, 255)(folder)
    folder.add(layout((0, 1, 255)))
    report = folder.check(label_ids=(0, 255))
    assert report.failed
    assert report.recommended["ignore_label"] == 1


def test_smoothed_maps_are_summed_up_in_few_lines(folder, tmp_path):
    of_smoothed_colors(folder)
    palette = tmp_path / "palette.txt"
    report = check_dataset(
        "folder", folder.arguments, write_palette=str(palette)
    )
    text = str(report)
    assert "4 colours hold" in text and "along edges" in text
    assert len(report.lines()) < 20
    assert len(palette.read_text().splitlines()) == 5
    assert report.recommended["palette"] == str(palette)
    assert not check_dataset("folder", report.recommended).failed
    # With the colours of their owner, the tolerance is what is missing.
    report = folder.check(palette=str(palette))
    assert report.recommended["palette"] == str(palette)
    assert not check_dataset("folder", report.recommended).failed


def test_a_palette_that_lacks_a_colour_is_completed(folder, tmp_path):
    of_colors(folder)
    palette, more = tmp_path / "palette.txt", tmp_path / "more.txt"
    palette.write_text("128 128 128 sky\n0 128 0 tree\n0 0 200 sea\n")
    report = folder.check(palette=str(palette))
    assert report.failed and not report.recommended
    assert "lacks 1 colour " in str(report)
    report = check_dataset(
        "folder",
        {**folder.arguments, "palette": str(palette)},
        write_palette=str(more),
    )
    assert "128 0 0 class 3" in more.read_text()
    assert not check_dataset("folder", report.recommended).failed


def instance_ids(seed):
    random = np.random.default_rng(seed)
    return layout(random.choice(np.arange(300, 60000), 5, False), seed)


@pytest.mark.parametrize(
    "arrays",
    [
        [layout((7, 11, 26000, 26001, 24000), s) for s in range(3)],
        [instance_ids(seed) for seed in range(6)],
        [layout(range(n), n) for n in (2, 4, 5, 8, 9, 3)],
        [
            np.random.default_rng(seed).integers(0, 256, (9, 3), "uint8")[
                layout(range(9), seed)
            ]
            for seed in range(6)
        ],
    ],
    ids=["cityscapes", "random", "numbered", "colours"],
)
def test_instance_maps_are_said_and_give_no_classes(folder, arrays):
    for array in arrays:
        folder.add(array, "I;16")
    report = folder.check()
    assert INSTANCES in str(report)
    assert report.recommended == {}
    assert "`instance_dir`" in str(report)


def test_photographs_are_no_label_maps(folder):
    for seed in range(4):
        random = np.random.default_rng(seed)
        folder.add(random.integers(0, 256, (*SIZE, 3)))
    report = folder.check()
    assert report.failed and not report.recommended
    assert INSTANCES not in str(report)
    assert "more than 1024 colours" in str(report)


def test_lossy_maps_need_a_palette_and_a_tolerance(folder, tmp_path):
    of_colors(folder)
    for path in (folder.root / "labels").glob("*.png"):
        with files.Image.open(path) as image:
            image.save(path.with_suffix(".jpg"), quality=95)
        path.unlink()
    palette = tmp_path / "palette.txt"
    palette.write_text(
        "128 128 128 sky\n128 0 0 wall\n0 128 0 tree\n0 0 200 sea\n"
    )
    report = folder.check(palette=str(palette))
    assert report.failed and "is a JPEG file" in str(report)
    report = folder.check(palette=str(palette), palette_tolerance=442)
    assert not report.failed, str(report)
    assert report.recommended["palette_tolerance"] == 442
    assert follow(report.recommended)[1] == {0, 1, 2, 3}


def test_what_was_given_is_kept(folder):
    of_ids(0, 1, 2)(folder)
    given = {
        "val_image_dir": folder.arguments["image_dir"],
        "val_label_dir": folder.arguments["label_dir"],
        "pairing": "position",
        "class_names": "a,b,c",
        "load_size": 64,
        "max_dataset_size": 3,
        "use_edge_map": False,
    }
    report = folder.check(**given)
    assert given.items() <= report.recommended.items()
    assert report.recommended["image_size"] == (32, 32)
    report = folder.check(num_classes=1, class_names="a")
    assert "class_names" not in report.recommended
    assert "lists 1 names for 3 classes" in str(report)


def test_indexed_files_of_different_palettes_are_said(folder):
    of_ids(0, 1, 2, mode="P")(folder)
    image = files.Image.fromarray(layout((0, 1, 2)).astype("uint8"))
    image.putpalette([9, 9, 9, 0, 99, 0, 5, 5, 5])
    files.save(folder.root / "labels/0.png", image)
    assert "2 different palettes" in str(folder.check(num_classes=3))


def test_reports_fit_on_a_screen(folder):
    random = np.random.default_rng(0)
    for seed in range(12):
        ids = random.choice(250, 9, replace=False)
        folder.add(layout(ids, seed))
        files.write_image(folder.root / f"images/alone{seed}.jpg")
    for number in range(4):
        (folder.root / f"images/{number}.png").write_bytes(b"broken")
        files.write_image(folder.root / f"images/{number + 4}.png", (9, 9))
    report = folder.check(num_classes=3)
    assert len(report.problems) == 4
    assert len(report.lines()) <= 24
    assert "with fewer pixels" in str(report)
