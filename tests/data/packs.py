"""Small packs for the tests of data."""

import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth import data
from tests.data import files

NAMES = ("c", "a", "d", "b", "e")
# Preprocessing arguments; the photographs have 20x30 pixels (height x width).
MODES = {
    "resize_and_crop": {"load_size": (18, 22), "image_size": (16, 16)},
    "fixed": {"image_size": (16, 24)},
    "crop": {"image_size": (16, 16)},
    "scale_width_and_crop": {"load_size": 24, "image_size": (8, 16)},
    "scale_shortside_and_crop": {"load_size": 12, "image_size": (8, 16)},
}


class PackTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.output = self.root / "packs/mine"

    def write(self, with_val=True, with_instances=True):
        """Writes files and returns the arguments of their dataset."""
        arguments = {"num_classes": 3}
        for prefix, names in (("", NAMES), ("val_", ("v", "w"))):
            if prefix and not with_val:
                continue
            root = self.root / f"{prefix}files"
            found = files.write_pairs(root, names, size=(20, 30))
            random = np.random.default_rng(len(prefix))
            for name in names:
                files.write_labels(
                    f"{root}/labels/{name}.png",
                    random.integers(0, 3, (5, 6)).repeat(4, 0).repeat(5, 1),
                )
                if with_instances:
                    ids = random.integers(0, 65536, (5, 6))
                    found["instance_dir"] = f"{root}/instances"
                    files.write_labels(
                        f"{root}/instances/{name}.png",
                        ids.repeat(4, 0).repeat(5, 1),
                        "I;16",
                    )
            arguments |= {prefix + key: path for key, path in found.items()}
        return arguments

    def pack(self, arguments, **preprocessing):
        self.splits = [
            data.describe("folder", split=split, **arguments)
            for split in ("train", "val")
        ]
        self.geometries = [
            data.make_preprocessing("folder", training, **preprocessing)
            for training in (True, False)
        ]
        return data.write_pack(
            self.output, *self.splits, *self.geometries, arguments
        )

    def check_same(self, expected, found, count=None):
        """Checks that two pipelines give the same arrays."""
        if count is not None:
            expected, found = expected.take(count), found.take(count)
        pairs = zip(
            expected.as_numpy_iterator(), found.as_numpy_iterator(), strict=True
        )
        batches = 0
        for one, other in pairs:
            batches += 1
            self.assertEqual(set(one[0]), set(other[0]))
            for name, array in one[0].items():
                np.testing.assert_array_equal(array, other[0][name])
            np.testing.assert_array_equal(one[1], other[1])
        self.assertEqual(batches, count or batches)
        self.assertGreater(batches, 0)
