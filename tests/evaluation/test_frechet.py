import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.evaluation.frechet import FeatureExtractor
from keras_semsynth.evaluation.frechet import FrechetJudge
from keras_semsynth.evaluation.frechet import real_statistics
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance
from tests.evaluation.fake_scorer import GreyScorer


class FakeTargets:
    def __init__(self, name):
        self.name = name

    def describe(self):
        return {"dataset": self.name, "images": 20}


class FrechetTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "statistics"
        random = np.random.default_rng(0)
        self.images = random.integers(0, 256, (20, 8, 8, 3), dtype="uint8")
        self.scorer = GreyScorer()
        self.extractor = FeatureExtractor(
            "fd_grey", self.scorer.features, self.scorer.describe()
        )

    def statistics(self, name="a", size=(8, 8), folder=None):
        return real_statistics(
            self.extractor,
            FakeTargets(name),
            size,
            folder,
            lambda: iter([self.images[:13], self.images[13:]]),
        )

    def test_distance_is_that_of_all_features_at_once(self):
        real = self.statistics()
        judge = FrechetJudge(self.extractor, real)
        other = 255 - self.images[::-1] // 2
        judge.update(other[:7], None, None)
        judge.update(other[7:], None, None)
        (score,) = judge.scores()
        features = [FeatureStatistics() for _ in range(2)]
        features[0].update(self.scorer.features(other))
        features[1].update(self.scorer.features(self.images))
        self.assertEqual(score.name, "fd_grey")
        self.assertAlmostEqual(score.value, frechet_distance(*features))
        self.assertEqual(score.ruler["real_images"], 20)
        self.assertEqual(score.better, "lower")

    def test_too_few_images_are_told(self):
        judge = FrechetJudge(self.extractor, self.statistics())
        judge.update(self.images[:5], None, None)
        (score,) = judge.scores()
        self.assertIn("5 images are too few", score.note)
        judge = FrechetJudge(self.extractor, self.statistics())
        judge.update(self.images, None, None)
        self.assertEqual(judge.scores()[0].note, "")

    def test_one_image_has_no_covariance(self):
        judge = FrechetJudge(self.extractor, self.statistics())
        judge.update(self.images[:1], None, None)
        with self.assertRaisesRegex(ValueError, "at least two samples"):
            judge.scores()

    def test_statistics_of_real_images_are_kept(self):
        first = self.statistics(folder=self.folder)
        calls = self.scorer.calls
        again = self.statistics(folder=self.folder)
        self.assertEqual(self.scorer.calls, calls)
        np.testing.assert_allclose(again.covariance, first.covariance)
        # Another dataset, size or network is another ruler.
        self.statistics("b", folder=self.folder)
        self.statistics(size=(4, 4), folder=self.folder)
        self.extractor.ruler = {"network": "another"}
        self.statistics(folder=self.folder)
        self.assertEqual(self.scorer.calls, calls + 6)

    def test_a_broken_cache_file_is_measured_anew(self):
        self.statistics(folder=self.folder)
        (path,) = self.folder.iterdir()
        path.write_bytes(b"no archive")
        calls = self.scorer.calls
        self.statistics(folder=self.folder)
        self.assertEqual(self.scorer.calls, calls + 2)
        self.assertEqual(self.statistics(folder=self.folder).count, 20)
