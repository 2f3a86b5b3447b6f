import base64
import contextlib
import functools
import io
import json
import pathlib
import re
import shutil
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth import data
from keras_semsynth.commands import evaluate
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from tests.data.files import write_image
from tests.data.files import write_labels

COUNT = 12


def pix2pixhd():
    """The generator whose graph is made fastest."""
    return Pix2PixHDGenerator(
        10, (64, 64), filters=2, num_downsamplings=1, num_blocks=1
    )


class EvaluateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.dataset = data.describe("landscapes", split="val", count=COUNT)
        for index in range(COUNT):
            sample = cls.dataset.read(index)
            for kind, array in (
                ("real", sample.image),
                ("labels", sample.label_map),
            ):
                path = cls.root / kind / f"{index}.png"
                path.parent.mkdir(exist_ok=True)
                Image.fromarray(array.astype("uint8")).save(path)
        keras.utils.set_random_seed(3)
        for name, generator in (
            (
                "plain",
                pix2pixhd(),
            ),
            (
                "oasis",
                OASISGenerator(
                    10, (64, 64), filters=2, hidden_filters=2, noise_dim=3
                ),
            ),
        ):
            run = cls.root / name
            run.mkdir()
            generator.build()
            generator.save(run / "generator.keras")
            (run / "flags.cfg").write_text(
                f"--dataset=landscapes\n--max_dataset_size={COUNT}\n"
                f"--image_size=64x64\n--model={name}\n--learning_rate=1e-4\n"
            )
        load = mock.patch.object(
            Synthesizer, "load", functools.cache(Synthesizer.load)
        )
        load.start()
        cls.addClassCleanup(load.stop)

    def run_command(self, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = evaluate.main(
                        [
                            evaluate.__file__,
                            f"--statistics_dir={self.root / 'statistics'}",
                            *arguments,
                        ]
                    )
                except SystemExit as error:
                    status = error.code
        return status, stdout.getvalue(), stderr.getvalue()

    def report(self, folder):
        report = json.loads((folder / "report.json").read_text())
        return report, {s["name"]: s for s in report["scores"]}

    def folders(self, generated, *arguments, real="real", labels="labels"):
        return self.run_command(
            f"--generated={generated}",
            f"--real={self.root / real}",
            f"--labels={self.root / labels}",
            "--dataset=landscapes",
            *arguments,
        )

    def test_real_images_in_two_folders_score_as_real_ones(self):
        folder = self.root / "two_folders"
        status, out, err = self.folders(
            self.root / "real", f"--evaluation_dir={folder}"
        )
        self.assertEqual(status, 0, err)
        report, scores = self.report(folder)
        self.assertAlmostEqual(scores["fd_landscapes"]["value"], 0, 4)
        self.assertGreater(scores["miou"]["value"], 0.5)
        self.assertEqual(scores["miou"]["value"], scores["real/miou"]["value"])
        self.assertLess(
            scores["shuffled/miou"]["value"], scores["miou"]["value"] / 2
        )
        self.assertEqual(report["targets"]["images"], COUNT)
        self.assertEqual(report["protocol"]["name"], "default")
        self.assertIn("too few", scores["fd_landscapes"]["note"])
        self.assertIn("| miou (%) |", (folder / "report.md").read_text())
        self.assertIn(f"{COUNT}/{COUNT}", out)

    def test_the_page_and_the_grid_are_pictures_of_the_samples(self):
        folder = self.root / "page"
        self.folders(self.root / "real", f"--evaluation_dir={folder}")
        with Image.open(folder / "samples.png") as grid:
            self.assertGreater(grid.width, 4 * 64)
        page = (folder / "index.html").read_text()
        sources = re.findall(r'src="([^"]*)"', page)
        self.assertGreater(len(sources), 20)
        for source in sources:
            kind, _, text = source.partition(",")
            self.assertRegex(kind, "^data:image/(png|jpeg);base64$")
            with Image.open(io.BytesIO(base64.b64decode(text))) as image:
                self.assertEqual(image.size, (64, 64))
        self.assertIn("<h3>Worst</h3>", page)
        for name in self.dataset.class_names[:2]:
            self.assertIn(name, page)

    def test_a_run_is_scored_on_the_dataset_it_was_trained_on(self):
        status, _, err = self.run_command(
            f"--run={self.root / 'plain'}", "--protocol=spade"
        )
        self.assertEqual(status, 0, err)
        folder = self.root / "plain" / "evaluation" / "spade"
        report, scores = self.report(folder)
        self.assertEqual(report["targets"]["dataset"], "landscapes")
        self.assertEqual(report["targets"]["images"], COUNT)
        self.assertRegex(report["source"]["sha256"], "^[0-9a-f]{64}$")
        self.assertLess(scores["miou"]["value"], 0.3)
        self.assertGreater(scores["fd_landscapes"]["value"], 0.1)
        # Its report is not replaced unasked.
        status, _, err = self.run_command(
            f"--run={self.root / 'plain'}", "--protocol=spade"
        )
        self.assertEqual(status, 2)
        self.assertIn("--overwrite", err)

    def test_several_noise_seeds_give_mean_and_deviation(self):
        folder = self.root / "seeds"
        status, _, err = self.run_command(
            f"--run={self.root / 'oasis'}",
            "--noise_seeds=3",
            "--resolutions=0.5",
            "--references=none",
            f"--evaluation_dir={folder}",
        )
        self.assertEqual(status, 0, err)
        report, scores = self.report(folder)
        self.assertEqual(report["noise_seeds"], [0, 1, 2])
        spread = scores["fd_landscapes_mean_of_3_seeds"]
        values = spread["details"]["values"]
        self.assertEqual(len(set(values)), 3)
        self.assertAlmostEqual(spread["value"], np.mean(values))
        self.assertAlmostEqual(
            spread["details"]["std_ddof1"], np.std(values, ddof=1)
        )
        self.assertIn("fd_landscapes_at_32x32", scores)
        self.assertNotIn("real/miou", scores)

    def test_the_same_call_gives_the_same_scores(self):
        found = []
        for i, batch in enumerate((5, 8)):
            folder = self.root / f"same{i}"
            self.run_command(
                f"--run={self.root / 'oasis'}",
                f"--batch_size={batch}",
                f"--evaluation_dir={folder}",
            )
            _, scores = self.report(folder)
            found.append({n: s["value"] for n, s in scores.items()})
        self.assertEqual(set(found[0]), set(found[1]))
        for name, value in found[0].items():
            self.assertAlmostEqual(value, found[1][name], 3, name)

    def test_mistakes_are_one_sentence_and_leave_nothing_behind(self):
        generated = self.root / "broken"
        shutil.copytree(self.root / "real", generated)
        (generated / "3.png").write_bytes(b"no image")
        small = self.root / "small"
        for i in range(COUNT):
            write_image(small / f"{i}.png", (32 if i else 16, 32), seed=i)
        wrong = self.root / "wrong_ids"
        for i in range(COUNT):
            write_labels(wrong / f"{i}.png", np.full((64, 64), 77))
        target = self.root / "mistakes"
        here = f"--evaluation_dir={target}"
        for arguments, message in (
            ((), "either --run"),
            ((f"--run={self.root / 'nothing'}",), "does not exist"),
            (
                (f"--generated={self.root / 'real'}", here),
                "something to be scored against",
            ),
            (
                (
                    f"--generated={generated}",
                    f"--real={self.root / 'real'}",
                    "--dataset=landscapes",
                    here,
                ),
                r"3.png cannot be read as an image",
            ),
            (
                (
                    f"--generated={small}",
                    f"--real={self.root / 'real'}",
                    "--dataset=landscapes",
                    here,
                ),
                "must have one size",
            ),
            (
                (
                    f"--generated={self.root / 'real'}",
                    f"--labels={wrong}",
                    "--dataset=landscapes",
                    "--metrics=miou",
                    here,
                ),
                "77",
            ),
            (
                (f"--run={self.root / 'plain'}", "--metrics=mious", here),
                "--metrics must name some of",
            ),
            (
                (f"--run={self.root / 'plain'}", "--metrics=fid", here),
                "pt_inception-2015-12-05-6726825d.pth",
            ),
            (
                (f"--run={self.root / 'plain'}", "--metrics=crops", here),
                "needs instance maps",
            ),
            (
                (
                    f"--run={self.root / 'plain'}",
                    "--scorer=nowhere.keras",
                    here,
                ),
                "There is no scorer",
            ),
            (
                (f"--run={self.root / 'plain'}", "--resolutions=x", here),
                "--resolutions must be factors",
            ),
        ):
            with self.subTest(message):
                status, _, err = self.run_command(*arguments)
                self.assertEqual(status, 2, err)
                self.assertRegex(err, message)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertFalse((target / "report.json").exists())

    def test_nan_pixels_are_named(self):
        run = self.root / "diverged"
        run.mkdir()
        generator = pix2pixhd()
        generator.build()
        weight = generator.trainable_weights[-1]
        weight.assign(np.full(weight.shape, np.nan))
        generator.save(run / "generator.keras")
        shutil.copy(self.root / "plain" / "flags.cfg", run)
        status, _, err = self.run_command(f"--run={run}")
        self.assertEqual(status, 2)
        self.assertIn("landscapes val 0 holds NaN", err)


if __name__ == "__main__":
    unittest.main()
