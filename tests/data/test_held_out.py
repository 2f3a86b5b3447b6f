import unittest

import numpy as np

from keras_semsynth import data
from keras_semsynth.data.held_out import choose_samples


class HeldOutTest(unittest.TestCase):
    def test_samples_of_the_grids_show_every_class_of_the_landscapes(self):
        dataset = data.describe("landscapes", split="val")
        chosen = choose_samples(dataset, 8)
        self.assertEqual(len(chosen), 8)
        ids = [np.unique(chosen.read(i).label_map) for i in range(8)]
        self.assertEqual(len(np.unique(np.concatenate(ids))), 10)
        self.assertEqual(len(dataset), 200)

    def test_the_choice_is_always_the_same_and_in_order(self):
        dataset = data.describe("landscapes", split="val", count=20)
        chosen = choose_samples(dataset, 5).samples
        self.assertEqual(list(chosen), sorted(chosen))
        self.assertEqual(chosen, choose_samples(dataset, 5).samples)

    def test_all_samples_are_taken_where_there_are_no_more(self):
        dataset = data.describe("landscapes", split="val", count=3)
        self.assertEqual(len(choose_samples(dataset, 3)), 3)
