"""Float16: an update with numbers that are too large is left out."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.gans import stop_on_non_finite
from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd
from tests.semsynth_test_case import SemsynthTestCase

HUGE = 1e30


def make():
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_float16")
    gan = tiny_pix2pixhd()
    gan.compile()
    return gan


def values(gan):
    return [
        ops.convert_to_numpy(v.value).copy() for v in gan.trainable_variables
    ]


@pytest.mark.skipif(
    keras.backend.backend() == "torch",
    reason="PyTorch has no float16 convolutions on a CPU",
)
class SkippedUpdatesTest(SemsynthTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(keras.config.set_dtype_policy, "float32")

    def fit(self, gan, scales):
        """Trains on one batch a step, multiplied by the step's scale."""
        label_map, image = batch(2)
        images = np.concatenate([image * scale for scale in scales])
        seen = []
        keep = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda i, logs: seen.append(
                (dict(logs), values(keep.model))
            )
        )
        gan.fit(
            np.concatenate([label_map] * len(scales)),
            images.astype("float32"),
            batch_size=2,
            steps_per_epoch=len(scales),
            shuffle=False,
            callbacks=[keep],
            verbose=0,
        )
        return seen

    def test_the_step_is_left_out_of_weights_and_means_and_the_run_goes_on(
        self,
    ):
        gan = make()
        # The first scales are too large for any gradient.
        self.fit(gan, [1.0] * 4)
        steps = self.fit(gan, [1.0, HUGE, 1.0])
        skipped = [logs["discriminator/skipped"] for logs, _ in steps]
        self.assertEqual(skipped, [0.0, 1.0, 0.0])
        for logs, _ in steps:
            self.assertTrue(np.isfinite(list(logs.values())).all(), logs)
        (_, first), (_, second), (_, third) = steps
        moved = [
            any((a != b).any() for a, b in zip(x, y, strict=True))
            for x, y in ((first, second), (second, third))
        ]
        self.assertEqual(moved, [False, True])
        self.assertEqual(
            steps[0][0]["discriminator/real"], steps[1][0]["discriminator/real"]
        )
        for variable in gan.variables:
            value = ops.convert_to_numpy(variable.value)
            self.assertTrue(np.isfinite(value).all(), variable.path)

    def test_many_in_a_row_stop_the_run(self):
        gan = make()
        most = stop_on_non_finite.MOST_SKIPPED
        with self.assertRaisesRegex(
            FloatingPointError,
            f"step {most} of {most + 3}: the last {most} gradients of the "
            "generator and the discriminator were NaN",
        ):
            self.fit(gan, [HUGE] * (most + 3))
