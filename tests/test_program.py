import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import pytest

from keras_semsynth.__main__ import COMMANDS
from keras_semsynth.program import is_command

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What pip writes for an entry point.
SCRIPT = """
import sys
from keras_semsynth.__main__ import main
sys.exit(main())
"""


def run(*arguments):
    """Runs Python, which names every module that it imports."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def imported(result):
    """Returns the names of the modules that such a process imported."""
    lines = result.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines}


class HelpTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = pathlib.Path(folder.name, "semsynth")
        script.write_text(SCRIPT)
        self.programs = {"module": ("-m", "keras_semsynth"), "file": (script,)}

    def check_is_light(self, result):
        modules = imported(result)
        self.assertIn("keras_semsynth.program", modules)
        self.assertFalse(modules & {"keras", "numpy", "tensorflow"})

    def test_the_list_of_commands_needs_no_keras(self):
        for name, program in self.programs.items():
            for arguments in ((), ("--help",)):
                with self.subTest(name, arguments=arguments):
                    result = run(*program, *arguments)
                    self.assertEqual(result.returncode, 0)
                    for command, purpose in COMMANDS.items():
                        self.assertIn(command, result.stdout)
                        self.assertIn(purpose, result.stdout)
                    self.check_is_light(result)

    def test_a_command_that_there_is_not_needs_no_keras(self):
        for name, program in self.programs.items():
            with self.subTest(name):
                result = run(*program, "trian", "--help")
                self.assertEqual(result.returncode, 2)
                self.assertIn("did you mean train?", result.stderr)
                self.check_is_light(result)


@pytest.mark.parametrize(
    ("argv", "orig_argv", "expected"),
    [
        (["/v/bin/semsynth"], ["python", "/v/bin/semsynth"], True),
        (["/v/semsynth.exe", "-h"], ["python", "/v/semsynth.exe", "-h"], True),
        (["-m", "-h"], ["python", "-m", "keras_semsynth", "-h"], True),
        (["-m"], ["python", "-I", "-m", "keras_semsynth"], True),
        # Programs of others.
        (["-m"], ["python", "-m", "theirs"], False),
        (["-m", "keras_semsynth"], ["python", "-m", "theirs", "keras_semsynth"],
         False),
        (["semsynth.py"], ["python", "semsynth.py"], False),
        (["train.py", "-m", "keras_semsynth"],
         ["python", "train.py", "-m", "keras_semsynth"], False),
        (["-c", "semsynth"], ["python", "-c", "pass", "semsynth"], False),
        ([""], ["python"], False),
        ([], [], False),
        (["-m"], [], False),
    ],
)  # fmt: skip
def test_the_command_is_told_from_other_programs(argv, orig_argv, expected):
    with (
        mock.patch.object(sys, "argv", argv),
        mock.patch.object(sys, "orig_argv", orig_argv),
    ):
        assert is_command() == expected
