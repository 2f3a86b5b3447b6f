import pathlib
import tempfile
import unittest

import h5py
import numpy as np

from keras_semsynth.files.finite_weights import find_broken_weights


class FiniteWeightsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "gan.weights.h5"

    def broken(self, **values):
        with h5py.File(self.path, "w") as file:
            for name, value in values.items():
                file[f"{name}/layers/vars/0"] = value
        return find_broken_weights(self.path)

    def test_the_groups_with_nan_or_infinity_are_named(self):
        half = np.zeros((2, 3), "float16")
        half[1, 2] = np.inf
        found = self.broken(
            generator=np.ones(3, "float32"),
            discriminator=np.array([1.0, np.nan], "float32"),
            encoder=half,
            random=np.array([2**32 - 1], "uint32"),
            empty=np.zeros((0, 2), "float32"),
        )
        self.assertEqual(sorted(found), ["discriminator", "encoder"])
        self.assertEqual(self.broken(generator=-np.ones((), "float32")), [])

    def test_what_is_no_such_file_is_an_error(self):
        self.path.write_bytes(b"no weights")
        with self.assertRaisesRegex(ValueError, "no HDF5 file"):
            find_broken_weights(self.path)
