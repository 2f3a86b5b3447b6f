"""Follows each kind of advice: what is recommended is read without a fault."""

import numpy as np
import pytest

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import validate
from tests.data import files

SIZE = (32, 32)
COLORS = np.array(
    [(128, 128, 128), (128, 0, 0), (0, 128, 0), (0, 0, 200)], "uint8"
)
INSTANCES = "look like instance maps"


def layout(ids, seed=0):
    """Bands of some ids, in an order and with edges that chance draws."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(ids))
    edges = np.sort(random.choice(np.arange(3, 30, 3), len(ids) - 1, False))
    columns = np.searchsorted(edges, np.arange(SIZE[1]), side="right")
    return np.broadcast_to(np.array(ids)[order[columns]], SIZE).copy()


def smooth(pixels):
    """What a tool makes that enlarges label maps like photographs."""
    image = files.Image.fromarray(np.asarray(pixels, "uint8")[::2, ::2])
    return np.asarray(image.resize(SIZE, files.Image.Resampling.BILINEAR))


class Folder:
    """A folder of photographs and label maps."""

    def __init__(self, root):
        self.root = root
        self.arguments = {
            "image_dir": str(root / "images"),
            "label_dir": str(root / "labels"),
        }

    def add(self, values, mode="L", **options):
        """Writes a pair with these ids, or colours."""
        number = len(list(self.root.glob("labels/*")))
        files.write_image(self.root / f"images/{number}.png", SIZE, number)
        path = self.root / f"labels/{number}.png"
        values = np.asarray(values)
        if values.ndim == 3:
            files.write_colors(path, values)
        else:
            files.write_labels(path, values, mode)
        return self

    def check(self, **arguments):
        return check_dataset(
            "folder",
            {**self.arguments, **arguments},
            write_palette=arguments.pop("write_palette", None),
        )


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def of_ids(*ids, mode="L", files_of=4):
    def fill(folder):
        for seed in range(files_of):
            folder.add(layout(ids, seed), mode)

    return fill


def of_colors(folder):
    for seed in range(3):
        folder.add(COLORS[layout(range(4), seed)])


def of_smoothed_colors(folder):
    for seed in range(3):
        folder.add(smooth(COLORS[layout(range(4), seed)]))


def of_smoothed_masks(folder):
    for seed in range(3):
        folder.add(smooth(255 * np.tri(32, k=5 * seed, dtype=int)))


def of_edge_maps(folder):
    of_ids(0, 1, 2)(folder)
    for number in range(4):
        path = folder.root / f"instances/{number}.png"
        files.write_labels(path, layout((1, 26001, 26002), 9), "I;16")
    folder.arguments["instance_dir"] = str(folder.root / "instances")


# Name -> how it is made, what is given, what is recommended, the classes.
KINDS = {
    "binary": (of_ids(0, 255), {}, {"label_ids": (0, 255)}, 2),
    "binary, two given": (
        of_ids(0, 255), {"num_classes": 2}, {"label_ids": (0, 255)}, 2,
    ),
    "binary with another value": (
        of_ids(0, 128), {}, {"label_ids": (0, 128)}, 2,
    ),
    "gapless": (of_ids(0, 1, 2, 3), {}, {"num_classes": 4}, 4),
    "gapless with fewer given": (
        of_ids(0, 1, 2, 3), {"num_classes": 2}, {"num_classes": 4}, 4,
    ),
    "gapless with more given": (
        of_ids(0, 1, 2), {"num_classes": 7}, {"num_classes": 7}, 7,
    ),
    "void 0": (
        of_ids(0, 1, 2, 3, 4), {"num_classes": 4},
        {"num_classes": 4, "ignore_label": 0}, 5,
    ),
    "void 0 given": (
        of_ids(0, 1, 2, 3, 4), {"ignore_label": 0},
        {"num_classes": 4, "ignore_label": 0}, 5,
    ),
    "void 255": (
        of_ids(0, 1, 2, 255), {}, {"num_classes": 3, "ignore_label": 255}, 4,
    ),
    "void 255, mask of two": (
        of_ids(0, 1, 255), {}, {"num_classes": 2, "ignore_label": 255}, 3,
    ),
    "void 255 and too many classes given": (
        of_ids(0, 1, 2, 255), {"num_classes": 5},
        {"num_classes": 3, "ignore_label": 255}, 4,
    ),
    "void 65535": (
        of_ids(0, 1, 2, 65535, mode="I;16"), {},
        {"num_classes": 3, "ignore_label": 65535}, 4,
    ),
    "void 99": (
        of_ids(0, 1, 2, 99), {}, {"num_classes": 3, "ignore_label": 99}, 4,
    ),
    "void in the middle": (
        of_ids(0, 1, 2, 3), {"ignore_label": 2},
        {"num_classes": 3, "ignore_label": 2}, 4,
    ),
    "three levels": (
        of_ids(0, 128, 255), {}, {"label_ids": (0, 128, 255)}, 3,
    ),
    "from 1 on": (of_ids(1, 2, 3), {}, {"label_ids": (1, 2, 3)}, 3),
    "from 1 on, three given": (
        of_ids(1, 2, 3), {"num_classes": 3}, {"label_ids": (1, 2, 3)}, 3,
    ),
    "sparse": (of_ids(0, 3, 7), {}, {"label_ids": (0, 3, 7)}, 3),
    "sparse with void": (
        of_ids(0, 3, 7, 255), {},
        {"label_ids": (0, 3, 7), "ignore_label": 255}, 4,
    ),
    "listed but one": (
        of_ids(0, 3, 7, 9), {"label_ids": (0, 7, 3)},
        {"label_ids": (0, 7, 3), "ignore_label": 9}, 4,
    ),
    "16-bit ids": (
        of_ids(1000, 2000, 3000, mode="I;16"), {},
        {"label_ids": (1000, 2000, 3000)}, 3,
    ),
    "indexed": (of_ids(0, 1, 2, mode="P"), {}, {"num_classes": 3}, 3),
    "colours": (of_colors, {}, {"palette": "detect", "num_classes": 4}, 4),
    "smoothed colours": (
        of_smoothed_colors, {},
        {"palette": "detect", "palette_tolerance": 164, "num_classes": 4}, 4,
    ),
    "smoothed masks": (
        of_smoothed_masks, {},
        {"palette": "detect", "palette_tolerance": 110, "num_classes": 2}, 2,
    ),
    "instance maps beside": (of_edge_maps, {}, {"num_classes": 3}, 3),
}  # fmt: skip


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
    assert "lacks 1 colours" in str(report)
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
