import contextlib
import io
import pathlib
import tempfile
import unittest

from absl import flags

from keras_semsynth.commands import command_line


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.values = flags.FlagValues()
        shared = {"flag_values": self.values, "module_name": "m"}
        flags.DEFINE_integer("epochs", 1, "Epochs.", lower_bound=1, **shared)
        flags.DEFINE_enum("model", "spade", ["spade", "oasis"], "M.", **shared)
        flags.DEFINE_boolean("ttur", True, "TTUR.", **shared)
        flags.DEFINE_string("palette", None, "Palette.", **shared)

    def write(self, name, *lines):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def parse(self, *arguments):
        return command_line.parse_flags(
            ["train.py", *map(str, arguments)],
            "Trains.",
            ["m"],
            self.root,
            self.values,
        )

    def failure(self, *arguments):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with self.assertRaises(SystemExit) as caught:
                self.parse(*arguments)
        self.assertEqual(caught.exception.code, 2)
        message = stderr.getvalue()
        self.assertEqual(message.count("\n"), 1, "one line: " + message)
        return message

    def test_nested_flag_files_are_found_from_the_root(self):
        self.write("configs/_base/a.cfg", "--epochs=3", "--model=oasis")
        path = self.write(
            "configs/b.cfg",
            "# a comment",
            "--flagfile=configs/_base/a.cfg",
            "",
            "--epochs=5",
        )
        values = self.parse("--flagfile", path, "--nottur")
        self.assertEqual(
            (values.epochs, values.model, values.ttur), (5, "oasis", False)
        )

    def test_nested_flag_files_are_found_beside_the_including_file(self):
        self.write("elsewhere/base.cfg", "--epochs=3")
        path = self.write("elsewhere/b.cfg", "--flagfile=base.cfg")
        self.assertEqual(self.parse(f"--flagfile={path}").epochs, 3)

    def test_a_later_flag_wins_over_a_flag_file(self):
        path = self.write("a.cfg", "--epochs=3")
        self.assertEqual(self.parse("--flagfile", path, "--epochs=9").epochs, 9)

    def test_a_missing_flag_file_is_named_with_a_close_match(self):
        self.write("configs/quickstart.cfg")
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

    def test_values_of_the_wrong_kind_or_range_are_errors(self):
        self.assertIn("--epochs", self.failure("--epochs=many"))
        self.assertIn("--epochs", self.failure("--epochs=0"))
        self.assertIn("Unexpected argument 'x'", self.failure("x"))

    def test_help_reads_like_documentation(self):
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with self.assertRaises(SystemExit) as caught:
                self.parse("--help")
        self.assertEqual(caught.exception.code, 0)
        self.assertIn("Trains.", stdout.getvalue())
        self.assertIn("--epochs", stdout.getvalue())

    def test_resolved_flags_leave_out_what_is_unset(self):
        values = self.parse("--nottur", "--epochs=4")
        self.assertEqual(
            command_line.resolved_flags(values, ["m"]),
            {"epochs": "4", "model": "spade", "ttur": "false"},
        )

    def test_expected_errors_become_one_sentence(self):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with self.assertRaises(SystemExit) as caught:
                with command_line.one_sentence():
                    raise ValueError("The folder\n  is empty.")
        self.assertEqual(caught.exception.code, 2)
        self.assertEqual(stderr.getvalue(), "Error: The folder is empty.\n")
        with self.assertRaises(ValueError):
            with command_line.one_sentence(debug=True):
                raise ValueError("x")
