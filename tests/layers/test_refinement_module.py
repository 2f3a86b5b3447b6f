import numpy as np
from keras import ops

from keras_semsynth.layers import RefinementModule
from tests.numpy_layers import convolution
from tests.numpy_layers import leaky_relu
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def enlarge(x):
    """Doubles the size bilinearly: pixels are cells, borders repeat."""
    for axis in (1, 2):
        size = x.shape[axis]
        position = np.clip((np.arange(2 * size) + 0.5) / 2 - 0.5, 0, size - 1)
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, size - 1)
        share = (position - low).reshape(
            [-1 if i == axis else 1 for i in range(4)]
        )
        x = (1 - share) * x.take(low, axis) + share * x.take(high, axis)
    return x


def layer_norm(x):
    mean = x.mean((1, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(x.var((1, 2, 3), keepdims=True) + 1e-5)


class RefinementModuleTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            RefinementModule,
            {"filters": 6, "num_classes": 4},
            call_args=[random_label_map((2, 6, 10), 4), random((2, 3, 5, 7))],
            output_shape=(2, 6, 10, 6),
            trainable=2 * (2 + 2),
            non_trainable=0,
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 8e-2},
        )

    def test_it_computes_what_the_paper_says(self):
        module = RefinementModule(6, num_classes=4)
        label_map = random_label_map((2, 6, 10), 4)
        features = random((2, 3, 5, 7))
        module(label_map, features)
        for i, weight in enumerate(module.trainable_weights):
            weight.assign(random(weight.shape, seed=i))
        first, second = module.first_conv, module.second_conv
        x = np.concatenate(
            [one_hot_map(label_map, 4), enlarge(features)], axis=-1
        )
        for conv, norm in zip((first, second), module.norms, strict=True):
            kernel, bias, gamma, beta = map(
                ops.convert_to_numpy,
                (conv.kernel, conv.bias, norm.gamma, norm.beta),
            )
            x = layer_norm(convolution(x, kernel, pad=1) + bias)
            x = leaky_relu(x * gamma + beta)
        self.assert_close(module(label_map, features), x, 1e-5)

    def test_the_first_module_reads_the_labels_alone(self):
        module = RefinementModule(3, num_classes=4)
        self.assertEqual(
            module(random_label_map((2, 4, 8), 4)).shape, (2, 4, 8, 3)
        )
        self.assertEqual(module.first_conv.kernel.shape, (3, 3, 4, 3))
