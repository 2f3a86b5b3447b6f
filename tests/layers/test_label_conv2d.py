import keras
import numpy as np
from keras import ops

from keras_semsynth.layers import LabelConv2D
from keras_semsynth.layers.label_conv2d import joint_label_conv2d
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import weight_gradients

# kernel size, strides, padding, cells of padding
GEOMETRIES = [
    (1, 1, "same", 0),
    (3, 1, "same", 1),
    (5, 1, "same", 2),
    (3, 2, "same", 1),
    (3, 3, "valid", 0),
    (4, 2, 2, 2),
    (4, 1, 2, 2),
    (7, 1, "same", 3),
]


def randomized(layer, *shapes):
    """Builds `layer` with a bias that is not zero."""
    layer.build(*shapes)
    layer.set_weights(
        [
            random(weight.shape, seed)
            for seed, weight in enumerate(layer.weights)
        ]
    )
    return layer


class LabelConv2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            LabelConv2D,
            {"filters": 6, "kernel_size": 3, "num_classes": 5},
            call_args=[random_label_map((2, 7, 11), 5)],
            output_shape=(2, 7, 11, 6),
            trainable=2,
            non_trainable=0,
        )

    def test_contract_with_extra_map(self):
        self.check_layer(
            LabelConv2D,
            {
                "filters": 6,
                "kernel_size": 4,
                "num_classes": 5,
                "extra_channels": 2,
                "strides": 2,
                "padding": 2,
                "use_bias": False,
                "activation": "relu",
            },
            call_args=[
                random_label_map((2, 7, 11), 5),
                random((2, 7, 11, 2)),
            ],
            output_shape=(2, 4, 6, 6),
            trainable=1,
            non_trainable=0,
        )

    def test_contract_of_the_dense_implementation(self):
        self.check_layer(
            LabelConv2D,
            {
                "filters": 3,
                "kernel_size": 3,
                "num_classes": 4,
                "implementation": "one_hot",
            },
            call_args=[random_label_map((2, 5, 9), 4)],
            output_shape=(2, 5, 9, 3),
            trainable=2,
            non_trainable=0,
        )

    def test_equals_the_convolution_of_the_one_hot_map(self):
        label_map = random_label_map((2, 9, 13), 5)
        one_hot = one_hot_map(label_map, 5)
        for size, strides, padding, pad in GEOMETRIES:
            for implementation in ("lookup", "one_hot"):
                with self.subTest(
                    size=size,
                    strides=strides,
                    padding=padding,
                    implementation=implementation,
                ):
                    layer = randomized(
                        LabelConv2D(
                            4,
                            size,
                            5,
                            strides=strides,
                            padding=padding,
                            implementation=implementation,
                        )
                    )
                    kernel, bias = layer.get_weights()
                    expected = numpy_layers.convolution(
                        one_hot, kernel, strides, pad
                    )
                    output = layer(label_map)
                    self.assert_close(output, expected + bias, 2e-6)
                    self.assertEqual(
                        layer.compute_output_shape(label_map.shape),
                        expected.shape,
                    )

    def test_gradients_equal_those_of_the_one_hot_convolution(self):
        label_map = random_label_map((2, 9, 13), 5)
        for size, strides, padding, pad in GEOMETRIES:
            with self.subTest(size=size, strides=strides, padding=padding):
                layer = randomized(
                    LabelConv2D(4, size, 5, strides=strides, padding=padding)
                )
                cotangent = random(layer(label_map).shape, seed=3)
                kernel, bias = weight_gradients(
                    layer,
                    lambda layer=layer, cotangent=cotangent: dot(
                        layer(label_map), cotangent
                    ),
                )
                expected = numpy_layers.convolution_kernel_gradient(
                    one_hot_map(label_map, 5), cotangent, size, strides, pad
                )
                self.assert_close(kernel, expected, 2e-6)
                self.assert_close(bias, cotangent.sum((0, 1, 2)), 2e-6)

    def test_extra_map_is_convolved_beside_the_labels(self):
        label_map = random_label_map((2, 9, 13), 5)
        extra_map = random((2, 9, 13, 2))
        joined = np.concatenate([one_hot_map(label_map, 5), extra_map], -1)
        layer = randomized(LabelConv2D(4, 3, 5, extra_channels=2, strides=2))
        kernel, bias = layer.get_weights()
        self.assert_close(
            layer(label_map, extra_map),
            numpy_layers.convolution(joined, kernel, 2, 1) + bias,
            2e-6,
        )
        cotangent = random((2, 5, 7, 4), seed=3)
        found = weight_gradients(
            layer, lambda: dot(layer(label_map, extra_map), cotangent)
        )
        expected = numpy_layers.convolution_kernel_gradient(
            joined, cotangent, 3, 2, 1
        )
        self.assert_close(found[0], expected, 2e-6)

    def test_an_id_out_of_range_acts_as_a_zero_row(self):
        label_map = random_label_map((2, 6, 7), 5)
        label_map[0, 2, 3], label_map[1, 0, 0] = 5, 4000
        label_map[1, 5, 6], label_map[0, 0, 4] = -1, -4000
        for implementation in ("lookup", "one_hot"):
            layer = randomized(
                LabelConv2D(4, 3, 5, implementation=implementation)
            )
            kernel, bias = layer.get_weights()
            expected = numpy_layers.convolution(
                one_hot_map(label_map, 5), kernel, 1, 1
            )
            self.assert_close(layer(label_map), expected + bias, 2e-6)

    def test_ids_may_have_any_integer_dtype(self):
        label_map = random_label_map((1, 5, 6), 4)
        label_map[0, 1, 1] = 255
        layer = randomized(LabelConv2D(3, 3, 4))
        expected = layer(label_map)
        for dtype in ("uint8", "int16", "int32", "int64", "float32"):
            self.assert_close(layer(label_map.astype(dtype)), expected, 0)

    def test_ids_survive_a_half_precision_policy(self):
        # float16 cannot tell 2048 from 2049, bfloat16 not 256 from 257.
        for policy in ("mixed_float16", "mixed_bfloat16"):
            layer = randomized(
                LabelConv2D(1, 1, 3000, use_bias=False, dtype=policy)
            )
            kernel = np.zeros((1, 1, 3000, 1), "float32")
            kernel[0, 0, 2049] = 1
            layer.set_weights([kernel])
            output = layer(np.array([[[2048, 2049, 2050]]]))
            output = ops.convert_to_numpy(ops.cast(output, "float32"))
            self.assertEqual(output.ravel().tolist(), [0, 1, 0])

    def test_a_soft_label_map_is_convolved_densely(self):
        soft = np.abs(random((2, 6, 7, 5)))
        layer = randomized(LabelConv2D(4, 3, 5))
        kernel, bias = layer.get_weights()
        expected = numpy_layers.convolution(soft, kernel, 1, 1) + bias
        self.assert_close(layer(soft), expected, 2e-6)

    def test_gradients_reach_a_soft_label_map(self):
        soft = np.abs(random((1, 4, 5, 3)))
        layer = randomized(LabelConv2D(2, 1, 3, use_bias=False))
        cotangent = random((1, 4, 5, 2))
        (found,) = gradients(
            lambda labels: dot(layer(labels), cotangent), [soft]
        )
        kernel = layer.get_weights()[0][0, 0]
        self.assert_close(found, cotangent @ kernel.T, 2e-6)

    def test_activation_comes_last(self):
        label_map = random_label_map((1, 4, 4), 3)
        plain = randomized(LabelConv2D(5, 3, 3))
        active = randomized(LabelConv2D(5, 3, 3, activation="relu"))
        expected = np.maximum(ops.convert_to_numpy(plain(label_map)), 0)
        self.assert_close(active(label_map), expected, 0)

    def test_bad_arguments_are_named(self):
        good = {"filters": 4, "kernel_size": 3, "num_classes": 5}
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"kernel_size": -1}, "`kernel_size` must be"),
            ({"kernel_size": 4}, 'padding="same"` needs an odd'),
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"num_classes": 2.5}, "`num_classes` must be"),
            ({"strides": 0}, "`strides` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
            ({"padding": "reflect"}, "`padding` must be"),
            ({"padding": -1}, "`padding` must be"),
            ({"implementation": "fast"}, "`implementation` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    LabelConv2D(**{**good, **bad})

    def test_a_missing_or_superfluous_extra_map_is_an_error(self):
        label_map = random_label_map((1, 4, 4), 3)
        with self.assertRaisesRegex(ValueError, "`extra_map` must have 2"):
            LabelConv2D(4, 3, 3, extra_channels=2)(label_map)
        with self.assertRaisesRegex(ValueError, "`extra_map` must have 0"):
            LabelConv2D(4, 3, 3)(label_map, random((1, 4, 4, 1)))

    def test_layers_called_jointly_give_what_each_gives(self):
        label_map = random_label_map((2, 5, 7), 4)
        extra_map = random((2, 5, 7, 2))
        layers = [
            randomized(LabelConv2D(3, 3, 4, extra_channels=2, activation=name))
            for name in ("relu", None)
        ]
        joint = joint_label_conv2d(layers, label_map, extra_map)
        for layer, output in zip(layers, joint, strict=True):
            self.assert_close(output, layer(label_map, extra_map), 1e-6)

    def test_a_reloaded_layer_keeps_its_initializer(self):
        layer = LabelConv2D(
            2, 3, 3, kernel_initializer=keras.initializers.Constant(0.5)
        )
        revived = LabelConv2D.from_config(layer.get_config())
        revived.build()
        kernel = revived.get_weights()[0]
        self.assertTrue((kernel == 0.5).all())
