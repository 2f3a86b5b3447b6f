import errno
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from keras_semsynth.files import atomic
from keras_semsynth.files import checkpoint_store
from keras_semsynth.files.checkpoint_store import STATE_NAME
from keras_semsynth.files.checkpoint_store import WEIGHTS_NAME
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training import CheckpointStore


def writer(content):
    return lambda path: path.write_bytes(content)


def disk_full(path):
    path.write_bytes(b"half")
    raise OSError(
        "Can't synchronously write data (file write failed: errno = 28, "
        "error message = 'No space left on device')"
    )


class CheckpointStoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        # Most files here are a few bytes.
        patch = mock.patch.object(
            checkpoint_store, "find_broken_weights", return_value=[]
        )
        self.find_broken_weights = patch.start()
        self.addCleanup(patch.stop)
        self.messages = []
        self.store = CheckpointStore(self.path, 2, self.messages.append)

    def newest_content(self):
        weights, state = self.store.newest()
        return weights.read_bytes(), state["step"]

    def test_the_newest_comes_back_with_its_state(self):
        self.store.save(5, {"epoch": 0}, writer(b"five"))
        self.store.save(10, {"epoch": 1}, writer(b"ten"))
        weights, state = self.store.newest()
        self.assertEqual(weights.read_bytes(), b"ten")
        self.assertEqual((state["step"], state["epoch"]), (10, 1))

    def test_no_checkpoint_is_none(self):
        self.assertIsNone(self.store.newest())
        self.assertIsNone(CheckpointStore(self.path / "absent").newest())

    def test_old_checkpoints_are_pruned(self):
        for step in (1, 2, 3, 10):
            self.store.save(step, {}, writer(b"x"))
        self.assertEqual(self.store.steps(), [3, 10])

    def test_what_a_kill_left_is_pruned_but_not_what_is_damaged(self):
        # Killed after the last was written, before older ones were removed.
        more = CheckpointStore(self.path, 5, self.messages.append)
        for step in (1, 2, 3, 4, 5):
            more.save(step, {}, writer(b"x"))
        (more.folder(5) / WEIGHTS_NAME).write_bytes(b"")
        self.assertEqual(self.newest_content(), (b"x", 4))
        self.store.prune(4)
        self.assertEqual(self.store.steps(), [3, 4, 5])
        self.store.save(6, {}, writer(b"x"))
        self.assertEqual(self.store.steps(), [4, 6])

    def test_a_truncated_checkpoint_is_skipped_with_a_word(self):
        self.store.save(1, {}, writer(b"first"))
        self.store.save(2, {}, writer(b"second"))
        (self.store.folder(2) / WEIGHTS_NAME).write_bytes(b"sec")
        self.assertEqual(self.newest_content(), (b"first", 1))
        self.assertIn("has 3 of 6 bytes", self.messages[0])
        self.assertIn("skipped", self.messages[0])

    def test_other_damage_is_noticed_too(self):
        self.store.save(1, {}, writer(b"first"))
        folder = self.store.save(2, {}, writer(b"second"))
        (folder / WEIGHTS_NAME).write_bytes(b"sEcond")
        self.assertEqual(self.newest_content()[1], 1)
        (folder / WEIGHTS_NAME).unlink()
        self.assertEqual(self.newest_content()[1], 1)
        (folder / STATE_NAME).write_text("{", encoding="utf-8")
        self.assertEqual(self.newest_content()[1], 1)
        self.assertEqual(
            [m.split("(")[1].split(")")[0] for m in self.messages],
            [
                f"the checksum of {WEIGHTS_NAME} is wrong",
                f"{WEIGHTS_NAME} is missing",
                f"{STATE_NAME} cannot be read: it is not JSON: Expecting "
                "property name enclosed in double quotes in line 1, column 2",
            ],
        )

    def test_numbers_that_are_not_finite_are_damage(self):
        self.store.save(1, {}, writer(b"first"))
        folder = self.store.save(2, {}, writer(b"second"))
        for broken, said in (
            ({"return_value": ["generator"]}, "numbers in generator"),
            ({"side_effect": OSError("no")}, "is no HDF5 file of weights"),
        ):
            self.find_broken_weights.configure_mock(**broken)
            self.assertIsNone(self.store.newest())
            self.assertIn(said, self.messages[-2])
        self.find_broken_weights.configure_mock(
            side_effect=None, return_value=[]
        )
        self.assertEqual(self.newest_content(), (b"second", 2))
        self.store.save(3, {"metrics": [float("inf")]}, writer(b"third"))
        self.assertEqual(self.newest_content(), (b"second", 2))
        self.assertIn(f"{STATE_NAME} cannot be read", self.messages[-1])
        self.assertTrue(folder.is_dir())

    def test_what_the_disk_cannot_read_is_not_damage(self):
        self.store.save(1, {}, writer(b"first"))
        self.store.save(2, {}, writer(b"second"))
        for name in ("file_sha256", "read_json"):
            where = f"keras_semsynth.files.checkpoint_store.{name}"
            error = OSError(errno.EIO, "Input/output error", "disk")
            with mock.patch(where, side_effect=error):
                with self.assertRaisesRegex(RunError, "step-000000002.*mend"):
                    self.store.newest()
        self.assertEqual(self.newest_content(), (b"second", 2))
        self.assertEqual(self.messages, [])

    def test_damaged_ones_of_later_steps_do_not_push_out_a_new_one(self):
        self.store.save(2, {}, writer(b"two"))
        for step in (4, 6):
            folder = self.store.save(step, {}, writer(b"later"))
            (folder / WEIGHTS_NAME).write_bytes(b"")
        self.assertIsNone(self.store.newest())
        self.store.save(3, {}, writer(b"three"))
        self.assertEqual(self.store.steps(), [3])

    def test_a_damaged_checkpoint_of_the_same_step_is_written_anew(self):
        folder = self.store.save(2, {}, writer(b"second"))
        (folder / WEIGHTS_NAME).write_bytes(b"")
        self.store.save(2, {}, writer(b"again"))
        self.assertEqual(self.newest_content(), (b"again", 2))

    def test_a_full_disk_keeps_the_checkpoint_before(self):
        self.store.save(1, {}, writer(b"first"))
        with self.assertRaisesRegex(atomic.DiskFullError, "is full.*try again"):
            self.store.save(2, {}, disk_full)
        self.assertEqual(self.newest_content(), (b"first", 1))
        self.assertEqual(len(list(self.path.iterdir())), 1)

    def test_any_other_failure_leaves_nothing_behind_either(self):
        def fail(path):
            path.write_bytes(b"half")
            raise RuntimeError("broken")

        with self.assertRaisesRegex(RuntimeError, "broken"):
            self.store.save(1, {}, fail)
        self.assertEqual(list(self.path.iterdir()), [])

    def test_the_state_is_plain_json(self):
        folder = self.store.save(3, {"metrics": [0.5]}, writer(b"x"))
        state = json.loads((folder / STATE_NAME).read_text())
        self.assertEqual(state["metrics"], [0.5])


class AtomicTest(unittest.TestCase):
    def test_too_little_space_is_said_before_anything_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(
                atomic.DiskFullError,
                r"but 1073741824\.0 MiB are needed for a run: lower it\.",
            ):
                atomic.require_free_space(folder, 2**50, "a run", "lower it")

    def test_quota_and_nested_errors_count_as_a_full_disk(self):
        self.assertTrue(atomic.is_disk_full(OSError(errno.EDQUOT, "quota")))
        self.assertFalse(atomic.is_disk_full(OSError(errno.EACCES, "no")))
        try:
            try:
                raise OSError(errno.ENOSPC, "full")
            except OSError as error:
                raise RuntimeError("closing failed") from error
        except RuntimeError as error:
            self.assertTrue(atomic.is_disk_full(error))

    def test_a_failing_replacement_keeps_the_old_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "file.txt"
            path.write_text("old")
            with mock.patch("os.replace", side_effect=OSError(28, "full")):
                with self.assertRaises(atomic.DiskFullError):
                    atomic.write_text(path, "new")
            self.assertEqual(path.read_text(), "old")
            self.assertEqual(len(list(path.parent.iterdir())), 1)
