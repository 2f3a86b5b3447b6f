"""The flag files of the papers' ablation tables."""

import pathlib
import unittest
from unittest import mock

import keras
import numpy as np
import pytest

from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG19Features
from keras_semsynth.training import build
from keras_semsynth.training.start import MODULES
from tests.training import flag_values

ROOT = pathlib.Path(__file__).resolve().parents[1]
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
SMALL = (
    "--generator_filters=4",
    "--discriminator_filters=4",
    "--modulation_filters=4",
    "--pyramid_filters=4",
    "--patch_filters=4",
    "--start_filters=4",
    "--vector_filters=4",
    "--encoder_filters=2",
    "--style_dim=4",
    "--noise_dim=4",
    "--num_blocks=1",
    "--perceptual_weights=off",
)
CLASSES, SIZE = 3, (64, 64)


def parse(path, small=True):
    return flag_values.parse(
        f"--flagfile={path}", *(SMALL if small else ()), root=ROOT
    )


def build_gan(path):
    """Makes the GAN of a flag file as small as its networks can be."""
    values = parse(path)
    network = VGG19Features(width_divisor=16)
    perceptual = PerceptualLoss(network)
    with mock.patch.object(
        build, "build_perceptual_loss", lambda values: perceptual
    ):
        edges = values.use_edge_map == "auto"  # COCO-Stuff has instances
        gan = build.build_gan(values, CLASSES, edges, SIZE)
    build.compile_gan(gan, values, steps_per_epoch=1)
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
                values = parse(path, small=False)
                flags = {
                    flag.name: flag.value
                    for module in MODULES
                    for flag in values.flags_by_module_dict()[module]
                    if flag.name != "run_dir"
                }
                settings.add(str(sorted(flags.items())))
            self.assertEqual(len(settings), rows - same.get(table, 0), table)

    def test_every_file_names_its_table_and_run(self):
        for path in FILES:
            self.assertRegex(path.read_text(), r"^# (SPADE|CC-FPSE|DP-GAN|SC)")
            self.assertEqual(parse(path).run_dir, f"runs/ablations/{path.stem}")

    @pytest.mark.slow
    def test_every_file_trains(self):
        random = np.random.RandomState(0)
        labels = random.randint(0, CLASSES, (2, *SIZE)).astype("int32")
        edges = random.randint(0, 2, (2, *SIZE, 1)).astype("float32")
        image = random.uniform(-1, 1, (2, *SIZE, 3)).astype("float32")
        for path in FILES:
            with self.subTest(path.stem):
                gan = build_gan(path)
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
