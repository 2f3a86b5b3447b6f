import collections
import contextlib
import io
import os
import pathlib
import re
import tempfile
import unittest
from unittest import mock

import keras

from keras_semsynth.__main__ import COMMANDS
from keras_semsynth.__main__ import main
from tests.commands import bad_input_files
from tests.commands import bad_inputs

# What a person must not read.
NOISE = re.compile(
    r"`[a-z_]+(=[^`]*)?`|Traceback|PosixPath|<class|object at 0x|dict_keys|"
    r"array\(|np\.|KeyError|Errno"
)


def _loading_once(load):
    """Loading takes most of the time, and nothing here changes a network."""
    loaded = {}

    def load_once(path, **options):
        content = pathlib.Path(path).read_bytes()
        if content not in loaded:
            loaded[content] = load(path, **options)
        return loaded[content]

    return load_once


class BadInputsTest(unittest.TestCase):
    """Every mistake gets one sentence, and nothing is written."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name).resolve()
        bad_input_files.write_inputs(cls.root)
        (cls.root / "home").mkdir()
        cls.enterClassContext(contextlib.chdir(cls.root))
        home = {"HOME": str(cls.root / "home")}
        cls.enterClassContext(mock.patch.dict(os.environ, home))
        os.environ.pop("SEMSYNTH_WEIGHTS", None)
        load_model = mock.patch.object(
            keras.models, "load_model", _loading_once(keras.models.load_model)
        )
        cls.enterClassContext(load_model)

    def snapshot(self):
        """All files with contents and times, and all folders."""
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            if path.is_file()
            else None
            for path in self.root.rglob("*")
        }

    def check(self, command, flags, sentence):
        words = [*bad_inputs.BASES[command].split(), *flags.split()]
        name = bad_inputs.COMMANDS.get(command, command)
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = main(["semsynth", name, *words])
                except SystemExit as error:
                    status = error.code
        said = stderr.getvalue()
        self.assertNotEqual(status, 0, said)
        self.assertRegex(said, r"\AError: [^\n]+[.?]\n\Z")
        self.assertNotRegex(said, NOISE)
        self.assertIn(sentence, said)

    def test_every_mistake_is_one_sentence_and_writes_nothing(self):
        before = self.snapshot()
        for case in bad_inputs.CASES:
            with self.subTest(" ".join(case[:2])):
                self.check(*case)
                after = self.snapshot()
                self.assertEqual(set(after), set(before))
                self.assertTrue(after == before, "a file was changed")

    def test_the_table_has_every_command(self):
        counts = collections.Counter(
            bad_inputs.COMMANDS.get(case[0], case[0])
            for case in bad_inputs.CASES
        )
        self.assertEqual(set(counts), set(COMMANDS))
        self.assertGreaterEqual(counts.total(), 100)
