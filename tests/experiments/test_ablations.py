"""The rows of the papers' ablations: their flag files, presets and tables."""

import dataclasses
import pathlib
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import compile_gan
from keras_semsynth.experiments import run_settings
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.presets import ABLATIONS
from keras_semsynth.presets import PRESETS
from keras_semsynth.presets import TABLES
from keras_semsynth.scorers import VGG19Features
from tests.experiments.ablation_rows import ROWS
from tests.experiments.small import small

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {p.stem: p for p in (ROOT / "configs/ablations").glob("*.cfg")}
SPACE = LabelSpace(3, False, (64, 64))
# Where things lie, which no preset says.
PLACES = {
    "data": frozenset({"data_dir"}),
    "run": frozenset({"run_dir", "perceptual"}),
}


def parse(*arguments):
    return train_command.parse(list(arguments))["experiment"]


def own_rows():
    """Yields every row of a table that is a preset of its own."""
    for table in TABLES:
        for name, row, variant in table.variants():
            yield name, table, row, variant


def make_gan(experiment):
    """Makes the GAN of a small experiment."""
    # COCO-Stuff has instances, and so has Cityscapes.
    edges = experiment.data.name in ("coco_stuff", "cityscapes")
    edges = experiment.data.arguments.get("use_edge_map", edges)
    space = dataclasses.replace(SPACE, use_edge_map=edges)
    perceptual = None
    if run_settings(experiment).perceptual != "off":
        perceptual = PerceptualLoss(VGG19Features(width_divisor=16))
    gan = build_gan(experiment, space, perceptual)
    gan.build()
    compile_gan(gan, experiment, steps_per_epoch=1)
    return gan


class AblationsTest(unittest.TestCase):
    def test_every_row_is_as_the_paper_has_it(self):
        written = {}
        for name, table, row, variant in own_rows():
            dataset = next(
                d for d in row.scores if row.experiments.get(d) is variant
            )
            written[name] = table.scores(row, dataset)
        self.assertEqual(set(written), set(ROWS))
        for name, (base, flags, printed) in ROWS.items():
            with self.subTest(name):
                self.assertEqual(tuple(written[name].values()), printed)
                expected = parse(f"--preset={base}", *flags.split())
                self.assertEqual(
                    Experiment.from_preset(name).differences(expected, {}), []
                )

    def test_a_flag_file_is_its_row_and_where_things_lie(self):
        self.assertEqual(set(FILES), set(ABLATIONS))
        for name, path in FILES.items():
            with self.subTest(name):
                experiment = parse(f"--flagfile={path}")
                self.assertEqual(experiment.preset, name)
                preset = Experiment.from_preset(name)
                self.assertEqual(experiment.differences(preset, PLACES), [])
                off = run_settings(preset).perceptual
                given = run_settings(experiment).perceptual
                oasis = experiment.objective.name in ("oasis", "dpgan")
                self.assertEqual(given == "off", off == "off", name)
                self.assertTrue(given or oasis, name)
                self.assertEqual(
                    run_settings(experiment).run_dir, f"runs/ablations/{name}"
                )

    def test_the_comment_of_a_file_cites_its_row(self):
        for name, table, row, _ in own_rows():
            lines = FILES[name].read_text().splitlines()
            comment = " ".join(
                line[2:] for line in lines if line.startswith("# ")
            )
            self.assertTrue(comment.startswith(table.cited), name)
            for text in (row.title, row.note, *table.notes.values()):
                self.assertIn(text, comment)

    def test_a_wrong_row_is_answered_by_the_rows_of_its_table(self):
        with self.assertRaisesRegex(
            ValueError, r"ccfpse_table2_baseline, ccfpse_table2_1,.*_full\.$"
        ):
            Experiment.from_preset("ccfpse_table2_9")
        with self.assertRaisesRegex(ValueError, r"spade_ade20k_256.*table2_\*"):
            Experiment.from_preset("ccfspe")

    def test_a_table_has_as_many_rows_as_in_the_paper(self):
        counts = {
            f"{table.model}_{table.name}": (
                len(table.rows),
                len(list(table.variants())),
            )
            for table in TABLES
        }
        # All rows, and those that are presets of their own.
        self.assertEqual(
            counts,
            {
                "spade_table1": (4, 0),
                "spade_table3": (8, 8),
                "spade_table4": (11, 11),
                "spade_table5": (9, 9),
                "ccfpse_table1": (5, 0),
                "ccfpse_table2": (8, 8),
                "oasis_table1": (1, 0),
                "dpgan_table1": (9, 0),
                "dpgan_table2": (6, 0),
                "dpgan_table3": (2, 0),
                "dpgan_table4a": (4, 4),
                "dpgan_table4b": (4, 4),
                "dpgan_table4c": (4, 4),
                "dpgan_supplement_table1": (3, 0),
                "dpgan_supplement_table2": (3, 0),
                "dpgan_supplement_table3": (3, 3),
                "dpgan_supplement_table5": (6, 0),
                "scgan_table1": (7, 0),
                "scgan_table3": (4, 4),
                "scgan_table4": (4, 4),
                "scgan_table5": (4, 4),
                "scgan_table6": (5, 5),
                "scgan_table7": (3, 0),
                "scgan_table8": (5, 1),
            },
        )

    @pytest.mark.slow
    def test_every_file_trains(self):
        random = np.random.RandomState(0)
        labels = random.randint(0, 3, (2, 64, 64)).astype("int32")
        edges = random.randint(0, 2, (2, 64, 64, 1)).astype("float32")
        image = random.uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
        trained = set()
        for name, path in FILES.items():
            experiment = small(parse(f"--flagfile={path}"))
            experiment = experiment.replace(run={"run_dir": None}, preset=None)
            # The paper's own choice is a row of many tables.
            if experiment in trained:
                continue
            trained.add(experiment)
            with self.subTest(name):
                gan = make_gan(experiment)
                gan.run_eagerly = keras.backend.backend() == "tensorflow"
                inputs = {"label_map": labels}
                if gan.generator.use_edge_map:
                    inputs["edge_map"] = edges
                before = gan.generator.get_weights()
                logs = gan.train_on_batch(inputs, image, return_dict=True)
                for term, value in logs.items():
                    self.assertTrue(np.isfinite(float(value)), term)
                moved = [
                    not np.array_equal(new, old)
                    for new, old in zip(
                        gan.generator.get_weights(), before, strict=True
                    )
                ]
                self.assertGreater(np.mean(moved), 0.8)


class TablesTest(unittest.TestCase):
    def test_every_number_has_a_column(self):
        for table in TABLES:
            self.assertRegex(table.name, r"^(supplement_)?table\d[abc]?$")
            names = [row.name for row in table.rows]
            self.assertEqual(len(names), len(set(names)), table.cited)
            for row in table.rows:
                self.assertRegex(row.name, r"^[a-z0-9_]+$")
                self.assertLessEqual(set(row.scores), set(table.columns))
                for dataset in row.scores:
                    # Strict: as many numbers as columns.
                    self.assertTrue(table.scores(row, dataset))

    def test_what_makes_a_row_is_trained_on_its_dataset(self):
        known = {**PRESETS, **ABLATIONS}
        for table in TABLES:
            for row in table.rows:
                self.assertLessEqual(set(row.experiments), set(row.scores))
                for dataset in row.experiments:
                    preset = table.preset_of(row, dataset)
                    data, _ = known[preset]["parts"]["data"]
                    self.assertEqual(data, dataset, preset)

    def test_a_system_has_one_score_in_all_tables(self):
        # CC-FPSE's own paper against SC-GAN's, SPADE's against two others.
        known = {("cityscapes", "mIoU", 65.6), ("coco_stuff", "accuracy", 45.7)}
        printed = {}
        others = set()
        for table in TABLES:
            for row in table.rows:
                for dataset in row.experiments:
                    preset = table.preset_of(row, dataset)
                    for column, value in table.scores(row, dataset).items():
                        first = printed.setdefault((preset, column), value)
                        if value != first:
                            others.add((dataset, column, value))
        self.assertEqual(others, known)

    def test_only_quoted_systems_have_no_experiment(self):
        quoted = {
            row.title
            for table in TABLES
            for row in table.rows
            if not row.experiments
        }
        self.assertEqual(
            quoted,
            {"SIMS", "DAGAN", "LGGAN", "Mask-GAN", "MUNIT", "DMIT"},
        )
