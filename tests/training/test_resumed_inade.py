"""A run with a code for each class goes on where it stopped."""

import pathlib
import signal
import tempfile
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from tests.training import tiny_run
from tests.training.test_trainer import Raise


def make_gan(seed):
    keras.utils.clear_session()  # the same names of variables every time
    keras.utils.set_random_seed(seed)
    gan = gans.SPADE(
        generators.INADEGenerator(10, tiny_run.SIZE, filters=2, noise_dim=3),
        discriminators.MultiScalePatchDiscriminator(
            10, filters=2, num_layers=2
        ),
        encoder=encoders.RegionStyleEncoder(10, filters=2, style_dim=3),
        ema_decay=0.9,
    )
    gan.build()
    gan.compile(gans.AdamPair(2e-3))
    return gan


@pytest.mark.slow  # traces two training steps
class ResumedINADETest(unittest.TestCase):
    def test_a_stopped_run_goes_on_exactly(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        gan = make_gan(3)
        fresh = root / "fresh.weights.h5"
        gan.save_weights(fresh)

        def train(name, gan, **options):
            trainer = tiny_run.make_trainer(
                root / name, gan, sample_epochs=9, **options
            )
            try:
                return trainer.train()
            finally:
                trainer.run_directory.release()

        self.assertIsNone(train("whole", gan))
        expected = tiny_run.state_of(gan)
        gan.load_weights(fresh)
        callbacks = [Raise(signal.SIGTERM, 3)]
        stopped = train("stopped", gan, callbacks=callbacks)
        self.assertEqual(stopped, signal.SIGTERM)
        # Nothing but the checkpoint is left of it.
        other = make_gan(4)
        self.assertIsNone(train("stopped", other))
        state = tiny_run.state_of(other)
        self.assertEqual(len(state), len(expected))
        for name, old in expected.items():
            np.testing.assert_allclose(
                state[name], old, rtol=1e-5, atol=1e-7, err_msg=name
            )
