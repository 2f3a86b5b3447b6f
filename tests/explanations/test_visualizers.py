import unittest
from unittest import mock

import keras
import numpy as np
from keras import ops

from keras_semsynth.explanations import require_visualizers
from keras_semsynth.explanations import visualizers
from tests.explanations.vis_test_case import VisTestCase
from tests.explanations.vis_test_case import random_image


class RequirementsTest(unittest.TestCase):
    def test_another_backend_is_one_sentence(self):
        with mock.patch.object(keras.backend, "backend", lambda: "jax"):
            with self.assertRaisesRegex(
                ValueError, "KERAS_BACKEND=tensorflow.*jax"
            ):
                require_visualizers()

    def test_a_missing_package_names_the_extra(self):
        absent = {"tf_keras_vis": None, "tf_keras_vis.saliency": None}
        with mock.patch.dict("sys.modules", absent):
            with mock.patch.object(
                keras.backend, "backend", lambda: "tensorflow"
            ):
                with self.assertRaisesRegex(
                    ImportError, r'pip install "keras_semsynth\[vis\]"'
                ):
                    require_visualizers()


class VisualizersTest(VisTestCase):
    def linear(self):
        """A model whose output is the input times a fixed map, summed."""
        weights = np.random.RandomState(1).standard_normal((1, 6, 8, 3))
        weights = weights.astype("float32")
        image = keras.Input(batch_shape=(1, 6, 8, 3))
        product = image * weights
        model = keras.Model([image], ops.sum(product, axis=(1, 2, 3)))
        return model, weights, product

    def test_saliency_of_a_linear_model_is_its_weights(self):
        model, weights, _ = self.linear()
        x = random_image((6, 8))[None]
        for values in (
            visualizers.saliency(model, lambda y: 2.0 * y, x),
            visualizers.smooth_grad(model, lambda y: 2.0 * y, x, samples=3),
        ):
            self.assertEqual(values.dtype, "float32")
            np.testing.assert_allclose(values, 2 * np.abs(weights), rtol=1e-5)

    def test_smooth_grad_averages_over_noise(self):
        image = keras.Input(batch_shape=(1, 4, 4, 3))
        model = keras.Model([image], ops.sum(image**3, axis=(1, 2, 3)))
        x = random_image((4, 4))[None]
        exact = visualizers.saliency(model, lambda y: y, x)
        np.testing.assert_allclose(exact, 3 * x**2, rtol=1e-4, atol=1e-6)
        smooth = visualizers.smooth_grad(model, lambda y: y, x, 400, 0.1)
        deviation = 0.1 * (x.max() - x.min())
        expected = 3 * (x**2 + deviation**2)
        np.testing.assert_allclose(smooth, expected, atol=0.3)

    def test_grad_cam_is_its_formula_on_a_tensor_inside(self):
        image = keras.Input(batch_shape=(1, 6, 8, 3))
        features = ops.tanh(2.0 * image)
        model = keras.Model([image], ops.mean(features**2, axis=(1, 2, 3)))
        x = random_image((6, 8))[None]
        f = np.tanh(2.0 * x)
        weights = (2 * f / f.size).mean((1, 2), keepdims=True)
        expected = np.maximum((f * weights).sum(-1), 0.0)
        values = visualizers.grad_cam(model, lambda y: y, x, features)
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-9)

    def test_maximized_images_go_where_the_score_is_high(self):
        image = keras.Input(batch_shape=(2, 8, 8, 3))
        model = keras.Model([image], ops.mean(image, axis=(1, 2)))

        def score(means):
            # The first image red, the second blue.
            return ops.stack([means[0, 0], means[1, 2]])

        start = np.zeros((2, 8, 8, 3), "float32")
        images = visualizers.maximize_activation(model, score, start, 40)
        self.assertEqual(images.shape, (2, 8, 8, 3))
        self.assertGreater(images[0, ..., 0].min(), 0.9)
        self.assertGreater(images[1, ..., 2].min(), 0.9)
        self.assertLess(np.abs(images[0, ..., 1:]).max(), 0.1)
        self.assertLessEqual(np.abs(images).max(), 1.0)
