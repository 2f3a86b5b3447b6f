"""Parameters that the papers print, against the generators of their rows."""

import unittest

from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import build_generator
from keras_semsynth.experiments import published_label_space
from keras_semsynth.presets import TABLES
from tests.semsynth_test_case import count_parameters


def rows(model, *names):
    """Yields the rows of tables with a printed count and an experiment.

    One preset a row, that of its own if it has one.
    """
    for table in TABLES:
        if table.model != model or table.name not in names:
            continue
        for row in table.rows:
            presets = {table.preset_of(row, d): d for d in row.experiments}
            if row.parameters and presets:
                own = f"{table.model}_{table.name}_{row.name}"
                preset = own if own in presets else next(iter(presets))
                yield f"{table.cited}: {row.title}", row.parameters, preset


def millions(preset, labels_of=None):
    """Parameters of a preset's generator, with the labels of another's data."""
    experiment = Experiment.from_preset(preset)
    data = Experiment.from_preset(labels_of) if labels_of else experiment
    generator = build_generator(experiment, published_label_space(data))
    return count_parameters(generator) / 1e6


class PrintedParametersTest(unittest.TestCase):
    def test_spade_prints_those_for_ade20k(self):
        found = list(rows("spade", "table3", "table4"))
        self.assertEqual(len(found), 11)
        for what, printed, preset in found:
            with self.subTest(what):
                count = millions(preset, "spade_ade20k_256")
                # 96.49 is printed as 96, and 140.68 as 141.
                self.assertLess(abs(count - printed), 0.55)

    def test_dpgan_prints_those_for_cityscapes(self):
        found = list(rows("dpgan", "supplement_table5"))
        self.assertEqual(len(found), 4)
        for what, printed, preset in found:
            with self.subTest(what):
                self.assertLess(abs(millions(preset) - printed), 0.1)

    def test_plain_operators_have_as_many_more_as_scgan_prints(self):
        found = {
            preset: printed for _, printed, preset in rows("scgan", "table3")
        }
        plain, mixed = "scgan_table3_conv_bn", "scgan_table3_scc_scn"
        self.assertEqual(set(found), {plain, mixed})
        self.assertAlmostEqual(
            millions(plain) - millions(mixed),
            found[plain] - found[mixed],
            delta=0.05,
        )
