"""Folders of each kind of label files that people bring."""

import numpy as np

from keras_semsynth.data import check_dataset
from tests.data import files

SIZE = (32, 32)
COLORS = np.array(
    [(128, 128, 128), (128, 0, 0), (0, 128, 0), (0, 0, 200)], "uint8"
)


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
    "listed for other files": (
        of_ids(0, 1), {"label_ids": (0, 255)}, {"num_classes": 2}, 2,
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
