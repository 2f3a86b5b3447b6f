"""Small files for the tests of data."""

import os
import pathlib
import unittest

import numpy as np
from PIL import Image

SHARED = pathlib.Path(
    os.environ.get(
        "SEMSYNTH_SHARED_DATA",
        pathlib.Path(__file__).resolve().parents[3] / "shared" / "data",
    )
)


def shared_data(name):
    """Path of a shared dataset; skips the test where there is none."""
    path = SHARED / name
    if not path.is_dir():
        reason = f"{path} is absent; set SEMSYNTH_SHARED_DATA"
        print(f"SKIPPED: {reason}")
        raise unittest.SkipTest(reason)
    return path


def write_image(path, size=(12, 16), seed=0):
    """Writes a random RGB picture of `size` (height, width)."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (*size, 3), dtype="uint8")
    return save(path, Image.fromarray(pixels))


def write_labels(path, values, mode="L"):
    """Writes ids as a grey (`L`, `I;16`) or indexed (`P`) file."""
    values = np.asarray(values)
    if mode == "I;16":
        return save(path, Image.fromarray(values.astype("uint16")))
    image = Image.fromarray(values.astype("uint8"))
    if mode == "P":
        image.putpalette(np.arange(768, dtype="uint8").tobytes())
    return save(path, image)


def write_colors(path, colors):
    """Writes an RGB layout from `(height, width, 3)` values."""
    return save(path, Image.fromarray(np.asarray(colors, "uint8")))


def save(path, image):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return str(path)


def stripes(size=(12, 16), ids=(0, 1, 2)):
    """Vertical stripes of ids, `(height, width)`."""
    columns = np.arange(size[1]) * len(ids) // size[1]
    return np.broadcast_to(np.array(ids)[columns], size).copy()


def write_pairs(root, names, ids=(0, 1, 2), size=(12, 16), suffix=".jpg"):
    """Writes `root/images` and `root/labels`; returns both folders."""
    for seed, name in enumerate(names):
        write_image(f"{root}/images/{name}{suffix}", size, seed)
        write_labels(f"{root}/labels/{name}.png", stripes(size, ids))
    return {"image_dir": f"{root}/images", "label_dir": f"{root}/labels"}
