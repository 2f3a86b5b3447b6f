from keras import ops

from keras_semsynth.discriminators import SemanticsEmbeddingPatchDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class SemanticsEmbeddingPatchDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        sizes = [(17, 25, 2), (9, 13, 4), (10, 14, 5)]
        half = [(9, 13, 2), (5, 7, 4), (6, 8, 5)]
        self.check_layer(
            SemanticsEmbeddingPatchDiscriminator,
            {
                "num_classes": 5,
                "use_edge_map": True,
                "filters": 2,
                "num_layers": 3,
                "max_filters": 5,
            },
            call_args=[
                random((2, 32, 48, 3)),
                random_label_map((2, 32, 48), 5),
                random((2, 32, 48, 1)),
            ],
            output_shape=[
                *((2, *size) for size in sizes + half),
                (2, 10, 14, 1),
                (2, 6, 8, 1),
            ],
            # A convolution with bias, two spectral ones, two heads, vectors.
            trainable=2 * (2 + 2 + 2 * 2 + 2),
            non_trainable=2 * 2 * 2,
            output_dtype=6 * [None] + 2 * ["float32"],
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_labels_matter_to_scores_only(self):
        network = SemanticsEmbeddingPatchDiscriminator(4, filters=2)
        image = random((1, 32, 32, 3))
        one, other = (
            network(image, random_label_map((1, 32, 32), 4, seed))
            for seed in range(2)
        )
        self.assertGreater(
            relative_error(one["scores"][0], other["scores"][0]), 0
        )
        for ours, theirs in zip(
            one["features"][1], other["features"][1], strict=True
        ):
            self.assert_close(ours, theirs, 0.0)

    def test_the_labels_under_a_patch_are_those_that_count(self):
        # Only the left half of the labels changes: so do only the scores left
        # of the middle, and the one that the border was extended by.
        network = SemanticsEmbeddingPatchDiscriminator(4, filters=2)
        image = random((1, 64, 64, 3))
        label_map = random_label_map((1, 64, 64), 4)
        changed = label_map.copy()
        changed[:, :, :32] = 3 - changed[:, :, :32]
        before, after = (
            ops.convert_to_numpy(network(image, labels)["scores"][0])
            for labels in (label_map, changed)
        )
        same = (before == after).all((0, 1, 3))
        self.assertEqual(same.tolist(), 5 * [False] + 5 * [True])

    def test_bad_arguments_and_inputs_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 0}, "`filters` must be"),
            ({"num_scales": 0}, "`num_scales` must be"),
            ({"num_layers": 1}, "`num_layers` must be"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                SemanticsEmbeddingPatchDiscriminator(
                    **{"num_classes": 4, **bad}
                )
        with self.assertRaisesRegex(ValueError, "height .* multiple of 16"):
            SemanticsEmbeddingPatchDiscriminator(4, filters=2)(
                random((1, 40, 32, 3)), random_label_map((1, 40, 32), 4)
            )
