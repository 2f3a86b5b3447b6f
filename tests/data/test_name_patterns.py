import unittest

from keras_semsynth.data.name_patterns import NamePattern
from keras_semsynth.data.name_patterns import find_patterns

NUMBERS = [str(number) for number in range(1, 120)]
FRAMES = [f"aachen_{number:06d}_000019" for number in range(30)]


def ending(names, *endings):
    return {name + end for name in names for end in endings}


class NamePatternTest(unittest.TestCase):
    def test_the_core_is_what_is_left(self):
        pattern = NamePattern("img_", "_rgb")
        self.assertEqual(pattern.core("img_1_rgb"), "1")
        self.assertEqual(pattern.core("img_1"), "")
        self.assertEqual(pattern.key("x/a/img_1_rgb.png", "x"), "a/1")
        self.assertEqual(
            pattern.arguments("label"),
            {"label_prefix": "img_", "label_suffix": "_rgb"},
        )
        self.assertFalse(NamePattern())

    def test_accents_are_compared_in_composed_form(self):
        self.assertEqual(NamePattern(suffix="e\u0301").core("a\u00e9"), "a")


class FindPatternsTest(unittest.TestCase):
    def check(self, names, others, expected, kinds=("image", "label")):
        own, other = expected
        found = find_patterns(set(names), set(others), kinds)
        self.assertEqual(found, (NamePattern(*own), NamePattern(*other)))

    def test_endings_and_beginnings_are_found(self):
        for names, others, expected in (
            (NUMBERS, ending(NUMBERS, "_mask"), ("", "_mask")),
            (NUMBERS, ending(NUMBERS, ".jpg"), ("", ".jpg")),
            (NUMBERS, ending(NUMBERS, "label"), ("", "label")),
            (NUMBERS, {f"mask_{name}" for name in NUMBERS}, ("mask_", "")),
            (["a"], ["a_mask"], ("", "_mask")),
        ):
            with self.subTest(expected=expected):
                self.check(names, others, ((), expected))

    def test_both_sides_may_vary(self):
        for names, others, expected in (
            (
                {f"img_{name}" for name in NUMBERS},
                {f"label_{name}" for name in NUMBERS},
                (("img_",), ("label_",)),
            ),
            (
                ending(["cat", "dog"], "Image"),
                ending(["cat", "dog"], "Label"),
                (("", "Image"), ("", "Label")),
            ),
        ):
            self.check(names, others, expected)

    def test_names_may_differ_where_they_begin_and_end(self):
        self.check(
            {f"rgb_{name}_left" for name in NUMBERS},
            {f"gt_{name}_ids" for name in NUMBERS},
            (("rgb_", "_left"), ("gt_", "_ids")),
        )

    def test_few_files_that_fit_by_chance_are_no_pattern(self):
        names = [f"street{letter}" for letter in "abcdefghijklmnop"]
        others = [f"beach{letter}" for letter in "abcdefghijklmno"]
        self.assertIsNone(find_patterns([*names, "x"], [*others, "x_mask"]))

    def test_of_several_files_for_one_name_that_with_ids_is_taken(self):
        labels = ending(
            FRAMES,
            "_gtFine_color",
            "_gtFine_instanceIds",
            "_gtFine_labelIds",
            "_gtFine_labelTrainIds",
        )
        photos = ending(FRAMES, "_leftImg8bit")
        own = ("", "_leftImg8bit")
        self.check(photos, labels, (own, ("", "_gtFine_labelIds")))
        self.check(
            FRAMES,
            labels,
            ((), ("", "_gtFine_instanceIds")),
            ("label", "instance"),
        )

    def test_other_numbers_are_other_files(self):
        for names, others in (
            (["photo_1"], ["photo_2"]),
            (["x1", "x2"], ["x3", "x4"]),
            (["cat"], ["cats"]),
            (["beach", "street"], ["bird", "stone"]),
            ([], []),
            (["a"], []),
        ):
            with self.subTest(names=names):
                self.assertIsNone(find_patterns(names, others))
