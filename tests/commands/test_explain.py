import contextlib
import io
import pathlib
import tempfile
import unittest

from keras_semsynth.commands import explain
from tests.explanations import explained_runs
from tests.explanations.vis_test_case import VisTestCase


def command(*arguments):
    """Runs the command; returns its status, output and errors."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout):
        with contextlib.redirect_stderr(stderr):
            try:
                status = explain.main(["explain", *arguments])
            except SystemExit as error:
                status = error.code
    return status, stdout.getvalue(), stderr.getvalue()


class ExplainCommandTest(VisTestCase):
    def test_the_page_is_written_and_named(self):
        path, _ = explained_runs.run("spade")
        output = path / "page"
        status, printed, errors = command(
            f"--run={path}",
            f"--output={output}",
            "--count=1",
            "--steps=2",
            "--smooth_samples=2",
            "--scorer=none",
        )
        self.assertEqual((status, errors), (0, ""))
        self.assertIn(str(output / "index.html"), printed)
        self.assertTrue((output / "index.html").is_file())


class ExplainCommandErrorsTest(unittest.TestCase):
    def failure(self, *arguments):
        status, _, errors = command(*arguments)
        self.assertEqual(status, 2)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def test_bad_input_is_one_sentence(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        self.assertIn("--run must be set", self.failure(f"--output={root}"))
        self.assertIn("--output must be set", self.failure("--run=x"))
        self.assertIn("mean --steps?", self.failure("--stpes=3"))
        (root / "index.html").write_text("")
        error = self.failure("--run=x", f"--output={root}")
        self.assertIn("choose another --output, or pass --overwrite", error)
