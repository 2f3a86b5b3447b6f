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


# What TensorFlow prints at its start, between words of our own.
START = """
import os, sys
sys.argv[0] = "semsynth"  # which imports no Keras
from keras_semsynth.program import quiet_start
with quiet_start():
    for line in (
        "WARNING: All log messages before absl::InitializeLog() is called are",
        "I0000 port.cc:153] oneDNN custom operations are on. You may see",
        "E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA "
        "error: Failed call to cuInit: UNKNOWN ERROR (303)",
        "E0000 something that went wrong",
    ):
        os.write(2, line.encode() + b"\\n")
    {end}
sys.stderr.write("afterwards")
"""


class QuietStartTest(unittest.TestCase):
    def run_start(self, *arguments, end="", **settings):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
        if not settings:
            environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
        return subprocess.run(
            [sys.executable, "-c", START.format(end=end), *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )

    def test_errors_are_shown_and_noise_is_not(self):
        said = self.run_start().stderr
        self.assertEqual(
            said.splitlines(), ["E0000 something that went wrong", "afterwards"]
        )

    def test_whoever_asks_sees_everything(self):
        for result in (
            self.run_start("--debug"),
            self.run_start(TF_CPP_MIN_LOG_LEVEL="0"),
        ):
            self.assertEqual(len(result.stderr.splitlines()), 5)

    def test_what_a_crash_says_is_not_lost(self):
        end = "os.write(2, b'illegal instruction\\n'); os.abort()"
        result = self.run_start(end=end)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("something that went wrong", result.stderr)
        self.assertIn("illegal instruction", result.stderr)
        self.assertNotIn("oneDNN", result.stderr)

    def test_lines_about_a_gpu_that_is_there_are_shown(self):
        start = START.replace(
            "with quiet_start",
            "os.path.exists = lambda path: True\nwith quiet_start",
        )
        with mock.patch.dict(globals(), START=start):
            self.assertIn("cuInit", self.run_start().stderr)

    def test_a_closed_standard_error_does_no_harm(self):
        command = START.format(end="print('done')")
        result = subprocess.run(
            ["bash", "-c", '"$0" -c "$1" 2>&-', sys.executable, command],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        self.assertNotIn("Traceback", result.stderr)

    def test_importing_the_package_says_nothing(self):
        script = "import keras_semsynth, tensorflow; "
        script += "tensorflow.config.list_physical_devices(); print('hello')"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
        result = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
        )
        self.assertEqual((result.stdout, result.stderr), ("hello\n", ""))


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
