import pathlib
import tempfile
import unittest

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from keras_semsynth import Synthesizer
from keras_semsynth.export import export_saved_model
from tests import finished_run
from tests.export.small_generators import SIZE
from tests.export.small_generators import family


class FamilyTest(unittest.TestCase):
    @pytest.mark.slow  # traces every generator of the family
    def test_every_generator_gives_the_images_of_keras(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        served = pathlib.Path(folder.name) / "served"
        for generator in family():
            with self.subTest(type(generator).__name__):
                synthesizer = Synthesizer(generator)
                path = export_saved_model(synthesizer, served)
                model = tf.saved_model.load(str(path))
                height, width = SIZE
                sizes = [SIZE]
                if not generator.fixed_size:
                    sizes.append((height, 3 * width))
                for size in sizes:
                    layout = finished_run.layout(size, (0, 3, 1, 2))
                    image = model.signatures["seeded"](
                        label_map=tf.constant(layout[None], tf.int32),
                        seed=tf.constant([3], tf.int64),
                    )["image"].numpy()
                    expected = synthesizer.synthesize(layout, seed=3)
                    error = (image + 1) * 127.5 - expected
                    self.assertLessEqual(np.abs(error).max(), 1)
