import numpy as np
from keras import ops

from keras_semsynth.discriminators import ProjectedDiscriminator
from keras_semsynth.scorers import VGG19Features
from tests.discriminators.tiny_trunk import tiny_trunk
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


def small(num_classes=4, trunk=None, **kwargs):
    sizes = {"filters": 4, "mixed_filters": 3, "num_scales": 2}
    # Kernels as large as in other networks, so that little is not nothing.
    return ProjectedDiscriminator(
        num_classes,
        tiny_trunk() if trunk is None else trunk,
        **{"initializer_gain": 1.0, **sizes, **kwargs},
    )


class ProjectedDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ProjectedDiscriminator,
            {
                "num_classes": 5,
                "features_network": tiny_trunk(),
                "use_edge_map": True,
                "filters": 4,
                "num_scales": 2,
                "mixed_filters": 3,
                "enlarge": 2,
            },
            call_args=[
                random((2, 16, 24, 3)),
                random_label_map((2, 16, 24), 5),
                random((2, 16, 24, 1)),
            ],
            output_shape=[
                *2 * [(2, 8, 12, 4)],
                *2 * [(2, 4, 6, 4)],
                (2, 8, 12, 1),
                (2, 4, 6, 1),
            ],
            # Two convolutions and a head of two, with biases; the vectors.
            trainable=2 * (2 * 2 + 4) + 2,
            # Trunk, mixing, and two vectors a spectral convolution.
            non_trainable=3 * 2 + 3 + 2 * 2 * 2,
            output_dtype=4 * [None] + 2 * ["float32"],
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_it_judges_the_deepest_levels_of_the_trunk(self):
        network = small(trunk=VGG19Features(16), num_scales=4)
        self.assertEqual(network.cell_sizes, (2, 4, 8, 16))
        self.assertEqual(network.level_channels, (8, 16, 32, 32))
        self.assertEqual(network.mixed_widths, (3, 6, 12, 24))
        self.assertEqual(network.size_multiple, 16)
        larger = small(trunk=VGG19Features(16), num_scales=3, enlarge=4)
        self.assertEqual(larger.cell_sizes, (1, 2, 4))

    def test_only_heads_and_embedding_are_trained(self):
        network = small()
        network.build()
        names = {weight.path for weight in network.trainable_weights}
        frozen = {w.path for w in network.features_network.weights}
        frozen |= {w.path for w in network.mixing.weights}
        self.assertFalse(names & frozen)
        self.assertEqual(len(frozen), 3 * 2 + 3)

    def test_features_and_gradients_pass_the_trunk(self):
        network = small()
        labels = random_label_map((1, 16, 16), 4)

        def total(image):
            outputs = network(image, labels, training=False)
            return sum(ops.sum(scores) for scores in outputs["scores"])

        image = random((1, 16, 16, 3))
        (gradient,) = gradients(total, [image])
        self.assertGreater(np.abs(gradient).max(), 0.0)
        step = 1e-2 * gradient / np.linalg.norm(gradient)
        above, below = (
            float(ops.convert_to_numpy(total(image + sign * step)))
            for sign in (1, -1)
        )
        self.assertAlmostEqual(
            (above - below) / (2e-2 * np.linalg.norm(gradient)),
            1.0,
            delta=0.05,
        )

    def test_the_labels_under_a_cell_are_those_that_count(self):
        network = small()
        image = random((1, 16, 16, 3))
        label_map = random_label_map((1, 16, 16), 4)
        changed = label_map.copy()
        changed[:, :, :8] = 3 - changed[:, :, :8]
        before, after = (
            network(image, labels) for labels in (label_map, changed)
        )
        for x, y in zip(before["scores"], after["scores"], strict=True):
            same = ops.convert_to_numpy(x == y).all((0, 1, 3))
            half = len(same) // 2
            self.assertEqual(same.tolist(), half * [False] + half * [True])
        for x, y in zip(before["features"], after["features"], strict=True):
            self.assert_close(x[1], y[1], 0.0)

    def test_contrast_counts(self):
        """Unlike in `FPSEDiscriminator`, whose normalization hides it."""
        network = small()
        labels = random_label_map((1, 16, 16), 4)
        image = random((1, 16, 16, 3))
        full, faint = (
            network(contrast * image, labels)["features"][0][1]
            for contrast in (0.5, 0.05)
        )
        self.assertGreater(relative_error(faint, full), 0.3)

    def test_bad_arguments_and_inputs_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 0}, "`filters` must be"),
            ({"mixed_filters": 0}, "`mixed_filters` must be"),
            ({"num_layers": 0}, "`num_layers` must be"),
            ({"num_scales": 0}, "`num_scales` must be"),
            ({"num_scales": 4}, "at most 3, the levels of Functional"),
            ({"enlarge": 3}, "`enlarge` must be 1, 2, 4 or 8"),
            ({"enlarge": 16}, "`enlarge` must be"),
            ({"enlarge": 8}, "must not be smaller than a pixel"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                small(**bad)
        with self.assertRaisesRegex(ValueError, "height .* multiple of 8"):
            small()(random((1, 12, 16, 3)), random_label_map((1, 12, 16), 4))
        with self.assertRaisesRegex(ValueError, "`edge_map` must be given"):
            small(use_edge_map=True)(
                random((1, 16, 16, 3)), random_label_map((1, 16, 16), 4)
            )
