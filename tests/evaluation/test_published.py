import unittest

from keras_semsynth.evaluation.own_rows import find_published
from keras_semsynth.evaluation.published import columns_of
from keras_semsynth.evaluation.published import with_published
from keras_semsynth.evaluation.published_tables import fill_tables
from keras_semsynth.evaluation.score import Score
from keras_semsynth.experiments import Experiment


class WithPublishedTest(unittest.TestCase):
    def test_each_number_has_its_column(self):
        found = find_published(
            Experiment.from_preset("spade_cityscapes_512"), "cityscapes"
        )
        scores = [
            Score("fid", 71.2, {}),
            Score("miou", 0.6, {}),
            Score("pixel_accuracy_valid", 0.93, {}),
            Score("pixel_accuracy_all", 0.82, {}),
            Score("real/miou", 0.756, {}),
            Score("fid_at_128x256", 99.0, {}),
        ]
        beside = with_published(scores, found, "all")
        self.assertEqual(
            [score.published for score in beside],
            [71.8, 62.3, None, 81.9, None, 99.9],
        )
        self.assertEqual(beside[0].published_in, "SPADE, table 1, SPADE")
        self.assertEqual(
            beside[-1].published_in, "DP-GAN, supplement, table 2, SPADE"
        )
        self.assertEqual(with_published(scores, None, "all"), scores)

    def test_with_the_float32_routine_that_row_is_the_papers(self):
        names = (
            "fid",
            "fid_float32_oasis",
            "fid_mean_of_5_seeds",
            "fid_float32_oasis_mean_of_5_seeds",
            "fid_at_128x256",
            "fid_at_128x256_float32_oasis",
            "fid_crops_all",
        )
        found = columns_of([Score(name, 1.0, {}) for name in names], "valid")
        self.assertEqual(
            found,
            {
                "fid_float32_oasis": "FID",
                "fid_float32_oasis_mean_of_5_seeds": "FID of 5 seeds, mean",
                "fid_at_128x256_float32_oasis": "FID at 128x256",
                "fid_crops_all": "FID of crops, all",
            },
        )

    def test_the_papers_own_hyperparameters_are_no_difference(self):
        code, paper = (
            find_published(Experiment.from_preset(name), "ade20k")
            for name in ("dpgan_ade20k_256", "dpgan_ade20k_256_paper")
        )
        self.assertEqual(paper.rows, code.rows)
        self.assertTrue(paper.rows)
        self.assertEqual(paper.differences, ())

    def test_five_seeds_have_mean_and_variance_in_the_table(self):
        found = find_published(
            Experiment.from_preset("dpgan_ade20k_256"), "ade20k"
        )
        spread = {"variance_ddof0": 0.0912}
        scores = [Score("fid_mean_of_5_seeds", 26.71, {}, details=spread)]
        table = next(
            t
            for t in fill_tables(found, scores, "valid")
            if "table 3" in t.title
        )
        self.assertEqual(
            table.rows[table.own - 1 : table.own + 1],
            (("DP-GAN", "26.7", "0.09"), ("this run", "26.71", "0.0912")),
        )
