import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.discriminators import ProjectedDiscriminator
from keras_semsynth.gans import R3GAN
from tests.discriminators.tiny_trunk import tiny_trunk
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase


def projected():
    return ProjectedDiscriminator(
        NUM_CLASSES, tiny_trunk(), filters=4, mixed_filters=4, num_scales=2
    )


def r3gan(discriminator, **kwargs):
    return R3GAN(TinyStyleGenerator(), discriminator, **kwargs)


class R3GANTest(SemsynthTestCase):
    @pytest.mark.graph
    def test_augmented_steps_move_both_players(self):
        """Second derivatives, compiled as training compiles them."""
        keras.utils.set_random_seed(0)
        gan = r3gan(
            projected(),
            fake_penalty_weight=3.0,
            augmentation=("color", "translation", "cutout"),
        )
        gan.compile()
        before = [
            ops.convert_to_numpy(v).copy() for v in gan.trainable_variables
        ]
        label_map, image = batch(4)
        logs = gan.fit(label_map, image, batch_size=2, verbose=0).history
        self.assertEqual(
            {name for name in logs if name.startswith("discriminator")},
            {
                f"discriminator/{name}"
                for name in (
                    "pairing",
                    "real_gradient",
                    "fake_gradient",
                    "total",
                )
            },
        )
        for name, (value,) in logs.items():
            self.assertTrue(np.isfinite(value), name)
        self.assertGreater(logs["discriminator/real_gradient"][0], 0.0)
        for variable, old in zip(gan.trainable_variables, before, strict=True):
            moved = np.abs(ops.convert_to_numpy(variable) - old).max()
            # Some biases cancel in a pair, or before a normalization.
            if variable.path.endswith("kernel"):
                self.assertGreater(moved, 0.0, variable.path)

    def test_penalties_are_looked_at_without_training(self):
        gan = r3gan(projected())
        gan.compile(run_eagerly=keras.backend.backend() != "jax")
        label_map, image = batch(2)
        logs = gan.evaluate(label_map, image, verbose=0, return_dict=True)
        self.assertGreater(logs["discriminator/fake_gradient"], 0.0)

    def test_a_discriminator_without_scores_is_refused(self):
        judge = OASISDiscriminator(NUM_CLASSES, (2, 2), 2)
        with self.assertRaisesRegex(ValueError, "gives .'logits'"):
            r3gan(judge)

    @pytest.mark.slow
    def test_a_step_with_another_discriminator(self):
        gan = r3gan(FPSEDiscriminator(NUM_CLASSES, filters=2))
        gan.compile()
        label_map, image = batch(2)
        logs = gan.fit(label_map, image, batch_size=2, verbose=0).history
        self.assertTrue(np.isfinite(logs["discriminator/total"][0]))
