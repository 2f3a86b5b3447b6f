"""Our successors of three tensorflow-addons pieces against the originals.

It cannot be imported beside Keras 3, so it gets an environment of its own:
1.3 GB, made anew unless `SEMSYNTH_ADDONS_PYTHON` names a Python that has it.
"""

import functools
import os
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import gans
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.layers import InstanceNormalization
from keras_semsynth.layers import SpectralConv2D
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

pytestmark = pytest.mark.addons

REQUIREMENTS = ("tensorflow-cpu==2.15.*", "tensorflow-addons==0.23.*")
EMA_DECAY = 0.9
FEATURES = random((2, 7, 11, 3))
PIXELS = 3 * random((2, 9, 7, 4)) + 5


def run(*command, **kwargs):
    result = subprocess.run(
        [os.fspath(part) for part in command],
        capture_output=True,
        text=True,
        **kwargs,
    )
    if result.returncode:
        raise AssertionError(
            f"{' '.join(map(str, command))} failed:\n{result.stderr[-4000:]}"
        )


def make_environment(folder):
    """Returns the Python of a new environment with tensorflow-addons."""
    if sys.version_info[:2] > (3, 11):
        pytest.skip("tensorflow-addons 0.23 needs Python 3.11 or older")
    run(sys.executable, "-m", "venv", folder)
    python = pathlib.Path(folder, "bin", "python")
    run(python, "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    return python


def spectral_layer():
    keras.utils.set_random_seed(1)
    layer = SpectralConv2D(5, 3)
    layer.build(FEATURES.shape)
    layer.bias.assign(random((5,), seed=2))
    return layer


@functools.cache
def trained_weights():
    """Trains a tiny GAN; its generator and average after every step."""
    keras.utils.set_random_seed(1)
    gan = gans.SPADE(
        SPADEGenerator(4, (32, 32), filters=2, hidden_filters=3),
        MultiScalePatchDiscriminator(4, filters=2, num_layers=2),
        ema_decay=EMA_DECAY,
    )
    gan.build()
    gan.compile(gans.AdamPair(2e-2))
    # All weights of the average are frozen: they pair by position.
    slots = [
        i for i, weight in enumerate(gan.generator.weights) if weight.trainable
    ]

    def flat(network):
        weights = [network.weights[i] for i in slots]
        return np.concatenate(
            [ops.convert_to_numpy(weight).ravel() for weight in weights]
        )

    values, averages = [flat(gan.generator)], []
    for seed in range(4):
        gan.fit(
            {"label_map": random_label_map((2, 32, 32), 4, seed)},
            np.tanh(random((2, 32, 32, 3), seed)),
            batch_size=2,
            verbose=0,
        )
        values.append(flat(gan.generator))
        averages.append(flat(gan.ema_generator))
    return np.stack(values), np.stack(averages)


@functools.cache
def oracle():
    """Returns what tensorflow-addons computes, by name."""
    layer = spectral_layer()
    with tempfile.TemporaryDirectory() as folder:
        python = os.environ.get("SEMSYNTH_ADDONS_PYTHON")
        if not python:
            python = make_environment(os.path.join(folder, "environment"))
        inputs = os.path.join(folder, "inputs.npz")
        outputs = os.path.join(folder, "outputs.npz")
        np.savez(
            inputs,
            sn_x=FEATURES,
            sn_kernel=ops.convert_to_numpy(layer.kernel),
            sn_bias=ops.convert_to_numpy(layer.bias),
            sn_left=ops.convert_to_numpy(layer.left_vector),
            in_x=PIXELS,
            ma_values=trained_weights()[0],
            ma_decay=EMA_DECAY,
        )
        script = pathlib.Path(__file__).with_name("addons_oracle.py")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("KERAS_BACKEND", "PYTHONPATH")
        }
        run(python, script, inputs, outputs, env=environment, cwd=folder)
        with np.load(outputs) as archive:
            return {name: archive[name] for name in archive.files}


class AddonsTest(SemsynthTestCase):
    def compare(self, name, found, expected, tolerance):
        print(f"{name}: {relative_error(found, expected):.1e}")
        self.assert_close(found, expected, tolerance)

    def test_it_is_the_version_the_readme_names(self):
        self.assertTrue(str(oracle()["version"]).startswith("0.23."))

    def test_spectral_normalization(self):
        # Addons divides the kernel itself, so that its next power iteration
        # works on kernel / sigma. The direction of v and u does not depend on
        # that factor, and the new kernel is the original one over the new
        # sigma: what we use without ever writing the kernel.
        expected = oracle()
        layer = spectral_layer()
        for i in range(5):
            output = layer(FEATURES, training=True)
            self.compare(
                f"output {i}", output, expected[f"sn_output_{i}"], 2e-6
            )
            self.compare(
                f"kernel / sigma {i}",
                layer.normalized_kernel(),
                expected[f"sn_kernel_{i}"],
                2e-6,
            )
            self.compare(
                f"u {i}", layer.left_vector, expected[f"sn_left_{i}"], 2e-6
            )
        self.compare(
            "inference", layer(FEATURES), expected["sn_inference"], 2e-6
        )

    def test_instance_normalization(self):
        expected = oracle()
        found = InstanceNormalization()(PIXELS)
        self.compare("plain", found, expected["in_plain"], 2e-6)
        self.compare("affine at its start", found, expected["in_affine"], 2e-6)
        keras_own = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
        self.compare(
            "GroupNormalization(groups=-1)",
            keras_own(PIXELS),
            expected["in_affine"],
            2e-6,
        )

    def test_moving_average(self):
        # Both start from the initial weights, without bias correction.
        values, averages = trained_weights()
        self.assertGreater(relative_error(values[-1], values[0]), 1e-3)
        for i, (found, expected) in enumerate(
            zip(averages, oracle()["ma_averages"], strict=True)
        ):
            self.compare(f"average {i}", found, expected, 1e-6)
