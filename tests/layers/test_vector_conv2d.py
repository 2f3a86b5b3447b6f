import numpy as np
from keras import ops

from keras_semsynth.layers import VectorConv2D
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def spectral_in_numpy(layer, x):
    """A spectrally normalized convolution with bias, in training mode."""
    kernel = np.float64(ops.convert_to_numpy(layer.kernel))
    matrix = kernel.reshape(-1, kernel.shape[-1]).T
    left = np.float64(ops.convert_to_numpy(layer.left_vector))
    left, right = numpy_layers.power_iteration(matrix, left)
    kernel = kernel / (left @ matrix @ right)
    bias = ops.convert_to_numpy(layer.bias)
    return numpy_layers.convolution(x, kernel, pad=kernel.shape[0] // 2) + bias


def convolved_in_numpy(layer, features, vectors):
    """Every convolution reads what the one before made, and the vectors."""
    x = features
    for i, conv in enumerate(layer.convs):
        x = x if i == 0 else numpy_layers.leaky_relu(x)
        x = spectral_in_numpy(conv, np.concatenate([x, vectors], axis=-1))
    return x


class VectorConv2DTest(SemsynthTestCase):
    features, vectors = random((2, 5, 7, 4)), random((2, 5, 7, 3), seed=1)

    def test_contract(self):
        self.check_layer(
            VectorConv2D,
            {"filters": 6},
            call_args=[self.features, self.vectors],
            output_shape=(2, 5, 7, 6),
            trainable=3 * 2,
            non_trainable=3 * 2,
            fit_policies=(),
        )

    def test_training_equals_the_equation(self):
        for num_convs, kernel_size in ((1, 3), (3, 1), (3, 3)):
            layer = VectorConv2D(2, num_convs, kernel_size)
            layer.build(self.features.shape, self.vectors.shape)
            for seed, weight in enumerate(layer.trainable_weights):
                weight.assign(random(weight.shape, seed, scale=0.3))
            expected = convolved_in_numpy(layer, self.features, self.vectors)
            found = layer(self.features, self.vectors, training=True)
            self.assert_close(found, expected, 1e-5)

    def test_all_but_the_last_keep_the_width(self):
        layer = VectorConv2D(2, spectral=False)
        layer.build(self.features.shape, self.vectors.shape)
        shapes = [tuple(conv.kernel.shape) for conv in layer.convs]
        wide = (3, 3, 4 + 3, 4)
        self.assertEqual(shapes, [wide, wide, (3, 3, 4 + 3, 2)])

    def test_bad_arguments_are_named(self):
        for bad in ({"filters": 0}, {"num_convs": 0}, {"kernel_size": 2}):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                VectorConv2D(**{"filters": 2, **bad})
