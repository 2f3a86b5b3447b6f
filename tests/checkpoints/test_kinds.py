"""Kinds of weight files, by what is in them."""

import os
import pathlib
import shutil
import tempfile
import unittest
import zipfile

import h5py
import numpy as np

from keras_semsynth.checkpoints import from_official
from keras_semsynth.checkpoints import kind_of
from keras_semsynth.scorers import VGG19Features
from tests.checkpoints import damaged_pth
from tests.checkpoints.test_safetensors import write_safetensors
from tests.checkpoints.test_weights import write_state


class KindsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.network = VGG19Features(width_divisor=64)
        self.network.build()

    def test_the_content_tells_the_kind(self):
        path = self.folder / "any.name"
        write_state(path, {"w": np.ones(3)})
        self.assertEqual(kind_of(path), "pth")
        write_safetensors(path, {"w": np.ones(3)})
        self.assertEqual(kind_of(path), "safetensors")
        with h5py.File(path, "w") as file:
            file["w"] = np.ones(3)
        self.assertEqual(kind_of(path), "hdf5")
        # After a block of the user's, where HDF5 looks for it too.
        path.write_bytes(bytes(512) + path.read_bytes())
        self.assertEqual(kind_of(path), "hdf5")
        saved = self.folder / "a.keras"
        self.network.save(saved)
        shutil.copy(saved, path)
        self.assertEqual(kind_of(path), "keras")
        path.write_bytes(damaged_pth.FILES["old"])
        self.assertEqual(kind_of(path), "pth")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", b"")
        self.assertEqual(kind_of(path), "unknown")
        for content in (b"", b"PK\x03\x04" + bytes(40), b"GIF89a" + bytes(9)):
            path.write_bytes(content)
            self.assertEqual(kind_of(path), "unknown")

    def test_a_file_of_keras_is_named_for_what_it_is(self):
        path = self.folder / "vgg19-dcbb9e9d.pth"
        self.network.save(self.folder / "a.keras")
        os.rename(self.folder / "a.keras", path)
        with self.assertRaisesRegex(
            ValueError, r"vgg19-dcbb9e9d.pth is a whole Keras model \(.keras\)"
        ):
            from_official("vgg19", path)
        with h5py.File(path, "w") as file:
            file["w"] = np.ones(3)
        with self.assertRaisesRegex(ValueError, r"is an HDF5 file \(.h5\)"):
            from_official("vgg19", path)
