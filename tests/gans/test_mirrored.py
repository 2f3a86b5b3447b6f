"""Data parallel training equals training on one device."""

import os
import unittest

import keras
import numpy as np
import pytest

from tests import new_process

# One process a number of devices: TensorFlow fixes them when it starts.
SCRIPT = """
import sys

import keras
import numpy as np
import tensorflow as tf

model, replicas, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * replicas
)

import keras_semsynth
from tests.gans.tiny_gans import NUM_CLASSES, SIZE, batch, tiny_pix2pixhd


def spade():
    return keras_semsynth.gans.SPADE(
        keras_semsynth.generators.SPADEGenerator(
            NUM_CLASSES, (SIZE, SIZE), filters=2, hidden_filters=4
        ),
        keras_semsynth.discriminators.MultiScalePatchDiscriminator(
            NUM_CLASSES, filters=4, num_layers=3
        ),
        ema_decay=0.5,
    )


def style():
    return keras_semsynth.gans.CCFPSE(
        keras_semsynth.generators.SPADEGenerator(
            NUM_CLASSES, (SIZE, SIZE), 2, hidden_filters=2, style_dim=3
        ),
        keras_semsynth.discriminators.MultiScalePatchDiscriminator(
            NUM_CLASSES, filters=2, num_layers=3
        ),
        encoder=keras_semsynth.encoders.StyleEncoder(style_dim=3, filters=2),
        augmentation=("translation", "cutout"),
    )


MODELS = {
    "spade": spade,
    "style": style,
    "pix2pixhd": lambda: tiny_pix2pixhd(ema_decay=0.5),
}
keras.utils.set_random_seed(0)
devices = [f"CPU:{i}" for i in range(replicas)]
strategy = tf.distribute.get_strategy()
if replicas > 1:
    strategy = tf.distribute.MirroredStrategy(devices)
with strategy.scope():
    gan = MODELS[model]()
    # Plain descent: Adam's first step is a sign, which amplifies rounding.
    gan.compile(
        (keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)), clip_norm=0.05
    )
# The same start whatever the order of creation under a strategy.
random = np.random.RandomState(1)
for variable in gan.weights:
    value = variable.numpy() + 0.05 * random.standard_normal(variable.shape)
    if variable.path.endswith("moving_variance"):
        value = np.abs(value) + 0.5
    variable.assign(value.astype("float32"))
data = tf.data.Dataset.from_tensor_slices(batch(4))
logs = gan.fit(data.batch(4, drop_remainder=True), verbose=0).history
np.savez(
    path,
    **{f"loss/{name}": values[0] for name, values in logs.items()},
    **{f"weight/{i}/{v.path}": v.numpy() for i, v in enumerate(gan.weights)},
)
"""


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


def one_step(model, replicas, folder):
    """Returns losses and weights after one step on a global batch of 4."""
    path = os.path.join(folder, f"{replicas}.npz")
    return in_new_process(SCRIPT, path, model, str(replicas))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="MirroredStrategy is TensorFlow's",
)
class MirroredStrategyTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path):
        self.folder = tmp_path

    def check(self, model, *counts):
        expected = one_step(model, 1, self.folder)
        for replicas in counts:
            actual = one_step(model, replicas, self.folder)
            self.assertEqual(list(actual), list(expected))
            for name, value in expected.items():
                np.testing.assert_allclose(
                    actual[name],
                    value,
                    rtol=1e-4,
                    atol=2e-6,
                    err_msg=f"{name} with {replicas} replicas",
                )

    @pytest.mark.slow
    def test_pix2pixhd_takes_the_same_step_on_two_replicas(self):
        self.check("pix2pixhd", 2)

    @pytest.mark.slow
    def test_pix2pixhd_takes_the_same_step_on_four_replicas(self):
        self.check("pix2pixhd", 4)

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
    def test_a_style_step_is_the_same_on_two_and_four_replicas(self):
        self.check("style", 2, 4)

    @pytest.mark.slow
    def test_spade_takes_the_same_step_on_two_and_four_replicas(self):
        self.check("spade", 2, 4)
