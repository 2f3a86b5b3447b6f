import contextlib
import io
import json
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

from keras_semsynth.commands import evaluate
from keras_semsynth.synthesis.synthesizer import Synthesizer
from tests.evaluation import scored_runs
from tests.evaluation.scored_runs import COUNT


class EvaluateCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        load = mock.patch.object(Synthesizer, "from_preset", scored_runs.load)
        load.start()
        self.addCleanup(load.stop)

    def run_command(self, *arguments):
        """Returns `(status, standard output, standard error)`."""
        stdout, stderr = io.StringIO(), io.StringIO()
        statistics = scored_runs.root / "statistics"
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = evaluate.main(
                        [
                            "evaluate",
                            f"--statistics_dir={statistics}",
                            *arguments,
                        ]
                    )
                except SystemExit as error:
                    status = error.code
        return status, stdout.getvalue(), stderr.getvalue()

    def test_a_run_is_scored_on_the_data_it_was_trained_on(self):
        run = scored_runs.run("plain")
        status, out, err = self.run_command(f"--run={run}", "--protocol=spade")
        self.assertEqual(status, 0, err)
        folder = run / "evaluation" / "spade"
        report = json.loads((folder / "report.json").read_text())
        scores = {s["name"]: s["value"] for s in report["scores"]}
        self.assertEqual(report["targets"]["dataset"], "landscapes")
        self.assertEqual(report["targets"]["images"], COUNT)
        self.assertRegex(report["source"]["sha256"], "^[0-9a-f]{64}$")
        self.assertLess(scores["miou"], 0.3)
        self.assertGreater(scores["fd_landscapes"], 0.1)
        self.assertIn("| miou (%) |", out)
        self.assertIn(str(folder / "index.html"), out)
        # Its report is not replaced unasked.
        status, _, err = self.run_command(f"--run={run}", "--protocol=spade")
        self.assertEqual(status, 2)
        self.assertIn("pass --overwrite", err)

    def test_flags_of_the_data_win_over_those_of_the_run(self):
        folder = self.root / "report"
        status, _, err = self.run_command(
            f"--run={scored_runs.run('plain')}",
            f"--evaluation_dir={folder}",
            "--count=5",
            "--references=none",
            "--metrics=fd,miou",
        )
        self.assertEqual(status, 0, err)
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(report["targets"]["images"], 5)
        names = [score["name"] for score in report["scores"]]
        self.assertFalse([name for name in names if "/" in name])

    def test_mistakes_are_one_sentence_that_names_the_flag(self):
        real, _ = scored_runs.folders()
        run = f"--run={scored_runs.run('plain')}"
        broken = self.root / "broken"
        shutil.copytree(real, broken)
        (broken / "3.png").write_bytes(b"no image")
        here = f"--evaluation_dir={self.root / 'report'}"
        for arguments, message in (
            ((), "either --run"),
            (
                (f"--run={self.root / 'nothing'}",),
                "does not exist",
            ),
            ((f"--generated={real}", here), "against: --real"),
            (
                (
                    f"--generated={broken}",
                    f"--real={real}",
                    "--dataset=landscapes",
                    here,
                ),
                "3.png cannot be read as an image",
            ),
            ((run, "--protocol=spad", here), "--protocol=spad .* mean spade"),
            ((run, "--metrics=mious", here), "--metrics must name some of"),
            ((run, "--metrics=crops", here), "or --instances"),
            (
                (run, "--resolutions=x", here),
                "--resolutions must be finite numbers",
            ),
            ((run, "--quantisation=float", here), "mean --quantization"),
        ):
            with self.subTest(message):
                status, _, err = self.run_command(*arguments)
                self.assertEqual(status, 2, err)
                self.assertRegex(err, message)
                self.assertEqual(err.count("\n"), 1, err)
        self.assertFalse((self.root / "report" / "report.json").exists())

    def test_the_short_help_is_for_newcomers(self):
        status, out, _ = self.run_command("--helpshort")
        self.assertEqual(status, 0)
        self.assertIn("--generated", out)
        self.assertNotIn("--fid_precision", out)
        _, out, _ = self.run_command("--help")
        self.assertIn("--fid_precision", out)
        # With a reason for the word that nobody guesses.
        self.assertIn("Arithmetic of FID", out)
