import base64
import contextlib
import io
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth.evaluation import evaluate
from keras_semsynth.evaluation.own_rows import find_published
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.files import atomic
from keras_semsynth.synthesis.synthesizer import Synthesizer
from tests.data.files import write_image
from tests.data.files import write_labels
from tests.evaluation import scored_runs
from tests.evaluation.scored_runs import COUNT


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.folder = self.root / "report"
        load = mock.patch.object(Synthesizer, "from_preset", scored_runs.load)
        load.start()
        self.addCleanup(load.stop)

    def evaluate(self, *arguments, **options):
        """Evaluates without printing, into `self.folder`."""
        options.setdefault("evaluation_dir", self.folder)
        options.setdefault("statistics_dir", scored_runs.root / "statistics")
        with contextlib.redirect_stdout(io.StringIO()) as self.printed:
            return evaluate(*arguments, **options)

    def of_folders(self, **options):
        real, labels = scored_runs.folders()
        return self.evaluate(
            **{
                "generated": real,
                "real": real,
                "labels": labels,
                "data": Part("landscapes"),
                **options,
            }
        )

    def test_real_images_in_two_folders_score_as_real_ones(self):
        report = self.of_folders()
        scores = report.scores
        self.assertAlmostEqual(scores["fd_landscapes"].value, 0, 4)
        self.assertGreater(scores["miou"].value, 0.5)
        self.assertEqual(scores["miou"].value, scores["real/miou"].value)
        self.assertLess(scores["shuffled/miou"].value, scores["miou"].value / 2)
        self.assertEqual(report.context["targets"]["images"], COUNT)
        self.assertEqual(report.protocol.name, "default")
        self.assertIn("too few", scores["fd_landscapes"].note)
        kid = scores["kid_landscapes"]
        self.assertLess(abs(kid.value), 3 * kid.details["standard_error"])
        self.assertIn(f"{COUNT}/{COUNT}", self.printed.getvalue())

    def test_the_object_is_what_the_files_and_the_table_say(self):
        report = self.of_folders(protocol="spade", fid_resize="clean")
        content = json.loads((report.folder / "report.json").read_text())
        self.assertEqual(
            {s["name"]: s["value"] for s in content["scores"]},
            {name: score.value for name, score in report.scores.items()},
        )
        protocol = content["protocol"]
        self.assertEqual(protocol["name"], "spade with fid_resize=clean")
        self.assertEqual(protocol["fid_resize"], "clean")
        # What no protocol changes is told all the same.
        self.assertEqual(protocol["real_resize"], "Pillow bicubic")
        self.assertIn(f"{COUNT} images of landscapes, protocol", str(report))
        self.assertIn("| miou (%) |", str(report))
        self.assertIn("| kid_landscapes (x1000) |", str(report))
        text = (report.folder / "report.md").read_text()
        self.assertTrue(text.startswith(str(report)))

    def test_the_page_and_the_grid_are_pictures_of_the_samples(self):
        self.of_folders()
        with Image.open(self.folder / "samples.png") as grid:
            self.assertGreater(grid.width, 4 * 64)
        page = (self.folder / "index.html").read_text()
        sources = re.findall(r'src="([^"]*)"', page)
        self.assertGreater(len(sources), 20)
        for source in sources:
            kind, _, text = source.partition(",")
            self.assertRegex(kind, "^data:image/(png|jpeg);base64$")
            with Image.open(io.BytesIO(base64.b64decode(text))) as image:
                self.assertEqual(image.size, (64, 64))
        self.assertIn("<h3>Worst</h3>", page)
        for name in scored_runs.dataset().class_names[:2]:
            self.assertIn(name, page)

    def test_a_run_stands_in_the_tables_of_its_experiment(self):
        experiment = Experiment.from_preset("pix2pixhdpp_ade20k_256")
        own = mock.patch(
            "keras_semsynth.evaluation.evaluate.published_of_run",
            return_value=find_published(experiment, "ade20k"),
        )
        with own:
            report = self.of_folders(published_tables=True)
        self.assertEqual(report.scores["miou"].published, 38.3)
        content = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(
            content["published"]["rows"][0],
            {
                "table": "SPADE, table 3",
                "row": "pix2pixHD++",
                "scores": {"mIoU": 38.3},
            },
        )
        miou = report.scores["miou"].shown
        table = (
            "| pix2pixHD++ | 38.3 | 183 |\n" + f"| **this run** | **{miou}**"
        )
        self.assertIn(table, (self.folder / "report.md").read_text())
        page = (self.folder / "index.html").read_text()
        self.assertIn(f"<td>this run</td><td>{miou}</td>", page)

    def test_a_run_is_scored_on_other_data_when_told(self):
        report = self.evaluate(
            scored_runs.run("plain"),
            data=Part("landscapes", {"count": 5}),
        )
        self.assertEqual(report.context["targets"]["images"], 5)

    def test_several_noise_seeds_give_mean_and_deviation(self):
        report = self.evaluate(
            scored_runs.run("oasis"),
            metrics=["fd", "miou", "precision_recall", "density_coverage"],
            noise_seeds=3,
            resolutions=[0.5],
            references=None,
        )
        # An untrained generator makes nothing that looks real.
        self.assertEqual(report.scores["precision_landscapes"].value, 0)
        self.assertEqual(report.scores["coverage_landscapes"].value, 0)
        self.assertEqual(report.context["noise_seeds"], [0, 1, 2])
        spread = report.scores["fd_landscapes_mean_of_3_seeds"]
        values = spread.details["values"]
        self.assertEqual(len(set(values)), 3)
        self.assertAlmostEqual(spread.value, np.mean(values))
        self.assertAlmostEqual(
            spread.details["std_ddof1"], np.std(values, ddof=1)
        )
        self.assertIn("fd_landscapes_at_32x32", report.scores)
        self.assertNotIn("real/miou", report.scores)

    def test_the_same_call_gives_the_same_scores(self):
        first, second = (
            self.evaluate(
                scored_runs.run("oasis"), batch_size=batch, overwrite=True
            ).scores
            for batch in (5, 8)
        )
        self.assertEqual(set(first), set(second))
        for name, score in first.items():
            # Batches of other sizes are added up in another order, on some
            # processors: a grey level or two of a picture then differ by one.
            np.testing.assert_allclose(
                score.value, second[name].value, rtol=5e-4, err_msg=name
            )

    def test_the_style_is_that_of_the_paper_where_it_can_be(self):
        faces = Experiment.from_preset("scgan_celebamask_hq_512")
        published = find_published(faces, "celebamask_hq")
        with (
            mock.patch.object(
                sys.modules[evaluate.__module__],
                "published_of_run",
                lambda *_: published,
            ),
            scored_runs.without_compiling(),
        ):
            own, drawn = (
                self.evaluate(
                    scored_runs.run(run),
                    data=Part("landscapes", {"count": 3}),
                    protocol="scgan",
                    metrics=["fd"],
                    evaluation_dir=None,
                    page_samples=0,
                )
                for run in ("style", "plain")
            )
        # It is part of the protocol's name.
        self.assertEqual(own.protocol.name, "scgan, style=own")
        self.assertEqual(own.folder.name, "scgan_style_own")
        content = json.loads((own.folder / "report.json").read_text())
        self.assertEqual(content["protocol"]["style"], "own")
        self.assertEqual(own.published.scores["FID"][0], 19.2)
        # Without an encoder no published number is comparable.
        self.assertEqual(drawn.protocol.name, "scgan")
        self.assertEqual(drawn.folder.name, "scgan")
        self.assertEqual(drawn.published.scores, {})
        self.assertIn("with style=own, these with style=random", str(drawn))

    def test_nan_pixels_are_named(self):
        generator = scored_runs.pix2pixhd()
        generator.build()
        weight = generator.trainable_weights[-1]
        weight.assign(np.full(weight.shape, np.nan))
        run = scored_runs.write_run(self.root / "diverged", generator)
        with self.assertRaisesRegex(ValueError, "landscapes val 0 holds NaN"):
            self.evaluate(run)

    def test_a_disk_that_fills_up_leaves_nothing_in_the_way(self):
        run = scored_runs.run("plain")
        full = mock.patch.object(
            atomic, "write_json", side_effect=atomic.DiskFullError("full")
        )
        with full, self.assertRaises(atomic.DiskFullError):
            self.evaluate(run)
        self.evaluate(run)

    def test_mistakes_name_arguments_and_leave_nothing_behind(self):
        run = scored_runs.run("plain")
        real, _ = scored_runs.folders()
        small, wrong = self.root / "small", self.root / "wrong_ids"
        alone = self.root / "generator.keras"
        alone.write_bytes(b"without a description of its run")
        for i in range(COUNT):
            write_image(small / f"{i}.png", (32 if i else 16, 32), seed=i)
            write_labels(wrong / f"{i}.png", np.full((64, 64), 77))
        for arguments, message in (
            ({}, "either `run`"),
            ({"run": self.root / "nothing"}, "does not exist"),
            ({"generated": real}, "something to be scored against: `real`"),
            (
                {"generated": real, "real": real, "evaluation_dir": None},
                "`generated` needs `evaluation_dir`",
            ),
            ({"generated": real, "labels": real}, "`dataset=folder`"),
            ({"generated": small, "real": real}, "must have one size"),
            ({"generated": real, "labels": wrong, "metrics": ["miou"]}, "77"),
            ({"run": alone}, "on which data it was trained: give `dataset`"),
            ({"run": run, "protocol": "spad"}, "did you mean spade"),
            ({"run": run, "metrics": ["mious"]}, "`metrics` must name some of"),
            ({"run": run, "metrics": ["fid"]}, "pt_inception-2015-12-05"),
            ({"run": run, "metrics": ["crops"]}, "needs instance maps"),
            (
                {"run": run, "scorer": "nowhere.keras"},
                "no file `scorer=nowhere",
            ),
            ({"run": run, "resolutions": [-1]}, "`resolutions` must be"),
            ({"run": run, "references": ["fake"]}, "`references` must name"),
            ({"run": run, "batch_size": 0}, "`batch_size` must be at least 1"),
            (
                {"run": run, "style": "own"},
                "needs a style encoder, but the run",
            ),
            ({"run": run, "style": "a.jpg"}, "`style` must be 'own' or"),
            (
                {"generated": real, "real": real, "style": "own"},
                "`style` says how a run makes its images",
            ),
        ):
            with self.subTest(message):
                if arguments.get("labels") == wrong or "real" in arguments:
                    arguments["data"] = Part("landscapes")
                with self.assertRaisesRegex(
                    (ValueError, FileNotFoundError), message
                ):
                    self.evaluate(**arguments)
                self.assertFalse((self.folder / "report.json").exists())
