import unittest

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import Sample
from keras_semsynth.data.preprocessing import image_to_float
from tests.golden import Golden


def sample_of(height, width, seed=0, dtype="uint8"):
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (height, width, 3), dtype="uint8")
    label_map = random.integers(0, 9, (height, width)).astype(dtype)
    instance_map = random.integers(0, 70000, (height, width)).astype("int32")
    return Sample(image, label_map, instance_map)


class PreprocessingGoldenTest(unittest.TestCase):
    def test_every_mode_equals_the_official_loader_bit_by_bit(self):
        golden = Golden("spade_preprocess")
        for index, case in enumerate(golden.meta["cases"]):
            with self.subTest(index=index, mode=case["preprocess_mode"]):
                label_map = golden[f"in/{index}/label"]
                sample = Sample(
                    golden[f"in/{index}/image"],
                    # The dataset maps the raw void id before any geometry;
                    # the nearest rule commutes with it.
                    np.where(label_map == 255, case["label_nc"], label_map),
                    golden[f"in/{index}/instance"],
                )
                preprocessing = Preprocessing(
                    case["preprocess_mode"],
                    load_size=case["load_size"] or 1,
                    crop_size=case["crop_size"] or 1,
                    aspect_ratio=case["aspect_ratio"],
                    legacy_shortside=True,
                    unknown_class=case["label_nc"],
                )
                result = preprocessing(
                    sample,
                    tuple(case["crop_pos"]),
                    case["flip"] and case["is_train"],
                )
                image = golden[f"out/{index}/image_uint8"]
                np.testing.assert_array_equal(
                    result.image, np.moveaxis(image, 0, -1)
                )
                np.testing.assert_array_equal(
                    result.label_map, golden[f"out/{index}/label"][0]
                )
                np.testing.assert_array_equal(
                    result.instance_map, golden[f"out/{index}/instance"][0]
                )


class PreprocessingTest(unittest.TestCase):
    def size_after(self, size, *args, **kwargs):
        preprocessing = Preprocessing(*args, unknown_class=0, **kwargs)
        return preprocessing(sample_of(*size)).label_map.shape

    def test_sizes_follow_the_table_of_the_specification(self):
        sizes = [
            ((61, 90), ("resize_and_crop", 72, 64), (64, 64)),
            ((61, 90), ("crop", 1, 40), (40, 40)),
            ((75, 100), ("scale_width", 64), (48, 64)),
            ((100, 64), ("scale_width", 64), (100, 64)),
            ((75, 100), ("scale_width_and_crop", 80, 48), (48, 48)),
            ((70, 90), ("scale_shortside", 60), (60, 77)),
            ((90, 70), ("scale_shortside", 60), (77, 60)),
            ((60, 90), ("scale_shortside", 60), (60, 90)),
            ((70, 90), ("scale_shortside_and_crop", 60, 48), (48, 48)),
            ((50, 100), ("fixed", 1, 64, 2.0), (32, 64)),
            ((50, 100), ("fixed", 1, (48, 80)), (48, 80)),
            ((50, 75), ("none",), (64, 64)),
            ((48, 80), ("none",), (64, 64)),
            ((10, 112), ("none",), (32, 128)),
        ]
        for size, arguments, expected in sizes:
            with self.subTest(size=size, arguments=arguments):
                self.assertEqual(self.size_after(size, *arguments), expected)

    def test_rounding_of_the_fixed_height_is_to_even(self):
        self.assertEqual(
            Preprocessing("fixed", crop_size=5, aspect_ratio=2.0).image_size,
            (2, 5),
        )

    def test_legacy_shortside_keeps_the_short_side(self):
        arguments = ("scale_shortside", 60)
        for size, expected in [((70, 90), (70, 77)), ((90, 70), (77, 70))]:
            self.assertEqual(
                self.size_after(size, *arguments, legacy_shortside=True),
                expected,
            )

    def test_square_and_rectangular_crops_take_the_given_window(self):
        sample = sample_of(20, 30)
        result = Preprocessing("crop", crop_size=(8, 10))(sample, (3, 5))
        np.testing.assert_array_equal(
            result.label_map, sample.label_map[5:13, 3:13]
        )
        np.testing.assert_array_equal(result.image, sample.image[5:13, 3:13])

    def test_a_flip_mirrors_all_three_maps(self):
        sample = sample_of(6, 7)
        result = Preprocessing("crop", crop_size=(6, 7))(sample, flip=True)
        for name in ("image", "label_map", "instance_map"):
            np.testing.assert_array_equal(
                getattr(result, name), getattr(sample, name)[:, ::-1]
            )

    def test_a_crop_beyond_the_image_pads_with_the_unknown_class(self):
        sample = sample_of(5, 6)
        preprocessing = Preprocessing("crop", crop_size=8, unknown_class=11)
        result = preprocessing(sample)
        np.testing.assert_array_equal(
            result.label_map[:5, :6], sample.label_map
        )
        self.assertTrue((result.label_map[5:] == 11).all())
        self.assertTrue((result.label_map[:, 6:] == 11).all())
        self.assertTrue((result.image[5:] == 0).all())
        self.assertEqual(result.image.shape, (8, 8, 3))

    def test_a_crop_beyond_the_image_without_unknown_class_is_refused(self):
        with self.assertRaisesRegex(ValueError, "8x8 at .* 6x5.*`load_size"):
            Preprocessing("crop", crop_size=8)(sample_of(5, 6))

    def test_labels_beyond_8_bits_survive_resizing(self):
        sample = sample_of(20, 30, dtype="int32")
        sample.label_map += 70000
        result = Preprocessing("fixed", crop_size=(10, 15))(sample)
        self.assertEqual(result.label_map.dtype, np.int32)
        expected = Image.fromarray(sample.label_map).resize((15, 10), 0)
        np.testing.assert_array_equal(result.label_map, np.asarray(expected))

    def test_crop_positions_reach_both_ends_and_flips_are_half(self):
        preprocessing = Preprocessing("crop", crop_size=8)
        sample = sample_of(10, 8)
        random = np.random.default_rng(0)
        draws = [preprocessing.draw(sample, random, True) for _ in range(300)]
        self.assertEqual({x for (x, _), _ in draws}, {0})
        self.assertEqual({y for (_, y), _ in draws}, {0, 1, 2})
        flips = sum(flip for _, flip in draws)
        self.assertTrue(110 < flips < 190, flips)

    def test_only_training_flips_and_only_if_asked(self):
        sample = sample_of(8, 8)
        random = np.random.default_rng(0)
        for flip, training in ((True, False), (False, True)):
            preprocessing = Preprocessing("crop", crop_size=8, flip=flip)
            for _ in range(30):
                _, flipped = preprocessing.draw(sample, random, training)
                self.assertFalse(flipped)

    def test_float_images_are_exact(self):
        values = np.arange(256, dtype="uint8")
        floats = image_to_float(values)
        self.assertEqual(floats.dtype, np.float32)
        self.assertEqual(floats[0], -1.0)
        self.assertEqual(floats[255], 1.0)
        np.testing.assert_allclose(floats, values / 127.5 - 1, atol=1e-7)

    def test_images_and_labels_of_different_sizes_are_refused(self):
        sample = sample_of(8, 8)
        sample.image = sample.image[:, :6]
        with self.assertRaisesRegex(ValueError, "6x8 .* label map 8x8"):
            Preprocessing("none")(sample)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "stretch"}, "`mode` must be one of"),
        ({"load_size": 0}, "`load_size` must be"),
        ({"crop_size": (8, -1)}, "`crop_size` must be"),
        ({"mode": "scale_width", "load_size": (8, 8)}, "one number"),
        ({"aspect_ratio": 0.0}, "`aspect_ratio` must be positive"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing(**arguments)
