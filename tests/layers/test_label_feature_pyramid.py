import numpy as np
from keras import ops

from keras_semsynth.layers import LabelFeaturePyramid
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {"num_classes": 4, "filters": 3, "num_levels": 3}
# Seven normalized convolutions one after the other.
HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


def unit(conv, norm, x, strides=1):
    """Convolution, batch norm in training mode, leaky ReLU."""
    kernel = ops.convert_to_numpy(conv.kernel)
    pad = kernel.shape[0] // 2
    x = numpy_layers.convolution(x, kernel, strides=strides, pad=pad)
    x = numpy_layers.batch_norm(x)[0]
    gamma, beta = (ops.convert_to_numpy(w) for w in (norm.gamma, norm.beta))
    return numpy_layers.leaky_relu(x * gamma + beta)


class LabelFeaturePyramidTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            LabelFeaturePyramid,
            {**SMALL, "extra_channels": 1},
            call_args=[
                random_label_map((2, 8, 12), 4),
                random((2, 8, 12, 1)),
            ],
            output_shape=[(2, 2, 3, 3), (2, 4, 6, 3), (2, 8, 12, 3)],
            # A convolution without bias, scale and offset; seven units.
            trainable=7 * 3,
            non_trainable=7 * 4,
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_training_equals_the_equations(self):
        layer = LabelFeaturePyramid(
            **SMALL, extra_channels=1, spectral=False, normalization="batch"
        )
        layer.build()
        label_map = random_label_map((2, 8, 12), 4)
        edges = random((2, 8, 12, 1))
        x = np.concatenate([one_hot_map(label_map, 4), edges], -1)
        encoded = [unit(layer.first_conv, layer.first_norm, x)]
        for part in layer.encoders:
            encoded.append(unit(part.conv, part.norm, encoded[-1], 2))
        expected = [encoded[-1]]
        for i in range(2):
            lateral, decoder = layer.laterals[i], layer.decoders[i]
            own = unit(lateral.conv, lateral.norm, encoded[-2 - i])
            doubled = expected[-1].repeat(2, axis=1).repeat(2, axis=2)
            expected.append(unit(decoder.conv, decoder.norm, doubled + own))
        levels = layer(label_map, edges, training=True)
        for level, values in zip(levels, expected, strict=True):
            self.assert_close(level, values, 1e-5)

    def test_without_statistics_samples_do_not_interact(self):
        layer = LabelFeaturePyramid(**SMALL, normalization="instance")
        label_map = random_label_map((2, 8, 12), 4)
        both, alone = layer(label_map), layer(label_map[1:])
        for level, single in zip(both, alone, strict=True):
            self.assert_close(ops.convert_to_numpy(level)[1:], single, 1e-5)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 0}, "`filters` must be"),
            ({"num_levels": 1}, "`num_levels` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
            ({"normalization": "none"}, "`normalization` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                LabelFeaturePyramid(**{**SMALL, **bad})
        with self.assertRaisesRegex(ValueError, "width .* multiple of 4"):
            LabelFeaturePyramid(**SMALL)(random_label_map((1, 8, 10), 4))
