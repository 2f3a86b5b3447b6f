import pathlib
import tempfile
import unittest
import unittest.mock

import numpy as np
import pytest

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.data import describe
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.training.build import build_discriminator
from keras_semsynth.training.build import build_encoder
from keras_semsynth.training.build import build_gan
from keras_semsynth.training.build import build_generator
from keras_semsynth.training.sample_grid import SampleGrid
from keras_semsynth.training.start import prepare
from tests.data import files
from tests.training import flag_values

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = (
    "--perceptual_weights=off",
    "--generator_filters=1",
    "--start_filters=1",
    "--vector_filters=2",
    "--modulation_filters=2",
    "--discriminator_filters=2",
)
LAYOUT = {"num_classes": 5, "use_edge_map": False}


def parse(name, *arguments):
    path = ROOT / "configs" / f"{name}.cfg"
    return flag_values.parse(f"--flagfile={path}", *arguments, root=ROOT)


class SCGANFlagsTest(unittest.TestCase):
    def test_each_row_of_the_ablations_changes_what_it_says(self):
        normal = {
            "conditional_conv": True,
            "conditional_norm": True,
            "num_conv_candidates": 3,
            "num_norm_candidates": 4,
            "vector_normalization": "softmax",
            "temperature": 0.05,
        }
        for name, change in (
            ("3_full", {}),
            ("3_scc", {"conditional_norm": False}),
            ("3_scn", {"conditional_conv": False}),
            (
                "3_baseline",
                {"conditional_conv": False, "conditional_norm": False},
            ),
            ("4_2", {"num_conv_candidates": 2, "num_norm_candidates": 2}),
            ("4_5", {"num_conv_candidates": 5, "num_norm_candidates": 5}),
            ("5_softmax1", {"temperature": 1.0}),
            ("5_sigmoid", {"vector_normalization": "sigmoid"}),
            ("5_none", {"vector_normalization": "none"}),
        ):
            with self.subTest(name):
                values = parse(f"ablations/scgan_table{name}")
                generator = build_generator(
                    values, image_size=(256, 256), **LAYOUT
                )
                for argument, expected in {**normal, **change}.items():
                    actual = getattr(generator, argument)
                    self.assertEqual(actual, expected, argument)

    def test_the_loss_of_the_regressed_image(self):
        for name, weight, loss in (
            ("l1", 2, "l1"),
            ("l2", 2, "l2"),
            ("none", 0, "l1"),
        ):
            values = parse(f"ablations/scgan_table6_{name}", *TINY)
            gan = build_gan(values, image_size=(32, 32), **LAYOUT)
            self.assertEqual(gan.semantic_vector_weight, weight)
            self.assertEqual(gan.semantic_vector_loss, loss)

    def test_the_generator_goes_with_the_objective_of_oasis(self):
        values = parse(
            "ablations/scgan_with_oasis", *TINY, "--discriminator_filters=4"
        )
        gan = build_gan(values, image_size=(64, 64), **LAYOUT)
        self.assertIn("semantic_vector", gan.generator_weights)
        self.assertIn("label_mix", gan.discriminator_weights)
        self.assertIsNotNone(gan.ema_generator)

    def test_faces_have_style_position_codes_and_two_scales(self):
        values = parse("celebamask_hq_scgan")
        generator = build_generator(values, image_size=(512, 512), **LAYOUT)
        self.assertEqual(generator.position_code, "pyramid")
        self.assertEqual(generator.latent_kind, "style")
        self.assertFalse(generator.spectral_vectors)
        for network in (
            build_discriminator(values, **LAYOUT),
            build_encoder(values),
        ):
            self.assertEqual(network.initializer, "xavier_unless_spectral")


class UnpairedRunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("trainA", "trainB", "testA", "testB"):
            for i in range(2):
                path = self.root / "data" / name / f"{i}.jpg"
                files.write_image(path, (40, 40), i)

    def values(self, *arguments):
        return parse(
            "summer2winter_scgan",
            *TINY,
            f"--data_dir={self.root / 'data'}",
            f"--run_dir={self.root / 'run'}",
            "--image_size=32x32",
            "--load_size=36",
            "--batch_size=2",
            "--epochs=1",
            "--decay_epochs=0",
            "--tensorboard=false",
            *arguments,
        )

    def test_flags_choose_the_unpaired_objective(self):
        values = self.values()
        train = describe("unpaired", str(self.root / "data"))
        gan = build_gan(values, train.num_classes, False, (32, 32))
        self.assertIsInstance(gan, UnpairedSCGAN)
        self.assertEqual(gan.generator.start, "image")

    def test_paired_and_unpaired_do_not_mix(self):
        for wrong in ("--objective=scgan", "--dataset=landscapes"):
            with self.assertRaisesRegex(UsageError, "belong together"):
                prepare(self.values(wrong))

    def test_a_grid_shows_source_reference_and_result(self):
        images = np.zeros((2, 8, 8, 3), "float32")
        grid = SampleGrid(
            self.root,
            unittest.mock.Mock(step=3),
            {"label_map": images, "source": images - 1},
            images,
            None,
            lambda model, inputs: inputs["source"],
        )
        self.assertTrue(grid.draw().is_file())

    @pytest.mark.slow
    def test_a_run_from_flags_to_grids(self):
        trainer = prepare(self.values())
        self.addCleanup(trainer.run_directory.release)
        self.assertIsNone(trainer.train())
        self.assertEqual(
            len(list((self.root / "run" / "samples").glob("*.png"))), 1
        )
