import contextlib
import csv
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import keras
import pytest

from keras_semsynth.commands import check_data
from keras_semsynth.commands import evaluate
from keras_semsynth.commands import pack
from keras_semsynth.commands import train
from keras_semsynth.files import progress_line
from keras_semsynth.scorers import UNetSegmenter
from tests.data import files

SIZES = ["--image_size=32x32", "--load_size=36"]
NETWORKS = [
    "--perceptual=off",
    "--generator=pix2pixhd",
    "--generator.filters=1",
    "--generator.num_blocks=1",
    "--discriminator.filters=2",
    "--discriminator.num_scales=1",
    "--epochs=1",
    "--batch_size=2",
    "--tensorboard=false",
]


class PackCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        found = files.write_pairs(self.root, ("a", "b"), size=(40, 48))
        held_out = files.write_pairs(self.root / "v", ("c", "d"), size=(40, 48))
        found |= {f"val_{name}": path for name, path in held_out.items()}
        self.data = ["--dataset=folder", "--num_classes=3"]
        self.data += [f"--{name}={path}" for name, path in found.items()]
        self.output = self.root / "packs/mine"
        self.packed = ["--dataset=packed", f"--data_dir={self.output}"]

    def run_command(self, command, *flags):
        """Exit status and what was printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = command.main(["semsynth", *flags])
            except SystemExit as error:
                status = error.code
        return status, out.getvalue(), err.getvalue()

    def pack(self, *flags):
        given = [*self.data, *SIZES, f"--output={self.output}", *flags]
        return self.run_command(pack, *given)

    def losses(self, run):
        """The rows of a run's log, without what depends on the clock."""
        with open(run / "logs/train.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertTrue(rows)
        return [
            {name: row[name] for name in row if "/" in name} for row in rows
        ]

    def scorer(self):
        """A network of the three classes, with random weights."""
        names = ["class 0", "class 1", "class 2"]
        keras.utils.set_random_seed(1)
        network = UNetSegmenter(
            3, filters=2, depth=1, dataset="folder", class_names=names
        )
        network.build()
        path = self.root / "scorer.keras"
        network.save(path)
        return path

    def test_it_says_what_it_wrote_and_does_not_write_it_again(self):
        # Flags of a model, as a flag file of training has, do no harm.
        status, out, err = self.pack("--preset=oasis", "--batch_size=3")
        self.assertEqual(status, 0, err)
        self.assertIn(
            "train.array_record: 2 samples, resized to 36x36 (height x width)",
            out,
        )
        self.assertIn("val.array_record: 2 samples, resized to 32x32", out)
        self.assertIn(f"--dataset=packed --data_dir={self.output}", out)
        self.assertIn("Packing [====================] 4/4 samples", err)
        status, _, err = self.pack()
        self.assertEqual(status, 2)
        self.assertIn(f"--output={self.output} exists already", err)

    @pytest.mark.slow
    def test_every_command_works_on_it(self):
        self.assertEqual(self.pack()[0], 0)
        status, out, err = self.run_command(
            check_data, *self.packed, *NETWORKS, "--try_steps=0"
        )
        self.assertEqual(status, 0, out + err)
        self.assertIn("train: 2 records of folder, resized to 36x36", out)
        losses = []
        for name, given in (
            ("packed", self.packed),
            ("files", [*self.data, *SIZES]),
        ):
            run = self.root / "runs" / name
            status, out, err = self.run_command(
                train, *given, *NETWORKS, f"--run_dir={run}"
            )
            self.assertEqual(status, 0, out + err)
            losses.append(self.losses(run))
        self.assertEqual(*losses)
        scores, scorer = [], self.scorer()
        for name, given in (("packed", []), ("files", self.data + SIZES)):
            report = self.root / "reports" / name
            status, out, err = self.run_command(
                evaluate,
                f"--run={self.root}/runs/packed",
                *given,
                f"--scorer={scorer}",
                f"--evaluation_dir={report}",
                "--statistics_dir=off",
                "--metrics=miou",
            )
            self.assertEqual(status, 0, out + err)
            content = json.loads((report / "report.json").read_text())
            scores.append(content["scores"])
        self.assertEqual(*scores)

    def test_other_sizes_are_refused_with_the_flags_that_ask(self):
        self.assertEqual(self.pack()[0], 0)
        status, _, err = self.run_command(
            train,
            *self.packed,
            *NETWORKS,
            "--image_size=64x64",
            f"--run_dir={self.root}/run",
        )
        self.assertEqual(status, 2)
        self.assertIn(f"The pack --data_dir={self.output} holds the train", err)
        self.assertIn("leave --preprocess_mode, --image_size, --load_size", err)
        self.assertFalse((self.root / "run").exists())

    def test_ctrl_c_leaves_nothing_behind(self):
        with mock.patch.object(
            progress_line.ProgressLine, "update", side_effect=KeyboardInterrupt
        ):
            status, _, err = self.pack()
        self.assertEqual(status, 130)
        self.assertIn("nothing was left behind", err)
        self.assertEqual(list(self.output.parent.iterdir()), [])

    def test_a_missing_package_is_named_with_its_extra(self):
        with mock.patch.dict(sys.modules, {"array_record.python": None}):
            status, _, err = self.pack()
        self.assertEqual(status, 2)
        self.assertIn('pip install "keras_semsynth[pack]"', err)


if __name__ == "__main__":
    unittest.main()
