import numpy as np
from keras import ops

from keras_semsynth.layers import ConditionalPredictor
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import weight_gradients


def prediction(layer, context):
    """What a `ConditionalPredictor` says of a context, without activation."""
    pad = layer.kernel_size // 2
    hidden, hidden_bias, last, last_bias = (
        ops.convert_to_numpy(weight)
        for part in (layer.hidden, layer.last)
        for weight in (part.kernel, part.bias)
    )
    x = numpy_layers.convolution(context, hidden, pad=pad) + hidden_bias
    x = np.maximum(x, 0)
    return numpy_layers.convolution(x, last, pad=pad) + last_bias


class ConditionalPredictorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConditionalPredictor,
            {
                "filters": 6,
                "num_classes": 4,
                "extra_channels": 2,
                "hidden_filters": 5,
                "activation": "sigmoid",
            },
            call_args=[
                random_label_map((2, 5, 7), 4),
                random((2, 5, 7, 2)),
            ],
            output_shape=(2, 5, 7, 6),
            trainable=4,
            non_trainable=0,
        )

    def test_it_is_two_convolutions_of_the_context(self):
        label_map = random_label_map((2, 5, 7), 4)
        extra_map = random((2, 5, 7, 2))
        layer = ConditionalPredictor(6, 4, extra_channels=2, hidden_filters=5)
        context = np.concatenate([one_hot_map(label_map, 4), extra_map], -1)
        output = layer(label_map, extra_map)
        self.assert_close(output, prediction(layer, context), 2e-6)

    def test_strips_change_no_gradient(self):
        label_map = random_label_map((2, 5, 7), 4)
        x = ops.convert_to_tensor(random((2, 5, 7, 6)))
        cotangent = random((2, 5, 7, 6), 1)
        layer = ConditionalPredictor(6, 4, hidden_filters=5)
        layer.build()

        def apply(x, prediction):
            return ops.sin(x * prediction)

        def in_strips(strips):
            hidden = layer.hidden(label_map)
            y = layer.apply_in_strips(apply, x, hidden, reach=0, strips=strips)
            return dot(y, cotangent)

        expected = weight_gradients(
            layer, lambda: dot(apply(x, layer(label_map)), cotangent)
        )
        for strips in (1, 3):
            with self.subTest(strips=strips):
                found = weight_gradients(layer, lambda n=strips: in_strips(n))
                for ours, theirs in zip(found, expected, strict=True):
                    self.assert_close(ours, theirs, 1e-6)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
            ({"kernel_size": 2}, "`kernel_size` must be a positive odd"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                ConditionalPredictor(**{"filters": 2, "num_classes": 4, **bad})
