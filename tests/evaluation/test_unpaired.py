import json
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth.evaluation import evaluate
from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.inception import InceptionScoreJudge
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.files.images import read_image
from keras_semsynth.synthesis.synthesizer import Synthesizer
from tests import finished_run
from tests.evaluation import scored_runs
from tests.finished_run import photograph

# Height x width of the images of the run.
SIZE = (16, 24)


def colors(images):
    """Three features instead of Inception's 2048."""
    return np.asarray(images, "float64").mean(axis=(1, 2)) / 255


class UnpairedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.data = cls.folder / "data"
        for name, count in (
            ("trainA", 1),
            ("trainB", 1),
            ("testA", 5),
            ("testB", 3),
        ):
            (cls.data / name).mkdir(parents=True)
            for i in range(count):
                picture = photograph((20 + i, 30), len(name) * 10 + i)
                Image.fromarray(picture).save(cls.data / name / f"{i}.png")
        for name in ("image", "style"):
            run = cls.folder / name
            finished_run.write_translation_run(run, style=name == "style")
            Experiment(
                data=Part(
                    "unpaired",
                    {"data_dir": str(cls.data), "image_size": SIZE},
                )
            ).save(run)

    def setUp(self):
        self.extractor = FeatureExtractor(
            "colours", colors, {"name": "colours"}, is_inception=True
        )
        judge = InceptionScoreJudge(colors, 1, "spread", {"name": "colours"})
        for name, value in (
            ("fid_extractor", lambda *_: self.extractor),
            ("inception_score_judge", lambda *_: lambda: judge),
        ):
            patch = mock.patch.object(rulers, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        patch = scored_runs.without_compiling()
        patch.start()
        self.addCleanup(patch.stop)

    def evaluate(self, **options):
        self.report_dir = self.folder / f"report_{self.id()}"
        return evaluate(
            statistics_dir="off",
            overwrite=True,
            evaluation_dir=self.report_dir,
            **options,
        )

    def test_held_out_sources_are_scored_against_held_out_references(self):
        for name in ("image", "style"):
            with self.subTest(name):
                report = self.evaluate(run=self.folder / name)
                self.assertEqual(
                    set(report.scores), {"fid", "kid", "inception_score"}
                )
                ruler = report.scores["fid"].ruler
                self.assertEqual(ruler["generated_images"], 5)
                self.assertEqual(ruler["real_images"], 3)
                stored = json.loads(
                    (self.report_dir / "report.json").read_text()
                )
                self.assertEqual(
                    stored["targets"]["real_images"], 3, stored["targets"]
                )
                self.assertTrue((self.report_dir / "samples.png").is_file())

    def test_what_is_scored_is_what_translate_makes(self):
        report = self.evaluate(run=self.folder / "image", max_images=3)
        synthesizer = Synthesizer.from_preset(self.folder / "image")
        images = self.folder / "translated"
        images.mkdir()
        for i in range(3):
            source, reference = (
                np.asarray(
                    Image.open(self.data / f"test{side}" / f"{i}.png").resize(
                        SIZE[::-1], Image.Resampling.BICUBIC
                    )
                )
                for side in "AB"
            )
            picture = synthesizer.translate(
                source, reference, rounding="truncate"
            )
            Image.fromarray(picture).save(images / f"{i}.png")
        folders = self.evaluate(
            generated=images,
            real=self.data / "testB",
            data=Part("unpaired", {"image_size": SIZE}),
        )
        for name, score in report.scores.items():
            self.assertAlmostEqual(
                score.value, folders.scores[name].value, places=5
            )

    def test_folders_may_differ_in_numbers_and_sizes(self):
        report = self.evaluate(
            generated=self.data / "testA",
            real=self.data / "testB",
            data=Part("unpaired"),
        )
        ruler = report.scores["fid"].ruler
        self.assertEqual(
            (ruler["generated_images"], ruler["real_images"]), (5, 3)
        )
        # All have the size of the first.
        first = read_image(self.data / "testA" / "0.png")
        self.assertIn(
            f"{first.shape[0]}x{first.shape[1]}", report.context["image_size"]
        )

    def test_scores_that_need_partners_are_refused(self):
        for metrics in (("lpips",), ("miou",), ("fid", "crops")):
            with self.assertRaisesRegex(ValueError, "these have none"):
                self.evaluate(run=self.folder / "image", metrics=metrics)
        with self.assertRaisesRegex(ValueError, "leave `labels` out"):
            self.evaluate(
                generated=self.data / "testA",
                real=self.data / "testB",
                labels=self.data / "testB",
                data=Part("unpaired"),
            )
        with self.assertRaisesRegex(ValueError, "of its reference"):
            self.evaluate(
                run=self.folder / "image", metrics=("fid",), style="own"
            )

    def test_data_of_the_other_kind_are_refused(self):
        with self.assertRaisesRegex(ValueError, "two sets of photographs"):
            self.evaluate(run=self.folder / "image", data=Part("landscapes"))
        run = scored_runs.run("plain")
        with self.assertRaisesRegex(ValueError, "takes label maps"):
            self.evaluate(
                run=run, data=Part("unpaired", {"data_dir": str(self.data)})
            )
