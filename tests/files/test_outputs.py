import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from keras_semsynth.files import outputs


class OutputsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.file = self.root / "file"
        self.file.write_text("mine")

    def refuse_folder(self, path, text):
        before = sorted(self.root.rglob("*"))
        with self.assertRaisesRegex(ValueError, text):
            outputs.require_folder(path, "output")
        self.assertEqual(sorted(self.root.rglob("*")), before)

    def refuse_file(self, path, text, **arguments):
        with self.assertRaisesRegex(ValueError, text):
            outputs.require_file(path, "sheet", **arguments)
        self.assertEqual(self.file.read_text(), "mine")

    def test_a_folder_that_can_be_written_stays_as_it_is(self):
        for path in (self.root, self.root / "new/deep"):
            outputs.require_folder(path)
        self.assertEqual(os.listdir(self.root), ["file"])

    def test_a_file_in_the_way_of_a_folder_is_named(self):
        self.refuse_folder(self.file, "`output=.*file` is a file: give")
        self.refuse_folder(
            self.file / "new/deep", "cannot be made, because .*file is a file"
        )
        (self.root / "link").symlink_to("nowhere")
        self.refuse_folder(self.root / "link", "is a link to nothing")

    def test_a_folder_that_cannot_be_written_is_said_with_its_reason(self):
        with mock.patch.object(
            outputs.tempfile,
            "TemporaryFile",
            side_effect=OSError(30, "Read-only file system"),
        ):
            self.refuse_folder(
                self.root / "new",
                r"cannot be written \(Read-only file system\): choose another",
            )
        if os.path.isdir("/proc/self"):  # nobody can write there, not even root
            self.refuse_folder("/proc/self/new", "cannot be written")

    def test_a_file_system_that_is_read_only_is_said(self):
        place = self.root / "disk"
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(place)]
        ran = shutil.which("mount") and subprocess.run(
            mount, capture_output=True, check=False
        )
        if not ran or ran.returncode:
            self.skipTest("mounting a tmpfs needs root")
        self.addCleanup(subprocess.run, ["umount", str(place)], check=True)
        self.refuse_folder(place, r"cannot be written \(Read-only file system")
        self.refuse_folder(place / "new", r"written \(Read-only file system")
        self.refuse_file(place / "a.png", r"written \(Read-only file system")

    def test_names_that_no_file_system_takes_are_refused(self):
        self.refuse_folder(self.root / ("n" * 256), "has 256 bytes")
        self.refuse_file(self.root / ("\u96ea" * 86), "has 258 bytes")
        long = self.root / "a" / ("n" * 256)
        with self.assertRaisesRegex(ValueError, "too long a name"):
            outputs.require_results([long], self.root)
        outputs.require_file(self.root / ("n" * 255))

    def test_a_file_is_replaced_only_if_that_is_asked_for(self):
        self.refuse_file(self.file, "exists already: .*, or pass `overwrite`")
        self.refuse_file(
            self.file, "exists already: choose another name.$", overwrite=None
        )
        outputs.require_file(self.file, overwrite=True)
        self.refuse_file(self.root, "is a folder: give the name of a file")

    def test_an_input_is_never_an_output_under_any_name(self):
        (self.root / "deep").mkdir()
        (self.root / "soft").symlink_to("file")
        os.link(self.file, self.root / "hard")
        for name in ("file", "soft", "hard", "deep/../file"):
            self.refuse_file(
                self.root / name,
                "is one of the files that are read",
                overwrite=True,
                inputs=[self.file, self.root / "absent"],
            )

    def test_what_is_in_the_way_of_results_is_named(self):
        (self.root / "a.png").mkdir()
        for path, text in (
            ("a.png", "a.png is a folder, and a file of this name"),
            ("file/b.png", "file is a file, and a folder of this name"),
            ("file/deep/b.png", "file is a file, and a folder of this name"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                outputs.require_results([self.root / path], self.root)
        outputs.require_results([self.root / "new/b.png"], self.root)
