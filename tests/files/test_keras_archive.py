import functools
import json
import os
import pathlib
import tempfile
import unittest
import zipfile

import h5py
import keras
import numpy as np

from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.files.keras_archive import read_archive
from keras_semsynth.files.network_reading import NetworkFileError
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training import CheckpointStore
from tests.files import hostile_keras

ADVICE = "give a .keras file of train_scorer"


def make_files(folder):
    """Writes a small network, and what hostile files would like to read.

    Returns:
        Tuple of its path, its members and a dict of hostile files.
    """
    folder = pathlib.Path(folder)
    keras.utils.set_random_seed(1)
    network = UNetSegmenter(3, filters=2, depth=2)
    network.build((None, None, None, 3))
    path = folder / "good.keras"
    network.save(path)
    with zipfile.ZipFile(path) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(whole[hostile_keras.CONFIG])
    secret = folder / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["0"] = np.full(300, 7, "f4")
    sentinel = folder / "executed"
    hostile = hostile_keras.network_files(whole, config, sentinel, secret)
    return path, whole, hostile


def write(data, path):
    path.write_bytes(data)


class KerasArchiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.path, whole, cls.hostile = make_files(cls.folder)
        cls.weights = whole[hostile_keras.WEIGHTS]

    def test_a_file_of_ours_is_what_keras_loads(self):
        network = load_network(self.path, UNetSegmenter, ADVICE)
        other = keras.models.load_model(self.path, compile=False)
        for one, two in zip(network.weights, other.weights, strict=True):
            np.testing.assert_array_equal(one, two)
        stored = read_archive(self.path).stored
        self.assertEqual(stored.arrays, len(network.weights))
        self.assertEqual(
            stored.numbers, sum(np.prod(w.shape) for w in network.weights)
        )

    def test_each_hostile_file_is_refused_in_a_sentence(self):
        self.assertGreater(len(self.hostile), 80)
        path = self.folder / "hostile.keras"
        before = sorted(os.listdir(self.folder))
        for name, (data, words) in self.hostile.items():
            with self.subTest(name):
                path.write_bytes(data)
                with self.assertRaisesRegex(NetworkFileError, words) as caught:
                    load_network(path, UNetSegmenter, ADVICE)
                message = str(caught.exception)
                self.assertIn(str(path), message)
                self.assertTrue(message.endswith(f": {ADVICE}."), message)
                self.assertNotIn("\n", message)
                self.assertLess(len(message) - len(str(path)), 460)
        path.unlink()
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_a_checkpoint_with_a_forged_checksum_is_skipped(self):
        messages = []
        store = CheckpointStore(self.folder / "checkpoints", 2, messages.append)
        store.save(1, {}, functools.partial(write, self.weights))
        made = hostile_keras.hdf5_files(self.weights, self.folder / "secret.h5")
        del made["other arrays"]
        for name, (data, _) in made.items():
            with self.subTest(name):
                # The store writes the checksum of whatever it is given.
                store.save(2, {}, functools.partial(write, data))
                self.assertEqual(store.newest()[1]["step"], 1)
                self.assertIn("no HDF5 file of weights", messages[-1])
        store.save(2, {}, functools.partial(write, self.weights))
        self.assertEqual(store.newest()[1]["step"], 2)

    def test_another_network_is_named_before_it_is_built(self):
        with self.assertRaisesRegex(
            NetworkFileError, "holds a UNetSegmenter, not a StyleEncoder: "
        ):
            load_network(self.path, StyleEncoder, ADVICE)

    def test_no_file_and_a_folder_are_no_network(self):
        for path in (self.folder / "none.keras", self.folder):
            with self.assertRaisesRegex(NetworkFileError, "There is no file"):
                load_network(path, StyleEncoder, ADVICE)

    def test_another_suffix_is_refused(self):
        path = self.folder / "good.h5"
        path.write_bytes(self.path.read_bytes())
        self.addCleanup(path.unlink)
        with self.assertRaisesRegex(NetworkFileError, "must end in .keras"):
            load_network(path, UNetSegmenter, ADVICE)
