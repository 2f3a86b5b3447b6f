import contextlib
import io
import json
import pathlib
import tempfile
import unittest

from keras_semsynth.commands import train_scorer


class TrainScorerCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "scorer.keras"

    def run_command(self, *arguments):
        """Returns `(status, standard output, standard error)`."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = train_scorer.main(
                        ["train_scorer", f"--output={self.path}", *arguments]
                    )
                except SystemExit as error:
                    status = error.code
        return status, stdout.getvalue(), stderr.getvalue()

    def test_flags_of_data_network_and_training_arrive(self):
        status, out, err = self.run_command(
            "--dataset=landscapes",
            "--image_size=16x16",
            "--count=8",
            "--filters=2",
            "--depth=1",
            "--epochs=1",
            "--batch_size=4",
        )
        self.assertEqual(status, 0, err)
        self.assertIn("mIoU", out)
        self.assertIn(f"Done: {self.path}", out)
        report = json.loads(self.path.with_suffix(".json").read_text())
        self.assertEqual(
            report["data"],
            {
                "name": "landscapes",
                "image_size": [16, 16],
                "count": 8,
            },
        )
        self.assertEqual(report["training"]["batch_size"], 4)
        self.assertEqual(report["training_images"], 8)

    def test_bad_input_is_one_sentence(self):
        for arguments, message in (
            (["--output=scorer.h5"], "--output must end in .keras"),
            (["--epoch=2"], "mean --epochs?"),
            (["--depth=0", "--count=16"], "--depth"),
            (["--dataset=unpaired"], "no label maps"),
            (["--count=3", "--batch_size=4"], "lower --batch_size"),
        ):
            with self.subTest(message):
                status, _, err = self.run_command(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(message, err)
                self.assertEqual(err.count("\n"), 1, err)
        self.assertFalse(self.path.exists())
