import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.generators import SPADEGenerator
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
    "hidden_filters": 4,
}
# Seven to nine blocks of rounding; images lie in [-1, 1].
HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class SPADEGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            SPADEGenerator,
            SMALL,
            call_args=[random_label_map((2, 32, 64), 5)],
            output_shape=(2, 32, 64, 3),
            # First and last convolution, three narrow and four wide blocks.
            trainable=2 + 2 + 3 * 16 + 4 * 23,
            non_trainable=3 * 8 + 4 * 12,
            output_dtype="float32",
            policy_tolerance=HALF,
            # Its blocks were fitted in half precision one by one.
            fit_policies=(),
            jit_compile=False,
        )

    @pytest.mark.slow
    def test_contract_with_every_option(self):
        self.check_layer(
            SPADEGenerator,
            {
                "num_classes": 4,
                "image_size": (128, 128),
                "filters": 2,
                "upsampling": "most",
                "style_dim": 6,
                "hidden_filters": 3,
                "kernel_size": 1,
                "normalization": "instance",
                "spectral": False,
                "output_channels": 1,
                "initializer": "kaiming",
            },
            call_args=[random_label_map((2, 128, 128), 4), random((2, 6))],
            output_shape=(2, 128, 128, 1),
            trainable=2 + 2 + 3 * 16 + 5 * 23,
            non_trainable=0,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
            jit_compile=False,
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        ade20k = {"num_classes": 151}
        coco_stuff = {"num_classes": 183, "use_edge_map": True}
        cityscapes = {
            "num_classes": 35,
            "use_edge_map": True,
            "image_size": (256, 512),
            "upsampling": "more",
        }
        facades = {"num_classes": 13}
        style = {"style_dim": 256}
        for options, expected in [
            (ade20k, 96_492_483),
            (coco_stuff, 97_480_899),
            (cityscapes, 93_048_003),
            (facades, 92_359_107),
            ({**ade20k, **style}, 111_942_595),
            ({**coco_stuff, **style}, 112_626_883),
            ({**cityscapes, **style}, 101_136_579),
            ({**facades, **style}, 109_081_027),
            ({**ade20k, "upsampling": "most"}, 97_412_579),
            ({**ade20k, "kernel_size": 1}, 71_295_939),
            ({**ade20k, "kernel_size": 5}, 146_885_571),
            ({**ade20k, "filters": 32}, 33_133_027),
            ({**ade20k, "filters": 96}, 193_211_811),
        ]:
            with self.subTest(**options):
                found = count_parameters(SPADEGenerator(**options))
                self.assertEqual(found, expected)

    @pytest.mark.slow
    def test_every_upsampling_keeps_the_size_of_the_label_map(self):
        for upsampling, multiple in [
            ("fewer", 8),
            ("normal", 32),
            ("more", 64),
            ("most", 128),
        ]:
            size = (multiple, 2 * multiple)
            generator = SPADEGenerator(
                3,
                image_size=size,
                filters=2,
                hidden_filters=2,
                upsampling=upsampling,
            )
            image = generator(random_label_map((1, *size), 3))
            self.assertEqual(tuple(image.shape), (1, *size, 3))

    def test_other_sizes_work_without_a_style_code(self):
        generator = SPADEGenerator(**SMALL)
        for height, width in [(32, 32), (96, 32), (64, 128)]:
            image = generator(random_label_map((1, height, width), 5))
            self.assertEqual(tuple(image.shape), (1, height, width, 3))

    def test_dynamic_sizes_give_what_static_sizes_give(self):
        generator = SPADEGenerator(**SMALL)
        inputs = keras.Input((None, None), dtype="int32")
        model = keras.Model(inputs, generator(inputs))
        model.compile(jit_compile=keras.backend.backend() == "jax")
        for height, width in [(32, 64), (64, 32)]:
            label_map = random_label_map((2, height, width), 5)
            self.assert_close(
                model.predict(label_map, verbose=0), generator(label_map), 1e-5
            )

    def test_the_image_depends_on_the_edge_map(self):
        generator = SPADEGenerator(**SMALL, use_edge_map=True)
        label_map = random_label_map((1, 32, 64), 5)
        edges = [np.zeros((1, 32, 64, 1), "float32"), np.ones((1, 32, 64, 1))]
        images = [generator(label_map, edge_map=edge) for edge in edges]
        self.assertGreater(relative_error(*images), 1e-3)

    def test_a_soft_one_hot_label_map_gives_the_same_image(self):
        generator = SPADEGenerator(**SMALL)
        label_map = random_label_map((1, 32, 64), 5)
        soft = one_hot_map(label_map, 5)
        self.assert_close(generator(soft), generator(label_map), 1e-4)

    def test_float_ids_are_read_as_ids(self):
        generator = SPADEGenerator(**SMALL)
        label_map = random_label_map((1, 32, 64), 5)
        image = generator(label_map.astype("float32"))
        self.assert_close(image, generator(label_map), 1e-6)

    def test_a_seed_fixes_the_style_and_its_absence_does_not(self):
        generator = SPADEGenerator(**SMALL, style_dim=8)
        label_map = random_label_map((1, 32, 64), 5)
        first = generator(label_map, seed=3)
        self.assert_close(generator(label_map, seed=3), first, 1e-6)
        self.assertGreater(
            relative_error(generator(label_map, seed=4), first), 1e-4
        )
        free = generator(label_map)
        self.assertGreater(relative_error(generator(label_map), free), 1e-4)

    def test_a_style_code_is_used_as_it_is(self):
        generator = SPADEGenerator(**SMALL, style_dim=8)
        label_map = random_label_map((2, 32, 64), 5)
        code = random((2, 8))
        image = ops.convert_to_numpy(generator(label_map, code))
        swapped = generator(label_map[::-1].copy(), code[::-1].copy())
        self.assert_close(swapped, image[::-1], 1e-4)

    def test_training_moves_statistics_and_inference_does_not(self):
        generator = SPADEGenerator(**SMALL)
        label_map = random_label_map((2, 32, 64), 5)
        generator.build()

        def state():
            return [
                ops.convert_to_numpy(weight).copy()
                for weight in generator.non_trainable_weights
            ]

        start = state()
        generator(label_map, training=False)
        for before, after in zip(start, state(), strict=True):
            self.assertEqual(before.tolist(), after.tolist())
        generator(label_map, training=True)
        for before, after in zip(start, state(), strict=True):
            self.assertGreater(np.abs(before - after).max(), 0)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"filters": 1.5}, "`filters` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"style_dim": 0}, "`style_dim` must be"),
            ({"kernel_size": 4}, "`kernel_size` must be a positive odd"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"upsampling": "least"}, "`upsampling` must be one of"),
            ({"image_size": (32, 48)}, "`image_size` must be .* of 32"),
            ({"image_size": 32}, "`image_size` must be"),
            (
                {"image_size": (32, 64), "upsampling": "more"},
                "`image_size` must be .* of 64",
            ),
            ({"initializer": "he"}, "`initializer` must be one of"),
            ({"initializer_gain": 0}, "`initializer_gain` must be positive"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    SPADEGenerator(**{**SMALL, **bad})

    def test_bad_inputs_are_named(self):
        label_map = random_label_map((1, 32, 64), 5)
        generator = SPADEGenerator(**SMALL)
        edged = SPADEGenerator(**SMALL, use_edge_map=True)
        styled = SPADEGenerator(**SMALL, style_dim=8)
        edge_map = np.zeros((1, 32, 64, 1), "float32")
        for call, message in [
            (lambda: generator(label_map[0]), "`label_map` must be ids"),
            (lambda: generator(label_map[:, :30]), "height .* multiple of 32"),
            (
                lambda: generator(label_map[:, :, :40]),
                "width .* multiple of 32",
            ),
            (
                lambda: generator(random((1, 32, 64, 4))),
                "soft `label_map` must have `num_classes`",
            ),
            (lambda: generator(label_map, edge_map=edge_map), "`edge_map` was"),
            (lambda: edged(label_map), "`edge_map` is missing"),
            (lambda: generator(label_map, random((1, 8))), "without a latent"),
            (lambda: styled(label_map, random((1, 9))), "`latent` must be"),
            (
                lambda: styled(random_label_map((1, 64, 64), 5)),
                "height of `label_map` must be 32",
            ),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                call()
