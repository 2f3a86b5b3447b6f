import json
import pathlib
import shutil
import tempfile
import unittest

import h5py
import numpy as np

from keras_semsynth.files.checkpoint_store import STATE_NAME
from keras_semsynth.files.checkpoint_store import WEIGHTS_NAME
from keras_semsynth.training import CheckpointStore


def write_weights(path):
    with h5py.File(path, "w") as file:
        file["layer/vars/0"] = np.arange(1000, dtype="float32")


def _weights(change):
    def damage(folder):
        path = folder / WEIGHTS_NAME
        path.write_bytes(change(path.read_bytes()))

    return damage


def _state(change):
    def damage(folder):
        path = folder / STATE_NAME
        path.write_bytes(change(path.read_bytes()))

    return damage


def _entry(name, value):
    def change(content):
        return json.dumps({**json.loads(content), name: value}).encode()

    return _state(change)


def _folder_instead(name):
    def damage(folder):
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def _link_to_nothing(folder):
    (folder / WEIGHTS_NAME).unlink()
    (folder / WEIGHTS_NAME).symlink_to("gone")


def _other_content(write):
    """Weights that are not what they should be, with the right checksum."""

    def damage(folder):
        path = folder / WEIGHTS_NAME
        step = CheckpointStore(folder.parent).folder(9)
        CheckpointStore(folder.parent, keep=9).save(9, {}, write)
        shutil.copy(step / WEIGHTS_NAME, path)
        state = json.loads((step / STATE_NAME).read_text())
        (folder / STATE_NAME).write_text(json.dumps({**state, "step": 2}))
        shutil.rmtree(step)

    return damage


def _write_nan(path):
    with h5py.File(path, "w") as file:
        file["layer/vars/0"] = np.float32([1, np.nan])


def _empty(folder):
    shutil.rmtree(folder)
    folder.mkdir()


DAMAGES = {
    "weights cut in half": _weights(lambda x: x[: len(x) // 2]),
    "weights cut by a byte": _weights(lambda x: x[:-1]),
    "weights with a byte more": _weights(lambda x: x + b"x"),
    "weights emptied": _weights(lambda x: b""),
    "weights of zeros": _weights(lambda x: bytes(len(x))),
    "first byte flipped": _weights(lambda x: bytes([x[0] ^ 1]) + x[1:]),
    "last byte flipped": _weights(lambda x: x[:-1] + bytes([x[-1] ^ 1])),
    "weights missing": lambda folder: (folder / WEIGHTS_NAME).unlink(),
    "weights a folder": _folder_instead(WEIGHTS_NAME),
    "weights a link to nothing": _link_to_nothing,
    "weights no HDF5": _other_content(lambda path: path.write_bytes(b"abc")),
    "weights not finite": _other_content(_write_nan),
    "state missing": lambda folder: (folder / STATE_NAME).unlink(),
    "state a folder": _folder_instead(STATE_NAME),
    "state emptied": _state(lambda x: b""),
    "state cut in half": _state(lambda x: x[: len(x) // 2]),
    "state a list": _state(lambda x: b"[]"),
    "state of bytes": _state(lambda x: bytes(range(128, 256))),
    "state without a checksum": _entry("weights_sha256", None),
    "state with another size": _entry("weights_bytes", 1),
    "state with a size in words": _entry("weights_bytes", "many"),
    "state of another step": _entry("step", 1),
    "nothing in it": _empty,
}


class DamagedCheckpointsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        whole = CheckpointStore(self.root / "whole")
        for step in (1, 2):
            whole.save(step, {}, write_weights)

    def test_the_one_before_is_taken_and_kept(self):
        for name, damage in DAMAGES.items():
            with self.subTest(name):
                path = self.root / name
                shutil.copytree(self.root / "whole", path)
                messages = []
                store = CheckpointStore(path, 2, messages.append)
                damage(store.folder(2))
                self.assertEqual(store.newest()[1]["step"], 1)
                self.assertEqual(len(messages), 1)
                self.assertRegex(
                    messages[0],
                    f"^Checkpoint {store.folder(2)} is damaged .* is skipped",
                )
                self.assertEqual(messages[0].count("\n"), 0)
                store.save(3, {}, write_weights)
                self.assertEqual(store.steps(), [1, 3])

    def test_with_none_that_is_whole_there_is_none(self):
        messages = []
        store = CheckpointStore(self.root / "whole", 2, messages.append)
        for step in (1, 2):
            DAMAGES["weights missing"](store.folder(step))
        self.assertIsNone(store.newest())
        self.assertEqual(len(messages), 2)
