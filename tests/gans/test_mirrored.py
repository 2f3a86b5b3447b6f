"""What replicas of TensorFlow share: noise, terms, updates that fail."""

import os
import unittest

import keras
import numpy as np
import pytest

from tests import new_process

# Noise of three steps, two draws a step, of a global batch of four.
NOISE_SCRIPT = """
import sys

import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 4
)

from keras_semsynth import backend

drawn = {}
for replicas in (1, 4):
    devices = [f"CPU:{i}" for i in range(replicas)]
    strategy = tf.distribute.MirroredStrategy(devices)
    with strategy.scope():
        seed_generator = keras.random.SeedGenerator(1)

    @tf.function
    def step():
        shape = (4 // replicas, 5)
        return [
            draw(shape, seed_generator)
            for draw in (backend.normal, backend.uniform)
        ]

    numbers = []
    for _ in range(3):
        for share in strategy.run(step):
            parts = strategy.experimental_local_results(share)
            numbers.append(np.concatenate([part.numpy() for part in parts]))
    drawn[str(replicas)] = np.stack(numbers)
np.savez(sys.argv[1], **drawn)
"""


# The KL term of one batch; without a sum over replicas, so that one process can
# have several strategies.
KL_SCRIPT = """
import sys

import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 4
)

import keras_semsynth
from tests.gans.tiny_gans import NUM_CLASSES, SIZE

terms = {}
for model in ("SPADE", "CCFPSE"):
    for replicas in (1, 2, 4):
        devices = [f"CPU:{i}" for i in range(replicas)]
        strategy = tf.distribute.MirroredStrategy(devices)
        with strategy.scope():
            gan = getattr(keras_semsynth.gans, model)(
                keras_semsynth.generators.SPADEGenerator(
                    NUM_CLASSES, (SIZE, SIZE), 1, style_dim=3
                ),
                keras_semsynth.discriminators.MultiScalePatchDiscriminator(
                    NUM_CLASSES, filters=1
                ),
                encoder=keras_semsynth.encoders.StyleEncoder(1, style_dim=3),
            )
        random = np.random.RandomState(0)
        codes = random.standard_normal((2, 4, 3)).astype("float32")

        def term():
            replica = tf.distribute.get_replica_context()
            index = replica.replica_id_in_sync_group
            size = 4 // replicas
            mean, log_variance = codes[:, index * size : (index + 1) * size]
            (kl,) = [term for term in gan.terms if term.name == "kl"]
            return kl.formula(mean, log_variance)

        shares = strategy.experimental_local_results(strategy.run(term))
        terms[f"{model}/{replicas}"] = np.mean([float(s) for s in shares])
np.savez(sys.argv[1], codes=codes, **terms)
"""


def in_new_process(script, path, *arguments):
    """Runs a script that writes arrays to a path, and returns them."""
    new_process.run(script, *arguments, path, backend="tensorflow")
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


# Float16 on two replicas: in one step an image of the last one is too large.
HALF_SCRIPT = """
import sys

import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
keras.config.set_dtype_policy("mixed_float16")

from tests.gans.tiny_gans import batch, tiny_pix2pixhd

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    gan = tiny_pix2pixhd()
    gan.compile()
label_map, image = batch(4)
huge = image.copy()
huge[-1] = 1e30
steps, weights = [], []


def keep(step, logs):
    steps.append(logs["discriminator/skipped"])
    weights.append(np.concatenate([
        keras.ops.convert_to_numpy(v.value).ravel()
        for v in gan.trainable_variables
    ]))


def fit(*images):
    data = tf.data.Dataset.from_tensor_slices(
        (np.concatenate([label_map] * len(images)), np.concatenate(images))
    )
    return gan.fit(
        data.batch(4, drop_remainder=True),
        steps_per_epoch=len(images),
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=keep)],
        verbose=0,
    ).history


fit(*[image] * 4)
steps.clear(), weights.clear()
losses = fit(image, huge, image)
np.savez(
    sys.argv[1],
    skipped=steps,
    weights=weights,
    losses=[values[0] for values in losses.values()],
)
"""


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="MirroredStrategy is TensorFlow's",
)
class MirroredStrategyTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path):
        self.folder = tmp_path

    def test_replicas_draw_what_one_device_draws_and_nothing_twice(self):
        path = os.path.join(self.folder, "noise.npz")
        drawn = in_new_process(NOISE_SCRIPT, path)
        np.testing.assert_array_equal(drawn["4"], drawn["1"])
        self.assertEqual(len(np.unique(drawn["4"])), 3 * 2 * 4 * 5)

    def test_the_kl_term_is_that_of_the_paper_on_any_number_of_replicas(self):
        path = os.path.join(self.folder, "kl.npz")
        terms = in_new_process(KL_SCRIPT, path)
        mean, log_variance = terms.pop("codes")
        total = -0.5 * np.sum(1 + log_variance - mean**2 - np.exp(log_variance))
        self.assertEqual(len(terms), 6)
        for name, value in terms.items():
            devices = 16 if name.startswith("CCFPSE") else 8
            np.testing.assert_allclose(
                value, total / devices, rtol=1e-6, err_msg=name
            )

    @pytest.mark.slow
    def test_what_overflows_on_one_replica_is_skipped_on_all(self):
        path = os.path.join(self.folder, "half.npz")
        found = in_new_process(HALF_SCRIPT, path)
        np.testing.assert_array_equal(found["skipped"], [0, 1, 0])
        first, second, third = found["weights"]
        np.testing.assert_array_equal(second, first)
        self.assertTrue((third != second).any())
        self.assertTrue(np.isfinite(found["weights"]).all())
        self.assertTrue(np.isfinite(found["losses"]).all())
