import unittest

import numpy as np

from keras_semsynth.metrics import choose_min_area
from keras_semsynth.metrics import crop
from keras_semsynth.metrics import find_objects
from tests import golden


class ObjectCropsTest(unittest.TestCase):
    def scene(self):
        ids = np.full((60, 70), 7)
        ids[5:10, 20:24] = 24001
        ids[8, 22:30] = 26000  # in front of the first
        ids[59, 69] = 33000
        ids[30:40] = 24  # a crowd
        return ids

    def test_objects_have_their_pixels_and_a_tight_box(self):
        found = find_objects(self.scene())
        self.assertEqual([o.instance for o in found], [24001, 26000, 33000])
        self.assertEqual([o.label for o in found], [24, 26, 33])
        self.assertEqual([o.area for o in found], [18, 8, 1])
        self.assertEqual(found[0][3:], (5, 20, 10, 24))
        self.assertEqual(found[2][3:], (59, 69, 60, 70))

    def test_small_objects_can_be_left_out(self):
        found = find_objects(self.scene(), min_area=8)
        self.assertEqual([o.area for o in found], [18, 8])

    def test_a_map_without_objects_gives_none(self):
        self.assertEqual(find_objects(np.full((4, 4), 999)), [])

    def test_a_crop_is_the_box(self):
        image = np.random.RandomState(0).rand(60, 70, 3)
        found = find_objects(self.scene())
        np.testing.assert_array_equal(crop(image, found[0]), image[5:10, 20:24])
        with self.assertRaisesRegex(ValueError, "outside the image of 59x70"):
            crop(image[:59], found[2])

    def test_sizes_are_by_area_with_open_limits(self):
        areas = {2499: "small", 2500: "medium", 10000: "medium"}
        for area, size in {**areas, 10001: "large"}.items():
            ids = np.where(np.arange(12000) < area, 1000, 0)
            (found,) = find_objects(ids.reshape(100, 120))
            self.assertEqual(found.size, size)

    def test_the_smallest_object_follows_from_the_counts(self):
        areas = [5, 5, 10, 20, 30, 3000, 20000]
        self.assertEqual(choose_min_area(areas, (1, 1, 5)), 1)
        self.assertEqual(choose_min_area(areas, (1, 1, 3)), 6)
        self.assertEqual(choose_min_area(areas, (1, 1, 0)), 31)
        # Nearest, where no limit gives the count.
        self.assertEqual(choose_min_area(areas, (1, 1, 99)), 1)
        for counts in ((1, 1, 5), (1, 1, 2), (0, 0, 0), (1, 0, 0)):
            limit = choose_min_area(areas, counts)

            def difference(limit, counts=counts):
                kept = np.array([a for a in areas if a >= limit])
                found = (
                    (kept > 10000).sum(),
                    ((kept >= 2500) & (kept <= 10000)).sum(),
                    (kept < 2500).sum(),
                )
                return np.abs(np.subtract(found, counts)).sum()

            self.assertEqual(
                difference(limit), min(map(difference, range(1, 20002)))
            )

    def test_bad_input_is_refused_in_one_sentence(self):
        with self.assertRaisesRegex(ValueError, "float64 of shape"):
            find_objects(np.zeros((3, 3)))
        with self.assertRaisesRegex(ValueError, r"\(3, 3, 1\)"):
            find_objects(np.zeros((3, 3, 1), int))
        with self.assertRaisesRegex(ValueError, "no objects"):
            choose_min_area([])

    def test_golden_recipe(self):
        file = golden.Golden("eval_object_crops")
        found = find_objects(file["in/instance_ids"])
        np.testing.assert_array_equal(np.array(found), file["out/objects"])
        sizes = ["small", "medium", "large"]
        np.testing.assert_array_equal(
            [sizes.index(o.size) for o in found], file["out/group"]
        )
