import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators import SPADEGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error
from tests.semsynth_test_case import settle_spectral_vectors

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "hidden_filters": 3,
}
# Seven blocks and a pyramid of rounding; images lie in [-1, 1].
HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}
DEAD = 26_112  # values of batch norms that official code never calls


def settled(**options):
    """A small generator whose random spectral vectors amplify nothing."""
    generator = CCFPSEGenerator(**{**SMALL, **options})
    generator.build()
    settle_spectral_vectors(generator)
    return generator


class CCFPSEGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            CCFPSEGenerator,
            {**SMALL, "style_dim": 6},
            call_args=[random_label_map((2, 32, 64), 5), random((2, 6))],
            output_shape=(2, 32, 64, 3),
            # First and last convolution; 6 + 2 * 5 units of the pyramid;
            # blocks of 24 weights, four of them with a shortcut of 7.
            trainable=2 + 2 + 16 * 3 + 7 * 24 + 4 * 7,
            non_trainable=16 * 4 + 7 * 4 + 4 * 4,
            output_dtype="float32",
            policy_tolerance=HALF,
            # Its blocks were fitted in half precision one by one.
            fit_policies=(),
            jit_compile=False,
        )

    def test_scales_start_at_one_if_and_only_if_synchronized(self):
        for normalization, deviation in (("sync_batch", 0), ("batch", 0.02)):
            generator = CCFPSEGenerator(**SMALL, normalization=normalization)
            generator.build()
            scales = [
                ops.convert_to_numpy(weight).ravel()
                for weight in generator.trainable_variables
                if weight.name == "gamma"
            ]
            self.assertEqual(len(scales), 16 + 2 * 7)
            scales = np.concatenate(scales)
            self.assertAlmostEqual(scales.mean(), 1, delta=0.01)
            self.assertAlmostEqual(scales.std(), deviation, delta=deviation / 4)

    def test_parameter_counts_are_those_of_the_paper_without_dead_ones(self):
        ade20k = {"num_classes": 151}
        coco_stuff = {"num_classes": 183, "use_edge_map": True}
        cityscapes = {
            "num_classes": 35,
            "use_edge_map": True,
            "image_size": (256, 512),
            "upsampling": "more",
        }
        style = {"style_dim": 256}
        for options, expected in [
            ({**ade20k, **style}, 140_704_323),
            ({**coco_stuff, **style}, 141_939_843),
            ({**cityscapes, **style}, 128_055_555),
            (ade20k, 125_254_211),
            (coco_stuff, 126_793_859),
            (cityscapes, 119_966_979),
        ]:
            with self.subTest(**options):
                found = count_parameters(CCFPSEGenerator(**options))
                self.assertEqual(found, expected - DEAD)

    @pytest.mark.slow
    def test_all_generators_of_the_ablation_keep_the_size(self):
        for options in (
            {"feature_pyramid": False},
            {"feature_pyramid": False, "use_edge_map": True},
            {"block": "spade", "use_edge_map": True},
            {"block": "spade", "feature_pyramid": False},
            {"upsampling": "more", "image_size": (64, 64)},
        ):
            with self.subTest(**options):
                generator = CCFPSEGenerator(**{**SMALL, **options})
                size = generator.image_size
                label_map = random_label_map((1, *size), 5)
                edges = np.ones((1, *size, 1), "float32")
                image = generator(
                    label_map,
                    edge_map=edges if generator.use_edge_map else None,
                )
                self.assertEqual(tuple(image.shape), (1, *size, 3))

    @pytest.mark.slow
    def test_without_pyramid_spade_blocks_make_the_spade_generator(self):
        ours = CCFPSEGenerator(**SMALL, block="spade", feature_pyramid=False)
        ours.build()
        theirs = SPADEGenerator(**SMALL)
        theirs.build()
        settle_spectral_vectors(theirs)
        for name in ("fc", *ours.named_blocks(), "conv_img"):
            getattr(ours, name).set_weights(getattr(theirs, name).get_weights())
        label_map = random_label_map((1, 32, 64), 5)
        self.assert_close(ours(label_map), theirs(label_map), 1e-6)

    @pytest.mark.slow
    def test_dynamic_sizes_give_what_static_sizes_give(self):
        generator = settled(use_edge_map=True)
        inputs = keras.Input((None, None), dtype="int32")
        edges = keras.Input((None, None, 1))
        model = keras.Model([inputs, edges], generator(inputs, edge_map=edges))
        model.compile(jit_compile=keras.backend.backend() == "jax")
        for height, width in [(32, 64), (64, 32)]:
            label_map = random_label_map((2, height, width), 5)
            edge_map = random((2, height, width, 1))
            self.assert_close(
                model.predict([label_map, edge_map], verbose=0),
                generator(label_map, edge_map=edge_map),
                1e-5,
            )

    def test_the_image_depends_on_labels_edges_and_style(self):
        generator = settled(
            style_dim=4, use_edge_map=True, initializer_gain=0.5
        )
        label_map = random_label_map((1, 32, 64), 5)
        edges = np.zeros((1, 32, 64, 1), "float32")
        style = random((1, 4))
        image = generator(label_map, style, edges)
        for changed in (
            generator(4 - label_map, style, edges),
            generator(label_map, style, 1 + edges),
            generator(label_map, -style, edges),
        ):
            self.assertGreater(relative_error(changed, image), 1e-4)
        soft = one_hot_map(label_map, 5)
        self.assert_close(generator(soft, style, edges), image, 1e-4)
        self.assert_close(
            generator(label_map, edge_map=edges, seed=3),
            generator(label_map, edge_map=edges, seed=3),
            1e-6,
        )

    def test_every_weight_is_used(self):
        # The official blocks hold batch norms that are never called.
        generator = CCFPSEGenerator(**SMALL)
        generator.build()
        before = [ops.convert_to_numpy(w).copy() for w in generator.weights]
        generator(random_label_map((2, 32, 64), 5), training=True)
        for weight, old in zip(generator.weights, before, strict=True):
            if not weight.trainable:
                moved = ops.convert_to_numpy(weight) - old
                self.assertGreater(np.abs(moved).max(), 0, weight.path)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 1.5}, "`filters` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"style_dim": 0}, "`style_dim` must be"),
            ({"kernel_size": 4}, "`kernel_size` must be a positive odd"),
            ({"normalization": "instance"}, "`normalization` must be one of"),
            ({"upsampling": "most"}, "`upsampling` must be one of"),
            ({"block": "residual"}, "`block` must be one of"),
            ({"image_size": (32, 48)}, "`image_size` must be .* of 32"),
            ({"initializer": "he"}, "`initializer` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    CCFPSEGenerator(**{**SMALL, **bad})
        with self.assertRaisesRegex(ValueError, "width .* multiple of 32"):
            CCFPSEGenerator(**SMALL)(random_label_map((1, 32, 40), 5))
