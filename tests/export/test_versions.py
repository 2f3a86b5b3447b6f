import errno
import os
import pathlib
import tempfile
import time
import unittest
from unittest import mock

from keras_semsynth.export import versions
from keras_semsynth.files import atomic


class VersionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = pathlib.Path(folder.name) / "served" / "spade"

    def write(self, text="new"):
        with versions.new_version(self.output) as version:
            self.assertIsNone(version.path)
            (version.writing / "deep").mkdir()
            (version.writing / "deep" / "file").write_text(text)
        return version.path

    def names(self):
        return sorted(path.name for path in self.output.iterdir())

    def test_each_version_has_the_next_number(self):
        self.assertEqual(self.write("a"), self.output / "1")
        self.assertEqual(self.write("b"), self.output / "2")
        (self.output / "17").mkdir()
        (self.output / "notes").mkdir()
        self.assertEqual(self.write("c"), self.output / "18")
        self.assertEqual(self.names(), ["1", "17", "18", "2", "notes"])
        self.assertEqual((self.output / "1/deep/file").read_text(), "a")
        # Readable for the user of a server.
        self.assertEqual((self.output / "1").stat().st_mode & 0o777, 0o755)

    def test_nothing_appears_before_it_is_complete(self):
        with self.assertRaises(KeyboardInterrupt):
            with versions.new_version(self.output) as version:
                (version.writing / "half").write_text("half")
                self.assertFalse(version.writing.name.isdecimal())
                raise KeyboardInterrupt
        self.assertEqual(self.names(), [])

    def test_what_a_kill_left_is_removed_a_day_later(self):
        self.write()
        old, young = (self.output / f".writing-{name}" for name in "ab")
        for folder in (old, young):
            folder.mkdir()
            (folder / "half").write_text("half")
        yesterday = time.time() - 25 * 3600
        os.utime(old, (yesterday, yesterday))
        self.write()
        self.assertEqual(self.names(), [young.name, "1", "2"])

    def test_two_at_a_time_get_numbers_of_their_own(self):
        with versions.new_version(self.output) as first:
            (first.writing / "file").write_text("first")
            with versions.new_version(self.output) as second:
                (second.writing / "file").write_text("second")
        self.assertEqual(second.path.name, "1")
        self.assertEqual(first.path.name, "2")
        self.assertEqual((second.path / "file").read_text(), "second")

    def test_a_number_that_is_taken_meanwhile_is_left_alone(self):
        self.write("mine")
        with mock.patch.object(versions, "_numbers", return_value=[]):
            self.assertEqual(self.write("other"), self.output / "2")
        self.assertEqual((self.output / "1/deep/file").read_text(), "mine")

    def test_a_full_disk_is_said_and_leaves_nothing(self):
        self.write()
        full = OSError(errno.ENOSPC, "No space left on device")
        with self.assertRaisesRegex(atomic.DiskFullError, "is full"):
            with versions.new_version(self.output):
                raise full
        self.assertEqual(self.names(), ["1"])

    def test_an_output_that_is_no_folder_of_versions_is_refused(self):
        self.output.parent.mkdir()
        self.output.write_text("a file")
        with self.assertRaisesRegex(ValueError, "is a file: give a folder"):
            self.write()
        self.output.unlink()
        self.output.mkdir()
        (self.output / "saved_model.pb").write_text("")
        with self.assertRaisesRegex(ValueError, "is itself a SavedModel"):
            self.write()
        with self.assertRaisesRegex(ValueError, "cannot be written"):
            with versions.new_version("/proc/served"):
                pass
