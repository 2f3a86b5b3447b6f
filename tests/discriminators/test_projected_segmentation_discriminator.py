from keras_semsynth.discriminators import ProjectedSegmentationDiscriminator
from tests.discriminators.tiny_trunk import tiny_trunk
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}
SMALL = {
    "filters": 4,
    "mixed_filters": 3,
    "num_scales": 2,
    "last_filters": 2,
    "initializer_gain": 1.0,
}


class ProjectedSegmentationDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ProjectedSegmentationDiscriminator,
            {"num_classes": 5, "features_network": tiny_trunk(), **SMALL},
            call_args=[random((2, 16, 24, 3))],
            output_shape=(2, 16, 24, 6),
            # One block to the finer level, two to the image, of which the last
            # needs no third convolution; logits.
            trainable=2 * (3 + 3 + 2) + 2,
            # Trunk, mixing, and two vectors a spectral convolution.
            non_trainable=3 * 2 + 3 + 2 * (3 + 3 + 2),
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_its_heads_score_too(self):
        network = ProjectedSegmentationDiscriminator(
            5, tiny_trunk(), patch_scores=True, **SMALL
        )
        self.assertEqual(network.output_names, ("logits", "scores", "features"))
        image = random((2, 16, 24, 3))
        label_map = random_label_map((2, 16, 24), 5)
        outputs = network(image, label_map)
        self.assertEqual(outputs["logits"].shape, (2, 16, 24, 6))
        shapes = [tuple(scores.shape) for scores in outputs["scores"]]
        self.assertEqual(shapes, [(2, 4, 6, 1), (2, 2, 3, 1)])
        self.assertEqual(
            network.compute_output_shape(image.shape),
            {
                "logits": (2, 16, 24, 6),
                "scores": shapes,
                "features": [[(2, 4, 6, 4)] * 2, [(2, 2, 3, 4)] * 2],
            },
        )

    def test_the_logits_know_every_level(self):
        network = ProjectedSegmentationDiscriminator(5, tiny_trunk(), **SMALL)
        network.build()
        mixed = network.project(random((1, 16, 16, 3)))
        before = network._segment(mixed, False)
        for level in range(2):
            changed = list(mixed)
            changed[level] = changed[level] + 1.0
            after = network._segment(changed, False)
            self.assertGreater(relative_error(after, before), 1e-3, level)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`last_filters` must be"):
            ProjectedSegmentationDiscriminator(
                5, tiny_trunk(), **{**SMALL, "last_filters": 0}
            )
