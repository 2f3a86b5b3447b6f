import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.experiments import Experiment
from keras_semsynth.files import checkpoint_store
from keras_semsynth.files.checkpoint_store import STATE_NAME
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.json_file import JSONError
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.training import CheckpointStore
from keras_semsynth.training import RunDirectory
from tests.files import hostile_json

CLASSES = Classes(("a", "b", "c"), None, 2, LabelRule(2, ignore_label=9))
DATASET = {
    "name": "folder",
    "paired": True,
    **CLASSES.to_json(),
    "use_edge_map": False,
    "image_size": [32, 32],
    "train_images": 4,
}
STATE = {
    "epoch": 1,
    "step_in_epoch": 0,
    "steps_per_epoch": 2,
    "images_per_step": 1,
    "images_seen": 2,
    "seconds": 0.5,
    "images_per_second": 2.0,
    "backend": "tensorflow",
    "metrics": [0.5],
    "has_average": False,
    "adapts_augmentation": False,
    "scales_losses": False,
    "learning_rates": {"generator": 1e-4},
}


class JSONFileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)

    def check_refused(self, read, path, words):
        """One short sentence that names the file and what to do."""
        with self.assertRaisesRegex(ValueError, words) as caught:
            read()
        message = str(caught.exception)
        self.assertIn(str(path), message)
        self.assertLess(len(message) - len(str(path)), 400)
        self.assertNotIn("\n", message)
        self.assertTrue(message.endswith("."), message)

    def test_what_is_no_json_gets_a_sentence_in_every_file(self):
        run = RunDirectory(self.path)
        for path, read in (
            (run.dataset_path, run.read_dataset),
            (run.experiment_path, lambda: Experiment.load(run.path)),
        ):
            for name, (data, words) in hostile_json.texts().items():
                with self.subTest(name, path=path.name):
                    path.write_bytes(data)
                    self.check_refused(read, path, words)

    def test_utf8_with_a_mark_is_read(self):
        path = self.path / "dataset.json"
        path.write_bytes(b"\xef\xbb\xbf" + json.dumps(DATASET).encode())
        self.assertEqual(read_dataset_file(path), DATASET)

    def test_a_folder_is_no_file(self):
        path = self.path / "dataset.json"
        path.mkdir()
        self.check_refused(lambda: read_dataset_file(path), path, "folder")

    def test_every_part_of_a_dataset_json_is_checked_by_value(self):
        path = self.path / "dataset.json"
        for name, (content, words) in hostile_json.changes(DATASET).items():
            with self.subTest(name):
                path.write_text(json.dumps(content))
                self.check_refused(lambda: read_dataset_file(path), path, words)

    def test_every_part_of_an_experiment_json_is_checked_by_value(self):
        content = Experiment().to_json()
        data = content["data"]
        path = self.path / "experiment.json"
        for name, changed, words in (
            ("[]", {"data": []}, "`data` must be an object or null"),
            ("null", {"data": None}, "needs its part data"),
            ("a text", {"data": "spade"}, "but is 'spade'"),
            ("the name 5", {"data": {**data, "name": 5}}, "but is 5"),
            ("a name", {"data": {**data, "name": "xyz"}}, "is not a choice"),
            (
                "arguments []",
                {"data": {**data, "arguments": []}},
                "`arguments` of `data` must be an object, but is a list",
            ),
            (
                "an argument",
                {"data": {**data, "arguments": {"x": 1}}},
                "has no argument `x`",
            ),
            (
                "a list of lists",
                {"data": {**data, "arguments": {"image_size": [[[]], {}]}}},
                "`image_size` must be a size",
            ),
            ("no arguments", {"data": {"name": "folder"}}, "lacks `arg"),
            ("more", {"data": {**data, "x": 1}}, "unknown entry 'x'"),
            ("preset 5", {"preset": 5}, "must be a text or null, but is 5"),
            ("a part", {"extra": data}, "has the unknown extra"),
        ):
            with self.subTest(name):
                path.write_text(json.dumps({**content, **changed}))
                self.check_refused(
                    lambda: Experiment.load(self.path), path, words
                )
        for name in content:
            with self.subTest(name):
                left = {k: v for k, v in content.items() if k != name}
                path.write_text(json.dumps(left))
                self.check_refused(
                    lambda: Experiment.load(self.path), path, f"lacks {name}"
                )

    def test_a_damaged_state_lets_the_checkpoint_before_be_taken(self):
        patch = mock.patch.object(
            checkpoint_store, "find_broken_weights", return_value=[]
        )
        self.enterContext(patch)
        store = CheckpointStore(self.path, report=lambda _: None)
        store.save(1, STATE, lambda path: path.write_bytes(b"first"))
        folder = store.save(2, STATE, lambda path: path.write_bytes(b"second"))
        path = folder / STATE_NAME
        whole = json.loads(path.read_text())
        texts = [data for data, _ in hostile_json.texts().values()]
        texts += [
            json.dumps({**whole, name: value}).encode()
            for name in whole
            for value in ({"a": "b"}, None, "x", -1, True, [[]])
            if (name, value) not in (("backend", "x"), ("weights_sha256", "x"))
            and not (isinstance(whole[name], bool) and value is True)
        ]
        texts += [
            json.dumps({k: v for k, v in whole.items() if k != name}).encode()
            for name in whole
        ]
        texts.append(json.dumps({**whole, "step": 3}).encode())
        for data in texts:
            with self.subTest(data[:60]):
                path.write_bytes(data)
                self.assertEqual(store.newest()[1]["step"], 1)
        path.write_text(json.dumps(whole))
        self.assertEqual(store.newest()[1], whole)

    def test_text_that_memory_cannot_hold_is_a_sentence(self):
        with self.assertRaisesRegex(JSONError, "a.json cannot be read .*long"):
            parse_json(b"[1, 2]", "a.json", ANYTHING, max_bytes=5)
