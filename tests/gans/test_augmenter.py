import unittest

import numpy as np
from keras import ops

from keras_semsynth.gans import Augmenter
from keras_semsynth.gans.augmenter import INTERVAL
from keras_semsynth.gans.augmenter import NUMBERS
from keras_semsynth.gans.augmenter import OPERATIONS

SIZE = (16, 24)


def uniform(count=400):
    return np.random.default_rng(0).uniform(size=(count, NUMBERS))


def draw(operations, probability=1.0, numbers=None, **options):
    augmenter = Augmenter(operations, probability, **options)
    augmenter.build()
    numbers = uniform() if numbers is None else numbers
    return augmenter.draw(numbers.astype("float32"), SIZE)


def probability(augmenter):
    return float(ops.convert_to_numpy(augmenter.present_probability))


class AugmenterTest(unittest.TestCase):
    def test_colors_are_in_the_ranges_of_the_paper(self):
        color = draw(["color"]).color
        for values, low, high in zip(
            color, (-0.5, 0.0, 0.5), (0.5, 2.0, 1.5), strict=True
        ):
            values = ops.convert_to_numpy(values)
            for found, limit in ((values.min(), low), (values.max(), high)):
                self.assertLess(abs(found - limit), 0.02)
            self.assertTrue(((values >= low) & (values < high)).all())

    def test_pictures_move_by_at_most_an_eighth(self):
        image = np.ones((400, *SIZE, 1), "float32")
        for i, size in enumerate(SIZE):
            moved = ops.convert_to_numpy(draw(["translation"]).of_image(image))
            lost = size - moved.max(axis=2 - i)[..., 0].sum(-1)
            self.assertEqual(lost.min(), 0)
            self.assertEqual(lost.max(), size // 8)
            # Either way.
            self.assertGreater(
                (moved.max(axis=2 - i)[:, 0, 0] == 0).mean(), 0.3
            )

    def test_a_rectangle_of_half_the_sides_is_cut_out(self):
        shown = ops.convert_to_numpy(draw(["cutout"]).shown)
        cut = (~shown).sum((1, 2))
        self.assertEqual(cut.max(), SIZE[0] * SIZE[1] // 4)
        # A quarter of it, if its middle is in a corner.
        self.assertGreaterEqual(cut.min(), SIZE[0] * SIZE[1] // 16)
        self.assertTrue((~shown).any(0).all())

    def test_half_of_the_pictures_are_mirrored(self):
        image = np.broadcast_to(
            np.arange(SIZE[1], dtype="float32")[:, None], (400, *SIZE, 1)
        )
        moved = ops.convert_to_numpy(draw(["flip"]).of_image(image))
        first = moved[:, 0, 0, 0]
        self.assertEqual(set(first), {0.0, SIZE[1] - 1.0})
        self.assertLess(abs((first > 0).mean() - 0.5), 0.1)

    def test_each_operation_has_its_probability(self):
        image = np.random.default_rng(1).uniform(size=(400, *SIZE, 3))
        image = image.astype("float32")
        for operation in OPERATIONS:
            for chance in (0.0, 0.3, 1.0):
                moved = draw([operation], chance).of_image(image)
                changed = ops.convert_to_numpy(moved) != image
                # A pixel near the mean keeps its color; a shift may be by 0.
                share = changed.any((1, 2, 3)).mean()
                most = {"flip": 0.5, "translation": 0.96}.get(operation, 1.0)
                with self.subTest(operation, chance=chance):
                    self.assertLess(abs(share - most * chance), 0.06)

    def test_what_is_not_chosen_makes_no_difference_to_what_is(self):
        image = np.random.default_rng(1).uniform(size=(4, *SIZE, 3))
        numbers = uniform(4)
        alone = draw(["cutout"], numbers=numbers).shown
        all_moved = draw(list(OPERATIONS), numbers=numbers).of_image(image)
        hidden = ~ops.convert_to_numpy(alone)
        self.assertTrue((ops.convert_to_numpy(all_moved)[hidden] == 0).all())

    def test_the_probability_follows_the_certainty(self):
        augmenter = Augmenter(["color"], target=0.6, images=1000)
        augmenter.build()
        self.assertEqual(probability(augmenter), 0.0)
        # Four batches of 25 images: a tenth of what 0 to 1 takes.
        for certainties, expected in (
            ((1.0, 0.9, 0.5, 0.4), 0.1),  # Their mean is above 0.6.
            ((1.0, 1.0, 1.0, 1.0), 0.2),
            ((0.6, 0.5, 0.6, 0.6), 0.1),
            ((-1.0, 0.0, 0.0, 0.0), 0.0),
            ((0.0, 0.0, 0.0, 0.0), 0.0),  # It never is negative.
        ):
            self.assertEqual(len(certainties), INTERVAL)
            for step, certainty in enumerate(certainties):
                before = probability(augmenter)
                augmenter.adapt(ops.convert_to_tensor(certainty), 25)
                if step + 1 < INTERVAL:
                    self.assertEqual(probability(augmenter), before)
            self.assertAlmostEqual(probability(augmenter), expected, places=6)
        for _ in range(20 * INTERVAL):
            augmenter.adapt(ops.convert_to_tensor(1.0), 25)
        self.assertEqual(probability(augmenter), 1.0)

    def test_the_present_probability_is_that_of_the_next_draw(self):
        augmenter = Augmenter(["cutout"], 0.0, target=0.6, images=1000)
        augmenter.build()
        for chance in (0.0, 0.4):
            augmenter.present_probability.assign(chance)
            shown = augmenter.draw(uniform().astype("float32"), SIZE).shown
            cut = ~ops.convert_to_numpy(shown)
            self.assertLess(abs(cut.any((1, 2)).mean() - chance), 0.06)

    def test_a_fixed_probability_is_no_variable(self):
        augmenter = Augmenter(["color"])
        augmenter.build()
        self.assertEqual(augmenter.variables, [])
        self.assertEqual(augmenter.probability, 1.0)

    def test_bad_arguments_say_what_was_expected(self):
        for arguments, message in (
            ((["colour"],), "`augmentation` must be one of .*'color'"),
            ((["color"], 1.5), "`augmentation_probability` must be from 0"),
            ((["color"], 1.0, 1.0), "`adaptive_target` must be between"),
            ((["color"], 1.0, 0.6, 0), "`adaptive_images` must be an int"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                Augmenter(*arguments)
