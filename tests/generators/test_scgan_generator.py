import numpy as np
import pytest
from keras import ops

from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.presets import PRESETS
from tests.experiments.small import preset_network
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "start_filters": 2,
    "vector_filters": 2,
    "num_conv_candidates": 2,
    "num_norm_candidates": 3,
    "hidden_filters": 3,
}
# Seven blocks of rounding; images lie in [-1, 1].
HALF = {"mixed_float16": 1e-1, "mixed_bfloat16": 6e-1}


class SCGANGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            SCGANGenerator,
            SMALL,
            call_args=[random_label_map((2, 32, 64), 5)],
            output_shape=(2, 32, 64, 3),
            # First and last convolutions; three blocks and four wider ones;
            # six stages of semantic vectors and their image.
            trainable=2 + 2 + 3 * 6 + 4 * (6 + 8) + 6 * 4 + 4,
            non_trainable=3 * 12 + 4 * (12 + 4) + 6 * 4,
            output_dtype="float32",
            policy_tolerance=HALF,
            # The image does not depend on the regressed one; the golden
            # training steps fit both.
            fits=False,
        )

    def generator(self, **options):
        return SCGANGenerator(**{**SMALL, "initializer_gain": 1.0, **options})

    def test_parameter_counts_are_those_of_the_official_networks(self):
        for name, preset in PRESETS.items():
            if preset["model"] != "scgan":
                continue
            for part, expected in preset["parameters"].items():
                with self.subTest(preset=name, network=part):
                    network = preset_network(name, part)
                    self.assertEqual(count_parameters(network), expected)

    def test_other_sizes_work_without_a_latent(self):
        generator = self.generator()
        image = generator(random_label_map((1, 64, 32), 5))
        self.assertEqual(tuple(image.shape), (1, 64, 32, 3))
        generator = self.generator(upsampling="more", image_size=(64, 64))
        image = generator(random_label_map((1, 64, 128), 5))
        self.assertEqual(tuple(image.shape), (1, 64, 128, 3))
        generator = self.generator(upsampling="fewer", image_size=(16, 16))
        outputs = generator.generate(random_label_map((1, 16, 24), 5))
        self.assertEqual(tuple(outputs["image"].shape), (1, 16, 24, 3))
        self.assertEqual(
            [vectors.shape[1] for vectors in outputs["vectors"]["norm"]],
            [2, 4, 8, 16],
        )

    def test_a_soft_one_hot_label_map_gives_the_same_image(self):
        generator = self.generator()
        label_map = random_label_map((1, 32, 64), 5)
        soft = one_hot_map(label_map, 5)
        self.assert_close(generator(soft), generator(label_map), 1e-4)

    def test_generate_gives_the_vectors_and_what_they_draw(self):
        generator = self.generator()
        outputs = generator.generate(random_label_map((1, 32, 64), 5))
        self.assertEqual(set(outputs), {"image", "semantic_image", "vectors"})
        self.assertEqual(tuple(outputs["semantic_image"].shape), (1, 32, 64, 3))
        for kind, length in (("conv", 2), ("norm", 3)):
            vectors = outputs["vectors"][kind]
            self.assertEqual(len(vectors), 6)
            self.assertEqual(tuple(vectors[0].shape), (1, 1, 2, length))
            self.assertEqual(tuple(vectors[-1].shape), (1, 32, 64, length))
            total = ops.convert_to_numpy(vectors[-1]).sum(-1)
            np.testing.assert_allclose(total, 1.0, rtol=1e-5)

    @pytest.mark.slow
    def test_each_start_reads_its_own_input(self):
        label_map = random_label_map((1, 32, 64), 5)
        source = [random((1, 32, 64, 3), seed) for seed in range(2)]
        code = [random((1, 6), seed) for seed in range(2)]
        for start, inputs in (
            ("image", [{"source": s} for s in source]),
            ("style", [{"latent": c} for c in code]),
            ("noise", [{"seed": s} for s in range(2)]),
        ):
            style = {} if start == "image" else {"style_dim": 6}
            generator = self.generator(start=start, **style)
            first, second = (generator(label_map, **i) for i in inputs)
            self.assertGreater(relative_error(first, second), 1e-4)

    def test_the_kind_of_latent_is_told(self):
        for options, kind in (
            ({}, None),
            ({"start": "image"}, None),
            ({"style_dim": 6}, "style"),
            ({"style_dim": 6, "start": "noise"}, "noise"),
        ):
            self.assertEqual(self.generator(**options).latent_kind, kind)

    def test_bad_arguments_and_inputs_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"start": "zero"}, "`start` must be one of"),
            ({"start": "style"}, "`style_dim` must be given"),
            ({"start": "image", "style_dim": 4}, "`style_dim` must be given"),
            ({"upsampling": "fewest"}, "`upsampling` must be one of"),
            ({"image_size": (32, 48)}, "`image_size` must be .* of 32"),
            ({"temperature": -1}, "`temperature` must be positive"),
            ({"vector_upsampling": "cubic"}, "`vector_upsampling` must be"),
            ({"convolution": "scc"}, "`convolution` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                SCGANGenerator(**{**SMALL, **bad})
        label_map = random_label_map((1, 32, 64), 5)
        with self.assertRaisesRegex(ValueError, "`source` must be given"):
            self.generator(start="image")(label_map)
        with self.assertRaisesRegex(ValueError, "`source` must be given"):
            self.generator()(label_map, source=random((1, 32, 64, 3)))
