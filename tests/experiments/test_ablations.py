"""The flag files of the papers' ablation tables."""

import dataclasses
import pathlib
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import compile_gan
from keras_semsynth.experiments import run_settings
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG19Features
from tests.experiments.small import small

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "configs/ablations").glob("*.cfg"))
# A table -> how many flag files it has.
TABLES = {
    "spade_table3": 8,
    "spade_table4": 11,
    "ccfpse_table2": 8,
    "dpgan_table4a": 3,
    "dpgan_table4b": 4,
    "dpgan_table4c": 4,
    "dpgan_supplement_table3": 5,
    "scgan_table3": 4,
    "scgan_table4": 4,
    "scgan_table5": 6,
    "scgan_table6": 4,
    "scgan_with_oasis": 1,
}
SPACE = LabelSpace(3, False, (64, 64))


def parse(path):
    return train_command.parse([f"--flagfile={path}"])["experiment"]


def make_gan(path):
    """Makes the GAN of a flag file as small as its networks can be."""
    experiment = small(parse(path))
    # COCO-Stuff has instances.
    edges = experiment.data.name == "coco_stuff"
    edges = experiment.data.arguments.get("use_edge_map", edges)
    space = dataclasses.replace(SPACE, use_edge_map=edges)
    perceptual = None
    if run_settings(experiment).perceptual_weights != "off":
        perceptual = PerceptualLoss(VGG19Features(width_divisor=16))
    gan = build_gan(experiment, space, perceptual)
    gan.build()
    compile_gan(gan, experiment, steps_per_epoch=1)
    return gan


class AblationsTest(unittest.TestCase):
    def test_every_row_of_every_table_has_a_flag_file(self):
        for table, rows in TABLES.items():
            files = [path for path in FILES if path.stem.startswith(table)]
            self.assertEqual(len(files), rows, table)
        self.assertEqual(len(FILES), sum(TABLES.values()))

    def test_the_rows_of_a_table_differ(self):
        # The paper's own choice is one row of each part of SPADE's table 4.
        same = {"spade_table4": 3}
        for table, rows in TABLES.items():
            settings = set()
            for path in (p for p in FILES if p.stem.startswith(table)):
                experiment = parse(path).replace(run={"run_dir": None})
                settings.add(experiment.replace(preset=None))
            self.assertEqual(len(settings), rows - same.get(table, 0), table)

    def test_every_file_names_its_table_and_run(self):
        for path in FILES:
            self.assertRegex(path.read_text(), r"^# (SPADE|CC-FPSE|DP-GAN|SC)")
            run_dir = run_settings(parse(path)).run_dir
            self.assertEqual(run_dir, f"runs/ablations/{path.stem}")

    @pytest.mark.slow
    def test_every_file_trains(self):
        random = np.random.RandomState(0)
        labels = random.randint(0, 3, (2, 64, 64)).astype("int32")
        edges = random.randint(0, 2, (2, 64, 64, 1)).astype("float32")
        image = random.uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
        for path in FILES:
            with self.subTest(path.stem):
                gan = make_gan(path)
                gan.run_eagerly = keras.backend.backend() == "tensorflow"
                inputs = {"label_map": labels}
                if gan.generator.use_edge_map:
                    inputs["edge_map"] = edges
                before = gan.generator.get_weights()
                logs = gan.train_on_batch(inputs, image, return_dict=True)
                for name, value in logs.items():
                    self.assertTrue(np.isfinite(float(value)), name)
                moved = [
                    not np.array_equal(new, old)
                    for new, old in zip(
                        gan.generator.get_weights(), before, strict=True
                    )
                ]
                self.assertGreater(np.mean(moved), 0.8)
