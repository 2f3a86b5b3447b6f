"""pix2pixHD in two stages: the global generator, then its enhancer."""

import pathlib
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import training
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.experiments import Experiment
from keras_semsynth.gans import AdamPair
from keras_semsynth.gans import Pix2PixHD
from keras_semsynth.generators import Pix2PixHDEnhancerGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.training.initial_weights import load_initial_weights
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase

GLOBAL = {
    "filters": 2,
    "num_downsamplings": 1,
    "num_blocks": 0,
    "initial_kernel_size": 3,
    "spectral": False,
}


def tiny_gan(**kwargs):
    keras.utils.set_random_seed(1)
    generator = Pix2PixHDEnhancerGenerator(
        NUM_CLASSES, (SIZE, SIZE), num_enhancer_blocks=0, **GLOBAL
    )
    discriminator = MultiScalePatchDiscriminator(
        NUM_CLASSES, filters=2, num_scales=1, num_layers=2
    )
    gan = Pix2PixHD(generator, discriminator, **kwargs)
    gan.compile(AdamPair(1e-3, ttur=False))
    return gan


def moved(gan, epoch):
    """Which trainable weights of the generator an epoch moves, by name."""
    variables = gan.generator.trainable_variables
    before = [ops.convert_to_numpy(v) for v in variables]
    label_map, image = batch(2, seed=epoch)
    gan.fit(label_map, image, initial_epoch=epoch, epochs=epoch + 1, verbose=0)
    return {
        v.path
        for v, old in zip(variables, before, strict=True)
        if np.abs(ops.convert_to_numpy(v) - old).max() > 0
    }


class StagesTest(SemsynthTestCase):
    def test_the_global_generator_is_held_and_then_released(self):
        gan = tiny_gan(fix_global_epochs=1)
        parts = gan.generator
        of_global = {v.path for v in parts.global_generator.trainable_variables}
        everything = {v.path for v in parts.trainable_variables}
        self.assertEqual(moved(gan, 0), everything - of_global)
        # Adam knows the moments of what it held: released, it takes no leap.
        for moment in gan.optimizer.generator._momentums:
            self.assertGreater(np.abs(ops.convert_to_numpy(moment)).max(), 0)
        # As `start_epoch` decides, whatever was saved: a resumed run too.
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "gan.keras"
            gan.save(path)
            revived = keras.models.load_model(path)
        self.assertEqual(len(moved(revived, 0)), len(everything - of_global))
        self.assertEqual(moved(gan, 1), everything)

    def test_stage_two_starts_from_stage_one(self):
        gan = tiny_gan()
        keras.utils.set_random_seed(5)
        first = Pix2PixHDGenerator(
            NUM_CLASSES, (SIZE // 2, SIZE // 2), **GLOBAL
        )
        first.build()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "generator.keras"
            first.save(path)
            told = load_initial_weights(gan, path, {"num_classes": NUM_CLASSES})
        self.assertRegex(told[1], "global generator got .* of")
        for new, old in zip(
            gan.generator.global_generator.weights, first.weights, strict=True
        ):
            self.assert_close(new, ops.convert_to_numpy(old), 0.0)

    def test_other_generators_have_nothing_to_hold(self):
        generator = Pix2PixHDGenerator(NUM_CLASSES, (SIZE, SIZE), **GLOBAL)
        with self.assertRaisesRegex(ValueError, "a global part"):
            Pix2PixHD(
                generator,
                MultiScalePatchDiscriminator(NUM_CLASSES),
                fix_global_epochs=1,
            )

    @pytest.mark.slow
    def test_both_stages_train_as_runs(self):
        run = {
            "perceptual": "off",
            "batch_size": 2,
            "epochs": 1,
            "sample_count": 2,
            "tensorboard": False,
        }
        first = Experiment.from_preset("pix2pixhd").replace(
            data={"image_size": (32, 32), "count": 4},
            generator=GLOBAL,
            discriminator={"filters": 2, "num_layers": 2},
            run=run,
        )
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            training.train(first.replace(run={"run_dir": str(folder / "1")}))
            second = first.replace(
                data={"image_size": (64, 64)},
                generator=("pix2pixhd_enhancer", GLOBAL),
                objective={"fix_global_epochs": 1},
                run={
                    "run_dir": str(folder / "2"),
                    "init_from": str(folder / "1"),
                },
            )
            training.train(second)
            kept = [
                keras.models.load_model(
                    folder / run / "generator.keras", compile=False
                )
                for run in "12"
            ]
            for old, new in zip(
                kept[0].weights, kept[1].global_generator.weights, strict=True
            ):
                self.assert_close(new, ops.convert_to_numpy(old), 0.0)
            training.train(second.replace(run={"epochs": 2}))
            last = keras.models.load_model(
                folder / "2" / "generator.keras", compile=False
            )
            pairs = zip(
                kept[0].trainable_weights,
                last.global_generator.trainable_weights,
                strict=False,
            )
            for old, new in pairs:
                difference = ops.convert_to_numpy(old - new)
                self.assertGreater(np.abs(difference).max(), 0)
