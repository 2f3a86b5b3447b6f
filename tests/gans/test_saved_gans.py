"""Whole GANs, with their optimizers, in new processes and on all backends."""

import os
import subprocess
import sys
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd
from tests.new_process import other_backends
from tests.semsynth_test_case import SemsynthTestCase

SCRIPT = """
import sys

import keras
import numpy as np

import keras_semsynth
from tests.gans.tiny_gans import batch

gan = keras.models.load_model(sys.argv[1])
gan.train_on_batch(*batch(seed=1))
variables = [*gan.weights, *gan.optimizer.variables]
np.savez(sys.argv[2], *[keras.ops.convert_to_numpy(v) for v in variables])
"""


class SavedGANsTest(SemsynthTestCase):
    def test_a_file_says_first_what_it_needs(self):
        # See `test_saved_networks.py` for the error that prints it.
        config = tiny_pix2pixhd().get_config()
        self.assertEqual(next(iter(config)), "needs")
        self.assertEqual(config["needs"], "import keras_semsynth")

    @pytest.mark.slow
    def test_any_backend_goes_on_where_this_one_saved(self):
        gan = tiny_pix2pixhd(ema_decay=0.5)
        # Momentum has slots, and does not amplify rounding as Adam does.
        gan.compile(
            tuple(keras.optimizers.SGD(1e-2, momentum=0.9) for _ in range(2))
        )
        gan.train_on_batch(*batch())
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            gan.train_on_batch(*batch(seed=1))
            variables = [*gan.weights, *gan.optimizer.variables]
            expected = [ops.convert_to_numpy(v) for v in variables]
            for backend in [keras.backend.backend(), *other_backends()]:
                with self.subTest(backend=backend):
                    actual = self._go_on(path, backend)
                    for a, b in zip(actual, expected, strict=True):
                        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)

    @pytest.mark.slow
    def test_the_papers_optimizers_load_on_any_backend(self):
        gan = tiny_pix2pixhd()
        gan.compile()
        gan.train_on_batch(*batch())
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            for backend in other_backends():
                with self.subTest(backend=backend):
                    for value in self._go_on(path, backend):
                        self.assertTrue(np.isfinite(value).all())

    def _go_on(self, path, backend):
        result_path = f"{path}.{backend}.npz"
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT, path, result_path],
            env={
                **os.environ,
                "KERAS_BACKEND": backend,
                "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            },
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise AssertionError(f"The new process failed:\n{result.stderr}")
        with np.load(result_path) as archive:
            return [archive[name] for name in archive.files]
