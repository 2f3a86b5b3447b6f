import contextlib
import errno
import io
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

import h5py
import keras
import numpy as np

from keras_semsynth.files import atomic
from keras_semsynth.files.network_writing import save_network

ENDINGS = (".weights.h5", ".keras")


def network():
    """About 1.2 MB of weights in many pieces."""
    model = keras.Sequential(
        [keras.Input((32,)), *(keras.layers.Dense(32) for _ in range(12))]
    )
    model.add(keras.layers.Dense(8000))
    return model


@contextlib.contextmanager
def small_disk(megabytes):
    """A file system of its own, where the system lets us make one."""
    with tempfile.TemporaryDirectory() as folder:
        size = f"size={megabytes}m"
        command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]
        if (
            shutil.which("mount") is None
            or subprocess.run(
                command, capture_output=True, check=False
            ).returncode
        ):
            reason = "mounting a tmpfs needs root"
            print(f"SKIPPED: {reason}")
            raise unittest.SkipTest(reason)
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


class Disk:
    """Room for so many bytes in the files that are opened."""

    def __init__(self, room):
        self.room = room

    def open(self, *arguments, **options):
        room = self.room

        class File(io.FileIO):
            def write(self, data):
                if self.tell() + len(data) > room:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return super().write(data)

        return File(arguments[0], "w+")


class NetworkFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.network = network()

    def test_a_file_holds_what_keras_would_write(self):
        path = self.folder / "network.weights.h5"
        save_network(self.network, path)
        other = network()
        other.load_weights(path)
        whole = self.folder / "network.keras"
        save_network(self.network, whole)
        for copy in (other, keras.models.load_model(whole)):
            for a, b in zip(self.network.weights, copy.weights, strict=True):
                np.testing.assert_array_equal(a, b)
        with h5py.File(path) as file:
            names = []
            file.visit(names.append)
        self.network.save_weights(self.folder / "by_keras.weights.h5")
        with h5py.File(self.folder / "by_keras.weights.h5") as file:
            expected = []
            file.visit(expected.append)
        self.assertEqual(names, expected)

    def test_a_full_disk_is_an_error_wherever_it_strikes(self):
        # HDF5 would end this process if one of its own writes failed.
        for ending in ENDINGS:
            folder = self.folder / f"full{ending}"
            folder.mkdir()
            path = folder / f"network{ending}"
            save_network(self.network, path)
            before = path.read_bytes()
            for room in np.linspace(0, len(before) - 1, 12).astype(int):
                disk = Disk(int(room))
                with (
                    mock.patch("builtins.open", disk.open),
                    self.assertRaisesRegex(atomic.DiskFullError, "is full"),
                ):
                    save_network(self.network, path)
            self.assertEqual(path.read_bytes(), before)
            self.assertEqual(os.listdir(folder), [path.name])

    def test_a_real_disk_that_is_full_leaves_what_was_there(self):
        with small_disk(2) as folder:
            for ending in ENDINGS:
                path = folder / f"network{ending}"
                save_network(self.network, path)
                before = path.read_bytes()
                with self.assertRaisesRegex(atomic.DiskFullError, "is full"):
                    save_network(self.network, path)
                self.assertEqual(path.read_bytes(), before)
                self.assertEqual(os.listdir(folder), [path.name])
                path.unlink()
