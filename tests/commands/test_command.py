import contextlib
import errno
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings
from typing import Literal

from PIL import Image

import keras_semsynth
from keras_semsynth import backend
from keras_semsynth.commands.command import Command
from keras_semsynth.commands.errors import FailedError
from keras_semsynth.commands.errors import one_sentence
from keras_semsynth.commands.train import main as train
from keras_semsynth.experiments import PARTS
from keras_semsynth.files.images import read_size
from tests import new_process


def work(
    output: str,
    epochs: int = 1,
    model: Literal["spade", "oasis"] = "spade",
    ttur: bool = True,
    widths: tuple[int, int] | None = None,
):
    """Does nothing.

    Args:
        output: str. Where to write.
        epochs: int. Epochs. Defaults to `1`.
        model: `"spade"` or `"oasis"`. Defaults to `"spade"`.
        ttur: bool. Two time scales. Defaults to `True`.
        widths: `(height, width)` or `None`. Size. Defaults to `None`.
    """
    if epochs < 1:
        raise ValueError(f"`epochs={epochs}` must be positive,\n  `other` not.")
    if epochs > 99:
        raise FailedError("The disk is full.")
    return output, epochs, model, ttur, widths


class CommandTestCase(unittest.TestCase):
    """Runs a command inside this process."""

    command = None

    def run_command(self, *arguments, command=None):
        command = command or self.command
        return command(["semsynth x", *map(str, arguments)])

    def failure(self, *arguments, status=2):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with self.assertRaises(SystemExit) as caught:
                self.run_command(*arguments)
        message = stderr.getvalue()
        self.assertEqual(caught.exception.code, status, message)
        self.assertEqual(message.count("\n"), 1, "one line: " + message)
        return message

    def help(self, *arguments):
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with self.assertRaises(SystemExit) as caught:
                self.run_command(*arguments)
        self.assertEqual(caught.exception.code, 0)
        return stdout.getvalue()


class CommandTest(CommandTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.results = []
        self.command = Command(
            work,
            "Trains.",
            short=("output",),
            finish=self.results.append,
        )

    def write(self, name, *lines):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def test_flags_are_the_arguments_of_the_function(self):
        status = self.run_command(
            "--output=a", "--nottur", "--epochs=3", "--widths=32x64"
        )
        self.assertEqual(status, 0)
        self.assertEqual(self.results, [("a", 3, "spade", False, (32, 64))])

    def test_nested_flag_files_are_found_from_the_package(self):
        path = self.write("b.cfg", "--flagfile=configs/quickstart.cfg")
        experiment = train.parse([f"--flagfile={path}"])["experiment"]
        self.assertEqual(experiment.run.arguments["run_dir"], "runs/quickstart")

    def test_nested_flag_files_are_found_beside_the_including_file(self):
        self.write("elsewhere/base.cfg", "--epochs=3", "--output=x")
        path = self.write(
            "elsewhere/b.cfg", "# a comment", "", "--flagfile=base.cfg"
        )
        self.run_command(f"--flagfile={path}")
        self.assertEqual(self.results[0][:2], ("x", 3))

    def test_a_later_flag_wins_over_a_flag_file(self):
        path = self.write("a.cfg", "--epochs=3", "--output=x")
        self.run_command("--flagfile", path, "--epochs=9")
        self.assertEqual(self.results[0][1], 9)

    def test_a_missing_flag_file_is_named_with_a_close_match(self):
        message = self.failure("--flagfile=configs/quikstart.cfg")
        self.assertIn("was not found (did you mean configs/quick", message)

    def test_a_flag_file_that_includes_itself_is_an_error(self):
        path = self.write("a.cfg", "--flagfile=b.cfg")
        self.write("b.cfg", "--flagfile=a.cfg")
        self.assertIn("includes itself", self.failure("--flagfile", path))

    def test_a_line_that_is_no_flag_is_named(self):
        path = self.write("a.cfg", "--epochs=3", "epochs 4")
        self.assertIn("Line 2", self.failure("--flagfile", path))

    def test_an_unknown_flag_gets_one_sentence_and_a_close_match(self):
        message = self.failure("--epoch=4")
        self.assertIn("no flag --epoch (did you mean --epochs?)", message)

    def test_an_unknown_choice_gets_a_close_match(self):
        message = self.failure("--model=spad")
        self.assertIn(
            "--model=spad is not a choice (did you mean spade?)", message
        )
        self.assertIn("spade, oasis", message)

    def test_values_of_the_wrong_kind_are_errors(self):
        message = self.failure("--epochs=many")
        self.assertIn("--epochs must be a whole number", message)
        self.assertIn("Unexpected argument 'x'", self.failure("x"))
        self.assertIn("--output must be set", self.failure())

    def test_an_error_of_the_library_names_the_flag(self):
        message = self.failure("--output=a", "--epochs=0")
        self.assertEqual(
            message, "Error: --epochs=0 must be positive, 'other' not.\n"
        )
        with self.assertRaises(ValueError):
            self.run_command("--output=a", "--epochs=0", "--debug")

    def test_every_command_has_a_limit_of_pixels(self):
        path = self.root / "satellite.png"
        Image.new("L", (30, 20)).save(path)

        def read(path: str):
            """Reads.

            Args:
                path: str. An image.
            """
            return read_size(path)

        self.command = Command(read, "Reads.", finish=self.results.append)
        message = self.failure(f"--path={path}", "--max_pixels=599")
        self.assertIn("satellite.png has 30 x 20 pixels", message)
        self.assertIn("raise the limit with --max_pixels=600", message)
        self.run_command(f"--path={path}", "--max_pixels=600")
        # The next command in this process starts from the usual limit.
        self.run_command(f"--path={path}")
        self.assertEqual(self.results, [(20, 30)] * 2)
        self.assertIn("positive", self.failure("--path=a", "--max_pixels=0"))

    def test_a_failure_during_the_work_has_status_1(self):
        message = self.failure("--output=a", "--epochs=100", status=1)
        self.assertIn("disk is full", message)

    def test_a_full_disk_is_one_sentence_whoever_met_it(self):
        full = OSError(errno.ENOSPC, "No space left on device", "a.json")
        foreign = RuntimeError("ResourceExhausted: No space left on device")
        for error, names in ((full, "a.json could not"), (foreign, "is full:")):

            def work(error=error):
                raise error

            self.command = Command(work, "Works.")
            message = self.failure(status=1)
            self.assertIn(names, message)
            self.assertIn("free some space and try again", message)

    def test_names_that_are_no_text_can_be_printed(self):
        written = io.BytesIO()
        stdout = io.TextIOWrapper(written, encoding="utf-8")
        name = os.fsdecode(b"\xff.png")
        command = Command(lambda: print(f"Done: {name}"), "Works.")
        with contextlib.redirect_stdout(stdout):
            self.assertEqual(command(["command"]), 0)
        stdout.flush()
        self.assertEqual(written.getvalue(), b"Done: \\udcff.png\n")

    def test_a_warning_of_ours_is_a_note(self):
        def work():
            warnings.simplefilter("always")
            for module, word in ((keras_semsynth, "Ours."), (os, "Theirs.")):
                warnings.warn_explicit(word, UserWarning, module.__file__, 1)

        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            self.run_command(command=Command(work, "Warns."))
        said = stderr.getvalue()
        self.assertTrue(said.startswith("Note: Ours.\n"), said)
        self.assertIn("UserWarning: Theirs.", said)

    def test_a_reader_that_has_enough_is_no_error(self):
        program = f"{sys.executable} -m keras_semsynth presets | head -1"
        result = subprocess.run(
            ["bash", "-c", f"{program}; echo ${{PIPESTATUS[0]}}"],
            env=new_process.environment(),
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.stderr, "")
        first, status = result.stdout.splitlines()
        self.assertTrue(first.startswith("With weights"))
        self.assertIn(status, ("0", "141"))

    def test_ctrl_c_has_status_130(self):
        def interrupt():
            raise KeyboardInterrupt

        command = Command(interrupt, "Waits.", interrupted="Nothing written.")
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            self.assertEqual(self.run_command(command=command), 130)
        self.assertIn("Nothing written.", stderr.getvalue())

    def test_help_reads_like_documentation(self):
        text = self.help("--help")
        for words in ("Trains.", "--epochs=1\n    Epochs.", "--debug"):
            self.assertIn(words, text)
        text = self.help("--helpshort")
        self.assertIn("--output", text)
        self.assertNotIn("--epochs", text)

    def test_a_lack_of_memory_is_a_failure_with_one_sentence(self):
        for error, expected in (
            (MemoryError(), "There is not enough memory .*MemoryError"),
            (
                RuntimeError("can't allocate memory: 9 bytes\nat line 3"),
                "There is not enough memory .*: can't allocate memory: 9",
            ),
            (
                backend.OutOfMemoryError("Too little: lower `epochs`."),
                "^Error: Too little: lower --epochs.$",
            ),
        ):
            stderr = io.StringIO()
            with (
                contextlib.redirect_stderr(stderr),
                self.assertRaises(SystemExit) as caught,
                one_sentence(names={None: {"epochs": "epochs"}}),
            ):
                raise error
            self.assertEqual(caught.exception.code, 1)
            self.assertEqual(stderr.getvalue().count("\n"), 1)
            self.assertRegex(stderr.getvalue(), expected)
        with self.assertRaises(RuntimeError):
            with one_sentence():
                raise RuntimeError("A mistake of ours.")

    def test_expected_errors_become_one_sentence(self):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with self.assertRaises(SystemExit) as caught:
                with one_sentence():
                    raise ValueError("The folder\n  is empty.")
        self.assertEqual(caught.exception.code, 2)
        self.assertEqual(stderr.getvalue(), "Error: The folder is empty.\n")
        with self.assertRaises(ValueError):
            with one_sentence(debug=True):
                raise ValueError("x")


class PartsTest(CommandTestCase):
    """The flags of what is chosen, and no others."""

    command = staticmethod(train)

    def parse(self, *arguments):
        return train.parse(arguments)["experiment"]

    def test_a_choice_brings_its_flags(self):
        text = self.help("--preset=oasis", "--help")
        self.assertIn("--generator.noise_dim=64", text)
        self.assertNotIn("--generator.feature_pyramid", text)
        self.assertNotIn("  --image_dir\n", text)
        text = self.help("--generator=ccfpse", "--dataset=folder", "--help")
        self.assertIn("--generator.feature_pyramid=true", text)
        self.assertNotIn("--generator.noise_dim", text)
        self.assertIn("  --image_dir\n", text)
        self.assertNotIn("--world", text)

    def test_short_help_is_a_dozen_flags(self):
        text = self.help("--dataset=folder", "--helpshort")
        count = sum(line.startswith("  --") for line in text.splitlines())
        self.assertGreaterEqual(count, 10)
        self.assertLessEqual(count, 14)

    def test_flags_change_what_is_chosen(self):
        experiment = self.parse(
            "--generator.hidden_filters=48",
            "--generator=ccfpse",
            "--encoder=style",
            "--encoder.style_dim=8",
            "--learning_rate=1e-3",
        )
        self.assertEqual(experiment.generator.name, "ccfpse")
        self.assertEqual(
            dict(experiment.generator.arguments), {"hidden_filters": 48}
        )
        self.assertEqual(dict(experiment.encoder.arguments), {"style_dim": 8})
        self.assertEqual(
            dict(experiment.optimizers.arguments), {"learning_rate": 1e-3}
        )
        self.assertIsNone(
            self.parse("--preset=ccfpse", "--encoder=none").encoder
        )

    def test_what_chooses_parts_is_no_argument_of_the_function(self):
        def work(experiment):
            self.assertEqual(experiment.generator.name, "oasis")
            self.assertEqual(experiment.data.name, "landscapes")

        command = Command(work, "Works.", PARTS)
        self.run_command(
            "--preset=oasis", "--dataset=landscapes", command=command
        )

    def test_a_flag_of_another_choice_is_an_error(self):
        message = self.failure(
            "--generator=oasis", "--generator.upsampling=more"
        )
        self.assertIn(
            "--generator.upsampling belongs to --generator=ccfpse, inade, "
            "scgan or spade, but --generator=oasis is chosen: give the one "
            "that is meant.",
            message,
        )

    def test_a_flag_of_another_dataset_is_an_error(self):
        message = self.failure("--image_dir=photos", "--label_dir=labels")
        self.assertIn(
            "--image_dir belongs to --dataset=folder, but --dataset=landscapes "
            "is chosen by --preset=spade",
            message,
        )
        message = self.failure("--dataset=landscapes", "--nouse_edge_map")
        self.assertIn("--nouse_edge_map belongs to --dataset=", message)

    def test_an_error_names_the_flag_of_its_part(self):
        message = self.failure(
            "--run_dir=/nowhere/run",
            "--perceptual=off",
            "--generator.filters=0",
        )
        self.assertIn("--generator.filters", message)
