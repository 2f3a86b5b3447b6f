"""A batch in parts makes the update of the whole batch."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import backend
from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth.gans.batches import joined
from keras_semsynth.gans.batches import part
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase

PLAIN = {"spectral": False, "normalization": "instance"}
ADAPTIVE = {
    "augmentation": ("color", "translation"),
    "augmentation_probability": 0.5,
    "adaptive_target": 0.0,
    "adaptive_images": 80,
}


def make(**options):
    """A GAN that draws codes and augmentation, without batch statistics."""
    return gans.SPADE(
        generators.SPADEGenerator(
            NUM_CLASSES,
            (SIZE, SIZE),
            filters=1,
            hidden_filters=2,
            style_dim=3,
            **PLAIN,
        ),
        discriminators.MultiScalePatchDiscriminator(
            NUM_CLASSES, filters=2, num_scales=1, num_layers=2, **PLAIN
        ),
        encoders.StyleEncoder(filters=1, style_dim=3, **PLAIN),
        **ADAPTIVE,
        **options,
    )


def trained(gan, count, images=4, steps=2, **options):
    """Returns the log of the steps, and what they changed."""
    sgd = tuple(keras.optimizers.SGD(0.05) for _ in range(2))
    gan.compile(sgd, clip_norm=1.0, micro_batches=count, **options)
    before = [ops.convert_to_numpy(v).copy() for v in gan.variables]
    for _ in range(steps):
        logs = gan.train_on_batch(*batch(images), return_dict=True)
    changes = [
        ops.convert_to_numpy(v) - old
        for v, old in zip(gan.variables, before, strict=True)
    ]
    return {name: float(value) for name, value in logs.items()}, changes


class MicroBatchesTest(SemsynthTestCase):
    def check(self, images=4, counts=(2,), **options):
        keras.utils.set_random_seed(0)
        gan = make(**options)
        gan.build()
        start = [ops.convert_to_numpy(v).copy() for v in gan.variables]
        found = {}
        for count in (1, *counts):
            for variable, value in zip(gan.variables, start, strict=True):
                variable.assign(value)
            found[count] = trained(gan, count, images)
        logs, changes = found[1]
        length = np.sqrt(sum(np.sum(np.square(c)) for c in changes))
        self.assertGreater(length, 1e-3)
        for count in counts:
            other_logs, other = found[count]
            for name, value in logs.items():
                # A mean of signs, of which rounding may turn one.
                limit = 1e-2 if name.endswith("certainty") else 1e-5
                self.assertAlmostEqual(
                    other_logs[name], value, delta=limit * (1 + abs(value))
                )
            difference = np.sqrt(
                sum(
                    np.sum(np.square(a - b))
                    for a, b in zip(changes, other, strict=True)
                )
            )
            self.assertLess(difference, 1e-4 * length)

    def test_the_update_is_that_of_the_whole_batch(self):
        self.check()

    @pytest.mark.slow
    def test_four_parts_make_it_too(self):
        self.check(8, counts=(4,))

    @pytest.mark.slow
    def test_several_discriminator_steps_share_a_batch_with_them(self):
        self.check(8, discriminator_steps=2, reuse_fake=False)

    @pytest.mark.slow
    def test_images_of_the_generators_step_can_be_judged_again(self):
        self.check(reuse_fake=True)

    def test_a_device_has_the_same_parts_of_its_share(self):
        values = ops.arange(12)
        whole = {"x": values, "absent": None}
        for devices in (1, 2, 3):
            size = 12 // devices
            shares = [
                part({**whole, "x": values[i * size : (i + 1) * size]}, 1, 2)
                for i in range(devices)
            ]
            x = np.concatenate([ops.convert_to_numpy(s["x"]) for s in shares])
            np.testing.assert_array_equal(x, [1, 3, 5, 7, 9, 11])
            self.assertIsNone(shares[0]["absent"])
        parts = [part(whole, i, 3)["x"] for i in range(3)]
        np.testing.assert_array_equal(
            ops.convert_to_numpy(joined(parts)), np.arange(12)
        )

    def test_noise_is_that_of_the_whole_batch(self):
        for draw in (backend.normal, backend.uniform):
            whole = draw((6, 2), keras.random.SeedGenerator(1))
            parts = []
            for i in range(3):
                with backend.micro_batch(i, 3):
                    parts.append(draw((2, 2), keras.random.SeedGenerator(1)))
            np.testing.assert_array_equal(
                ops.convert_to_numpy(joined(parts)),
                ops.convert_to_numpy(whole),
            )

    def test_wrong_numbers_say_what_to_do(self):
        with self.assertRaisesRegex(ValueError, "micro_batches"):
            make().compile(micro_batches=0)
        sgd = keras.optimizers.SGD(gradient_accumulation_steps=3)
        with self.assertRaisesRegex(ValueError, "with `micro_batches=3`"):
            make().compile((sgd, keras.optimizers.SGD()))
        with self.assertRaisesRegex(ValueError, "replica_statistics"):
            make().compile(replica_statistics="local")
