import numpy as np
from keras import ops

from keras_semsynth.generators import SemanticVectorGenerator
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {"num_classes": 4, "filters": 2, "num_stages": 3}


class SemanticVectorGeneratorTest(SemsynthTestCase):
    label_map = random_label_map((2, 8, 12), 4)

    def test_contract(self):
        sizes = [(2, 3), (4, 6), (8, 12)]
        self.check_layer(
            SemanticVectorGenerator,
            {**SMALL, "num_conv_candidates": 2, "num_norm_candidates": 3},
            call_args=[self.label_map],
            output_shape=[
                *((2, *size, 2) for size in sizes),
                *((2, *size, 3) for size in sizes),
                (2, 8, 12, 3),
            ],
            trainable=2 * (3 * 2 + 2),
            non_trainable=2 * 3 * 2,
            output_dtype=[None] * 6 + ["float32"],
            policy_tolerance={"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1},
            fit_policies=(),
            jit_compile=False,
        )

    def vectors(self, **options):
        generator = SemanticVectorGenerator(
            **SMALL, initializer="xavier_uniform", **options
        )
        generator.build()
        for seed, weight in enumerate(generator.trainable_weights):
            weight.assign(random(weight.shape, seed, scale=0.2))
        outputs = generator(self.label_map)
        return [ops.convert_to_numpy(v) for v in outputs["conv_vectors"]]

    def test_every_normalization_is_a_function_of_the_raw_vectors(self):
        options = {"spectral": False}
        raw = self.vectors(**options, vector_normalization="none")
        self.assertLess(raw[-1].min(), 0)

        def softmax(x, temperature=0.05):
            x = np.exp(temperature * (x - x.max(-1, keepdims=True)))
            return x / x.sum(-1, keepdims=True)

        for normalization, function in (
            ("softmax", softmax),
            ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
            ("tanh", np.tanh),
            ("hard_tanh", lambda x: np.clip(x, -1, 1)),
            ("relu", lambda x: np.maximum(x, 0)),
        ):
            found = self.vectors(**options, vector_normalization=normalization)
            for vectors, values in zip(found, raw, strict=True):
                self.assert_close(vectors, function(values), 1e-5)
        hot = self.vectors(**options, temperature=3.0)
        self.assert_close(hot[-1], softmax(raw[-1], 3.0), 1e-5)

    def test_a_single_candidate_has_the_whole_share(self):
        # Without the warning of Keras, which is an error in tests.
        for vectors in self.vectors(num_conv_candidates=1):
            self.assertEqual(vectors.shape[-1], 1)
            np.testing.assert_array_equal(vectors, 1.0)

    def test_a_stage_reads_the_doubled_features_of_the_one_before(self):
        def near(x, axis):
            return np.repeat(x, 2, axis)

        def linear(x, axis):
            # Half-pixel centres: 3/4 of the cell, 1/4 of its neighbour.
            x = np.moveaxis(x, axis, 0)
            before = np.concatenate([x[:1], x[:-1]])
            after = np.concatenate([x[1:], x[-1:]])
            pairs = [0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after]
            doubled = np.stack(pairs, 1).reshape(-1, *x.shape[1:])
            return np.moveaxis(doubled, 0, axis)

        for upsampling, double in (("nearest", near), ("bilinear", linear)):
            generator = SemanticVectorGenerator(
                **SMALL,
                spectral=False,
                initializer="xavier_uniform",
                vector_upsampling=upsampling,
            )
            generator.build()
            stages, _ = generator.encode(self.label_map)
            coarse = numpy_layers.leaky_relu(ops.convert_to_numpy(stages[0]))
            doubled = np.float32(double(double(coarse, 1), 2))
            labels, _ = generator.label_pyramid(self.label_map)[1]
            x = generator.first_convs[1](labels, doubled)
            x = generator.second_convs[1](ops.leaky_relu(x, 0.2))
            self.assert_close(stages[1], x, 1e-5)

    def test_coarse_levels_hold_fractions_of_the_classes(self):
        generator = SemanticVectorGenerator(**SMALL)
        for label_map in (self.label_map, one_hot_map(self.label_map, 4)):
            pyramid = generator.label_pyramid(label_map)
            one_hot = one_hot_map(self.label_map, 4)
            for (labels, _), step in zip(pyramid[:-1], (4, 2), strict=True):
                shape = (2, 8 // step, step, 12 // step, step, 4)
                expected = one_hot.reshape(shape).mean((2, 4))
                self.assert_close(labels, expected, 1e-6)

    def test_a_full_code_is_made_before_shrinking(self):
        generator = SemanticVectorGenerator(**SMALL, position_code="full")
        (coarse, _), _, (fine, _) = generator.label_pyramid(self.label_map)
        code = generator.code(one_hot_map(self.label_map, 4))
        self.assert_close(fine, code, 1e-6)
        shape = (2, 2, 4, 3, 4, 4)
        mean = ops.convert_to_numpy(code).reshape(shape).mean((2, 4))
        self.assert_close(coarse, mean, 1e-5)

    def test_edges_take_part_at_every_level(self):
        edges = (random((2, 8, 12, 1)) > 0).astype("float32")
        for code in (None, "full", "pyramid"):
            generator = SemanticVectorGenerator(
                **SMALL, use_edge_map=True, position_code=code
            )
            images = [
                generator(self.label_map, e)["semantic_image"]
                for e in (edges, 1 - edges)
            ]
            difference = ops.convert_to_numpy(images[0] - images[1])
            self.assertGreater(np.abs(difference).max(), 0)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_stages": 1}, "`num_stages` must be"),
            ({"temperature": 0}, "`temperature` must be positive"),
            (
                {"vector_normalization": "tan"},
                "`vector_normalization` must be one of",
            ),
            ({"position_code": "some"}, "`position_code` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                SemanticVectorGenerator(**{**SMALL, **bad})
