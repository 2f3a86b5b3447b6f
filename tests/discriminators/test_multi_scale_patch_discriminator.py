import numpy as np
from keras import ops

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class MultiScalePatchDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        sizes = [(19, 26, 3), (10, 14, 6), (6, 8, 12), (7, 9, 24), (8, 10, 1)]
        half = [(10, 14, 3), (6, 8, 6), (4, 5, 12), (5, 6, 24), (6, 7, 1)]
        self.check_layer(
            MultiScalePatchDiscriminator,
            {"num_classes": 5, "filters": 3},
            call_args=[
                random((2, 37, 51, 3)),
                random_label_map((2, 37, 51), 5),
            ],
            # Features, then scores.
            output_shape=[
                (2, *size)
                for size in [*sizes[:-1], *half[:-1], sizes[-1], half[-1]]
            ],
            # Two convolutions with bias, three spectral ones without.
            trainable=2 * (2 * 2 + 3),
            non_trainable=2 * 3 * 2,
            output_dtype=8 * [None] + 2 * ["float32"],
            policy_tolerance=HALF,
        )

    def test_contract_with_other_options(self):
        self.check_layer(
            MultiScalePatchDiscriminator,
            {
                "num_classes": 5,
                "use_edge_map": True,
                "filters": 2,
                "num_scales": 1,
                "num_layers": 2,
                "max_filters": 3,
                "normalization": "batch",
                "spectral": False,
                "image_channels": 1,
            },
            call_args=[
                random((2, 13, 15, 1)),
                random_label_map((2, 13, 15), 5),
                random((2, 13, 15, 1)),
            ],
            output_shape=[(2, 7, 8, 2), (2, 8, 9, 3), (2, 9, 10, 1)],
            trainable=2 + 1 + 2 + 2,
            non_trainable=2,
            output_dtype=[None, None, "float32"],
            policy_tolerance=HALF,
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, edges, expected in [
            (151, False, 5_836_930),
            (183, True, 5_904_514),
            (35, True, 5_601_410),
            (13, False, 5_554_306),
        ]:
            discriminator = MultiScalePatchDiscriminator(
                classes, use_edge_map=edges
            )
            self.assertEqual(count_parameters(discriminator), expected)

    def test_sizes_at_256_pixels_are_those_of_the_official_network(self):
        discriminator = MultiScalePatchDiscriminator(4, filters=2)
        discriminator.build()
        shapes = discriminator.compute_output_shape((1, 256, 256, 3))
        sizes = [shape[1] for shape in shapes["features"][0]]
        self.assertEqual(sizes, [129, 65, 33, 34])
        self.assertEqual(shapes["scores"][0], (1, 35, 35, 1))

    def test_widths_double_up_to_the_cap(self):
        discriminator = MultiScalePatchDiscriminator(
            3, filters=4, num_scales=1, num_layers=5, max_filters=12
        )
        outputs = discriminator(
            random((1, 32, 32, 3)), random_label_map((1, 32, 32), 3)
        )
        (features,) = outputs["features"]
        widths = [feature.shape[-1] for feature in features]
        self.assertEqual(widths, [4, 8, 12, 12, 12])
        self.assertEqual(outputs["scores"][0].shape[-1], 1)

    def test_the_second_scale_sees_the_halved_input(self):
        # Its first activation, on average pooled one-hot labels and image.
        discriminator = MultiScalePatchDiscriminator(4, filters=3)
        image = random((1, 9, 12, 3))
        label_map = random_label_map((1, 9, 12), 4)
        outputs = discriminator(image, label_map)
        joined = np.concatenate([one_hot_map(label_map, 4), image], -1)
        pooled = np.zeros((1, 5, 6, 7), "float32")
        for y, x in np.ndindex(5, 6):
            window = joined[
                :,
                max(2 * y - 1, 0) : 2 * y + 2,
                max(2 * x - 1, 0) : 2 * x + 2,
            ]
            pooled[:, y, x] = window.mean((1, 2))
        x = discriminator.firsts[1](pooled[..., :4], pooled[..., 4:])
        x = ops.leaky_relu(x, 0.2)
        expected = [x, *discriminator.stacks[1](x)]
        for found, value in zip(outputs["features"][1], expected, strict=True):
            self.assert_close(found, value, 1e-5)
        score = discriminator.heads[1](expected[-1])
        self.assert_close(outputs["scores"][1], score, 1e-5)

    def test_with_instance_norm_samples_do_not_interact(self):
        discriminator = MultiScalePatchDiscriminator(4, filters=3)
        image = random((2, 32, 32, 3))
        label_map = random_label_map((2, 32, 32), 4)
        both = discriminator(image, label_map)
        alone = discriminator(image[1:], label_map[1:])
        for found, single in zip(both["scores"], alone["scores"], strict=True):
            self.assert_close(ops.convert_to_numpy(found)[1:], single, 1e-5)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 0}, "`filters` must be"),
            ({"num_scales": 0}, "`num_scales` must be"),
            ({"num_layers": 0}, "`num_layers` must be"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"initializer": "he"}, "`initializer` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    MultiScalePatchDiscriminator(**{"num_classes": 4, **bad})

    def test_a_missing_or_superfluous_edge_map_is_an_error(self):
        image = random((1, 16, 16, 3))
        label_map = random_label_map((1, 16, 16), 4)
        edge_map = np.zeros((1, 16, 16, 1), "float32")
        with self.assertRaisesRegex(ValueError, "`edge_map` must be given"):
            MultiScalePatchDiscriminator(4, use_edge_map=True, filters=2)(
                image, label_map
            )
        with self.assertRaisesRegex(ValueError, "`edge_map` must be given"):
            MultiScalePatchDiscriminator(4, filters=2)(
                image, label_map, edge_map
            )
