import numpy as np
from keras import ops

from keras_semsynth.layers import SPADE
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def weights_of(layer):
    """The convolutions of a SPADE layer, named as `numpy_layers` wants."""
    return {
        name + suffix: ops.convert_to_numpy(weight)
        for name in ("shared", "gamma", "beta")
        for suffix, weight in zip(
            ("", "_bias"), getattr(layer, name).weights, strict=True
        )
    }


def randomized(layer, channels):
    """Builds the layer with weights that leave nothing at its default."""
    layer.build((None, None, None, channels))
    for seed, weight in enumerate(layer.weights):
        value = random(weight.shape, seed, scale=0.3)
        if weight.name == "moving_variance":
            value = np.abs(value) + 0.5
        weight.assign(value)
    return layer


class SPADETest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            SPADE,
            {"num_classes": 4, "hidden_filters": 8},
            call_args=[
                random((2, 6, 10, 5)),
                {"label_map": random_label_map((2, 6, 10), 4)},
            ],
            output_shape=(2, 6, 10, 5),
            trainable=6,
            non_trainable=2,
        )

    def test_contract_with_instance_norm_and_extra_map(self):
        self.check_layer(
            SPADE,
            {
                "num_classes": 4,
                "extra_channels": 1,
                "hidden_filters": 7,
                "kernel_size": 5,
                "normalization": "instance",
            },
            call_args=[
                random((2, 5, 7, 3)),
                {
                    "label_map": random_label_map((2, 5, 7), 4),
                    "extra_map": random((2, 5, 7, 1)),
                },
            ],
            output_shape=(2, 5, 7, 3),
            trainable=6,
            non_trainable=0,
        )

    def test_training_equals_the_equations(self):
        features = random((2, 6, 9, 5))
        label_map = random_label_map((2, 6, 9), 4)
        for kernel_size in (1, 3, 5):
            for normalization in ("batch", "sync_batch", "instance"):
                layer = randomized(
                    SPADE(
                        4,
                        hidden_filters=8,
                        kernel_size=kernel_size,
                        normalization=normalization,
                    ),
                    channels=5,
                )
                if normalization == "instance":
                    normalized = numpy_layers.instance_norm(features)
                else:
                    normalized = numpy_layers.batch_norm(features)[0]
                expected = numpy_layers.spade(
                    normalized, one_hot_map(label_map, 4), weights_of(layer)
                )
                output = layer(
                    features, {"label_map": label_map}, training=True
                )
                self.assert_close(output, expected, 3e-6)

    def test_inference_uses_the_moving_statistics(self):
        features = random((2, 6, 9, 5))
        label_map = random_label_map((2, 6, 9), 4)
        layer = randomized(SPADE(4, hidden_filters=8), channels=5)
        mean = ops.convert_to_numpy(layer.norm.moving_mean)
        variance = ops.convert_to_numpy(layer.norm.moving_variance)
        expected = numpy_layers.spade(
            (features - mean) / np.sqrt(variance + 1e-5),
            one_hot_map(label_map, 4),
            weights_of(layer),
        )
        output = layer(features, {"label_map": label_map})
        self.assert_close(output, expected, 3e-6)

    def test_the_extra_map_lies_beside_the_labels(self):
        features = random((2, 5, 7, 3))
        label_map = random_label_map((2, 5, 7), 4)
        edges = random((2, 5, 7, 1))
        layer = randomized(
            SPADE(4, extra_channels=1, hidden_filters=6), channels=3
        )
        joined = np.concatenate([one_hot_map(label_map, 4), edges], -1)
        expected = numpy_layers.spade(
            numpy_layers.batch_norm(features)[0], joined, weights_of(layer)
        )
        level = {"label_map": label_map, "extra_map": edges}
        output = layer(features, level, training=True)
        self.assert_close(output, expected, 3e-6)

    def test_a_soft_one_hot_map_acts_like_its_ids(self):
        features = random((2, 6, 9, 5))
        label_map = random_label_map((2, 6, 9), 4)
        layer = randomized(SPADE(4, hidden_filters=8), channels=5)
        self.assert_close(
            layer(features, {"label_map": one_hot_map(label_map, 4)}),
            layer(features, {"label_map": label_map}),
            2e-6,
        )

    def test_a_constant_label_map_acts_like_an_affine_norm(self):
        # Away from the zero padding, every pixel has one scale and one shift.
        features = random((1, 12, 12, 3))
        layer = randomized(SPADE(4, hidden_filters=8), channels=3)
        label_map = np.full((1, 12, 12), 2, "int32")
        output = layer(features, {"label_map": label_map}, training=True)
        output = ops.convert_to_numpy(output)
        normalized = numpy_layers.batch_norm(features)[0]
        inner = (slice(None), slice(2, -2), slice(2, -2))
        for channel in range(3):
            x = normalized[inner][..., channel].ravel()
            y = output[inner][..., channel].ravel()
            slope, offset = np.polyfit(x, y, 1)
            self.assert_close(y, slope * x + offset, 1e-5)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"kernel_size": 4}, "`kernel_size` must be a positive odd"),
            ({"kernel_size": -3}, "`kernel_size` must be a positive odd"),
            ({"kernel_size": 3.0}, "`kernel_size` must be a positive odd"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    SPADE(**{"num_classes": 4, **bad})
