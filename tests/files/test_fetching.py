"""Public files that are fetched once, checked, and kept."""

import contextlib
import errno
import hashlib
import io
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile
from unittest import mock

import keras
import pytest

from keras_semsynth.files.atomic import DiskFullError
from keras_semsynth.files.fetching import FetchError
from keras_semsynth.files.fetching import fetch
from keras_semsynth.files.fetching import fetched_files_dir
from tests.file_server import dead_address
from tests.file_server import serving

CONTENT = bytes(range(256)) * 100
ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w") as archive:
    archive.writestr("models/tiny.pth", CONTENT)
ARCHIVE = ARCHIVE.getvalue()
_CHILD = """
import sys
from keras_semsynth.files.fetching import fetch
for _ in range(20):
    fetch(*sys.argv[1:])
    assert open(sys.argv[3], "rb").read() == bytes(range(256)) * 100
"""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Terminal(io.StringIO):
    def isatty(self):
        return True


class FetchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "cache")
        self.path = self.folder / "tiny.pth"

    def fetch(self, address, content=CONTENT, *member, out=None):
        out = out or io.StringIO()
        with contextlib.redirect_stdout(out):
            fetch(address, sha256(content), self.path, *member)
        return out.getvalue()

    def refused(self, sentence, *arguments):
        """Checks that nothing is left of what is refused."""
        before = {p: p.read_bytes() for p in self.folder.glob("*")}
        with self.assertRaisesRegex(FetchError, sentence):
            self.fetch(*arguments)
        after = {p: p.read_bytes() for p in self.folder.glob("*")}
        self.assertEqual(before, after)

    def test_a_file_is_fetched_and_said_in_two_lines(self):
        with serving({"tiny.pth": CONTENT}) as (address, asked):
            said = self.fetch(address + "tiny.pth")
        self.assertEqual(asked, ["tiny.pth"])
        self.assertEqual(self.path.read_bytes(), CONTENT)
        self.assertEqual(list(self.folder.iterdir()), [self.path])
        self.assertEqual(
            said,
            f"Fetching tiny.pth from {address}tiny.pth ...\n"
            "Fetched tiny.pth.\n",
        )
        self.assertTrue(keras.config.is_interactive_logging_enabled())
        self.assertIsNone(socket.getdefaulttimeout())

    def test_keras_shows_the_progress_on_a_terminal(self):
        with serving({"tiny.pth": CONTENT}) as (address, _):
            said = self.fetch(address + "tiny.pth", out=Terminal())
        self.assertIn("Downloading data from", said)
        self.assertIn("25600/25600", said)
        self.assertNotIn("Fetch", said)

    def test_a_file_of_an_archive_is_taken_out_of_it(self):
        member = ("models/tiny.pth", sha256(CONTENT))
        with serving({"a.whl": ARCHIVE}) as (address, _):
            self.fetch(address + "a.whl", ARCHIVE, *member)
            self.assertEqual(self.path.read_bytes(), CONTENT)
            self.assertEqual(list(self.folder.iterdir()), [self.path])
            self.path.unlink()
            self.refused(
                "models/tiny.pth was damaged.*published is 0",
                address + "a.whl",
                ARCHIVE,
                "models/tiny.pth",
                "0" * 64,
            )

    def test_another_file_is_refused_and_the_earlier_one_stays(self):
        self.folder.mkdir()
        self.path.write_bytes(b"earlier")
        with serving({"tiny.pth": b"tampered"}) as (address, _):
            self.refused(
                f"tiny.pth was damaged on the way.*removed.*"
                f"{sha256(b'tampered')}.*{sha256(CONTENT)}",
                address + "tiny.pth",
            )

    def test_what_is_not_there_or_breaks_off_is_said(self):
        with serving({"short.pth": CONTENT}) as (address, _):
            self.refused(
                r"tiny.pth could not be fetched \(Not Found\)",
                address + "tiny.pth",
            )
            self.refused(
                r"short.pth could not be fetched \(.*25600 out of 25601",
                address + "short.pth",
            )

    def test_without_a_network_it_is_said(self):
        self.refused(
            r"tiny.pth could not be fetched \(Connection refused\)",
            dead_address() + "tiny.pth",
        )

    def test_what_cannot_be_written_is_said(self):
        self.folder.write_bytes(b"a file where the folder shall be")
        with self.assertRaisesRegex(FetchError, "cannot be written"):
            self.fetch("file:///nowhere")
        self.folder.unlink()
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with (
            mock.patch.object(keras.utils, "get_file", side_effect=full),
            self.assertRaises(DiskFullError),
        ):
            self.fetch("file:///nowhere")

    def test_the_folder_is_in_that_of_keras(self):
        with mock.patch.dict(os.environ, KERAS_HOME="/elsewhere"):
            self.assertEqual(
                str(fetched_files_dir()), "/elsewhere/keras_semsynth"
            )
            del os.environ["KERAS_HOME"]
            home = pathlib.Path.home() / ".keras" / "keras_semsynth"
            self.assertEqual(fetched_files_dir(), home)

    @pytest.mark.slow
    def test_two_processes_do_no_harm_to_each_other(self):
        with serving({"tiny.pth": CONTENT}) as (address, asked):
            command = [sys.executable, "-c", _CHILD, address + "tiny.pth"]
            command += [sha256(CONTENT), str(self.path)]
            both = [
                subprocess.Popen(command, stderr=subprocess.PIPE)
                for _ in range(2)
            ]
            for process in both:
                _, err = process.communicate()
                self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len(asked), 40)
        self.assertEqual(list(self.folder.iterdir()), [self.path])
