import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators.fpse_discriminator import double_bilinear
from tests import golden
from tests import numpy_layers
from tests.layers.test_label_embedding import averages
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


def double(x):
    """Bilinear doubling of height and width, pixel by pixel."""
    batch, height, width, channels = x.shape
    result = np.zeros((batch, 2 * height, 2 * width, channels))
    for i, j in np.ndindex(2 * height, 2 * width):
        y = min(max((i + 0.5) / 2 - 0.5, 0), height - 1)
        z = min(max((j + 0.5) / 2 - 0.5, 0), width - 1)
        top, left = int(y), int(z)
        down, right = min(top + 1, height - 1), min(left + 1, width - 1)
        rows = (1 - y + top) * x[:, top] + (y - top) * x[:, down]
        result[:, i, j] = (1 - z + left) * rows[:, left]
        result[:, i, j] += (z - left) * rows[:, right]
    return result


def unit(conv, x):
    """A convolution of a `ConvStack`, without spectral norm."""
    kernel = ops.convert_to_numpy(conv.conv.kernel)
    x = numpy_layers.convolution(
        x, kernel, strides=conv.strides, pad=conv.padding
    )
    return numpy_layers.leaky_relu(numpy_layers.instance_norm(x))


def pointwise(conv, x):
    kernel = ops.convert_to_numpy(conv.kernel)[0, 0]
    return x @ kernel + ops.convert_to_numpy(conv.bias)


class FPSEDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        features = [(8, 16, 4), (4, 8, 8), (2, 4, 16), (1, 2, 16)]
        scores = [(8, 16, 1), (4, 8, 1), (2, 4, 1)]
        self.check_layer(
            FPSEDiscriminator,
            {"num_classes": 5, "use_edge_map": True, "filters": 2},
            call_args=[
                random((2, 32, 64, 3)),
                random_label_map((2, 32, 64), 5),
                random((2, 32, 64, 1)),
            ],
            output_shape=[(2, *size) for size in features + scores],
            # Twelve convolutions without bias; two heads and the vectors.
            trainable=12 + 3 * 2,
            non_trainable=12 * 2,
            output_dtype=4 * [None] + 3 * ["float32"],
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, edges, expected in [
            (151, False, 5_190_593),
            (183, True, 5_194_817),
            (35, True, 5_175_873),
        ]:
            discriminator = FPSEDiscriminator(classes, use_edge_map=edges)
            self.assertEqual(count_parameters(discriminator), expected)

    def test_outputs_equal_the_equations(self):
        network = FPSEDiscriminator(4, filters=2, spectral=False)
        network.build()
        image = random((1, 64, 64, 3))
        label_map = random_label_map((1, 64, 64), 4)
        outputs = network(image, label_map)
        levels = [image]
        for encoder in network.bottom_up.convs:
            levels.append(unit(encoder, levels[-1]))
        for (ours,), theirs in zip(
            outputs["features"], levels[2:], strict=True
        ):
            self.assert_close(ours, theirs, 1e-5)
        laterals = dict(zip((2, 3, 4, 5), network.laterals, strict=True))
        finals = dict(zip((2, 3, 4), network.finals, strict=True))
        x = unit(*laterals[5].convs, levels[5])
        embedded = pointwise(
            network.embedding.vectors, one_hot_map(label_map, 4)
        )
        for k in (4, 3, 2):
            x = double(x) + unit(*laterals[k].convs, levels[k])
            final = unit(*finals[k].convs, x)
            match = pointwise(network.head.semantics, final)
            match = match * averages(embedded, 2**k)
            score = pointwise(network.head.realism, final)
            score = score + match.sum(-1, keepdims=True)
            self.assert_close(outputs["scores"][k - 2], score, 2e-5)

    def test_doubling_interpolates_between_pixel_centers(self):
        x = random((2, 3, 5, 2))
        doubled = double_bilinear(ops.convert_to_tensor(x))
        self.assert_close(doubled, double(x), 1e-6)

    def test_dynamic_sizes_give_what_static_sizes_give(self):
        network = FPSEDiscriminator(4, filters=2)
        inputs = [
            keras.Input((None, None, 3)),
            keras.Input((None, None), dtype="int32"),
        ]
        model = keras.Model(inputs, network(*inputs)["scores"])
        model.compile(jit_compile=keras.backend.backend() == "jax")
        arrays = [random((1, 32, 64, 3)), random_label_map((1, 32, 64), 4)]
        found = model.predict(arrays, verbose=0)
        expected = network(*arrays)["scores"]
        for ours, theirs in zip(found, expected, strict=True):
            self.assert_close(ours, theirs, 1e-5)

    def test_bad_arguments_and_inputs_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 0}, "`filters` must be"),
            ({"image_channels": 0}, "`image_channels` must be"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"initializer": "he"}, "`initializer` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                FPSEDiscriminator(**{"num_classes": 4, **bad})
        image = random((1, 32, 40, 3))
        label_map = random_label_map((1, 32, 40), 4)
        with self.assertRaisesRegex(ValueError, "width .* multiple of 32"):
            FPSEDiscriminator(4, filters=2)(image, label_map)
        with self.assertRaisesRegex(ValueError, "`edge_map` must be given"):
            FPSEDiscriminator(4, use_edge_map=True, filters=2)(image, label_map)


class FPSEDiscriminatorGoldenTest(unittest.TestCase):
    def test_features_and_scores(self):
        file = golden.Golden("fpse_discriminator")
        single = file.network_inputs()
        # The batch of the official code: fakes first, then the real images.
        both = {k: np.concatenate([v, v]) for k, v in single.items()}
        image = golden.to_last(
            np.concatenate([file["in/fake"], file["in/real"]])
        )

        def make():
            discriminator = checkpoints.from_official(
                "ccfpse_discriminator", file.state(), use_edge_map=True
            )
            return discriminator, checkpoints.naming_table(discriminator)

        def call(discriminator, inputs, training):
            outputs = discriminator(inputs["x"], **both, training=training)
            named = {
                f"score{k}": score
                for k, score in zip((2, 3, 4), outputs["scores"], strict=True)
            }
            for k, (feature,) in enumerate(outputs["features"], start=2):
                named[f"feature{k}"] = feature
            return named

        # Limit for whole networks, measured elsewhere at 4e-6.
        golden.ForwardCheck(self, file, make, call, {"x": image}, 1e-4).run()
