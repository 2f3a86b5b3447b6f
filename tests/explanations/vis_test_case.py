"""What tests of pictures made by tf-keras-vis need."""

import importlib.util
import unittest

import keras
import numpy as np

from keras_semsynth.explanations import require_visualizers


class VisTestCase(unittest.TestCase):
    """Is skipped, with a printed reason, where tf-keras-vis cannot run."""

    @classmethod
    def setUpClass(cls):
        reason = None
        if keras.backend.backend() != "tensorflow":
            reason = "tf-keras-vis needs the TensorFlow backend"
        elif importlib.util.find_spec("tf_keras_vis") is None:
            reason = 'tf-keras-vis is absent: pip install -e ".[vis]"'
        if reason:
            print(f"SKIPPED: {reason}")
            raise unittest.SkipTest(reason)
        require_visualizers()


def random_image(size=(32, 32), seed=0):
    random = np.random.RandomState(seed)
    return random.uniform(-1, 1, (*size, 3)).astype("float32")


def stripes(size=(32, 32), num_classes=4):
    columns = np.arange(size[1]) * num_classes // size[1]
    return np.broadcast_to(columns, size).astype("int32")
