"""The small generator that the package ships."""

import unittest

import numpy as np

from keras_semsynth import Synthesizer
from keras_semsynth.data.landscapes import CLASSES
from keras_semsynth.data.landscapes import landscapes
from keras_semsynth.synthesis import find_model

FOLDER = find_model("landscapes")


class PretrainedLandscapesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synthesizer = Synthesizer.from_preset(FOLDER)

    def layout(self):
        height, width = self.synthesizer.generator.image_size
        ids = np.full((height, width), CLASSES.names.index("sky"))
        ids[height * 7 // 16 :] = CLASSES.names.index("meadow")
        pond = np.s_[height * 5 // 8 : height * 7 // 8, width // 3 :]
        ids[pond] = CLASSES.names.index("water")
        return ids

    def test_the_files_are_small(self):
        size = sum(path.stat().st_size for path in FOLDER.iterdir())
        self.assertLess(size, 12e6)

    def test_the_model_card_says_what_a_stranger_asks(self):
        card = (FOLDER / "README.md").read_text(encoding="utf-8")
        for question in (
            "What it is",
            "For",
            "Data",
            "Training",
            "Metrics",
            "Limits",
            "Licence",
        ):
            self.assertIn(f"- **{question}**: ", card)
        height, width = self.synthesizer.generator.image_size
        self.assertIn(f"{height}x{width}", card)

    def test_classes_and_palette_travel_along(self):
        self.assertEqual(self.synthesizer.classes, CLASSES)

    def test_seeds_show_one_layout_in_different_light(self):
        images = self.synthesizer.synthesize(self.layout(), seed=1, count=4)
        again = self.synthesizer.synthesize(self.layout(), seed=2)[0]
        # Rounding in a batch of another size may cross between two levels.
        np.testing.assert_allclose(images[1], again, rtol=0, atol=1)
        spread = images.astype("float32").std(axis=0).mean()
        self.assertGreater(spread, SPREAD)

    def test_classes_look_like_themselves(self):
        layout = self.layout()
        images = self.synthesizer.synthesize(layout, seed=1, count=8)
        colors = {
            name: images[:, layout == CLASSES.names.index(name)].mean((0, 1))
            for name in ("sky", "meadow")
        }
        green, blue = 1, 2
        self.assertGreater(colors["sky"].mean(), colors["meadow"].mean() + 20)
        self.assertGreater(colors["meadow"][green], colors["meadow"][blue] + 15)

    def test_water_is_blue(self):
        layout = self.layout()
        images = self.synthesizer.synthesize(layout, seed=1, count=8)
        water = images[:, layout == CLASSES.names.index("water")].mean((0, 1))
        self.assertGreater(water[2], water[0] + 15)

    def test_a_photograph_sets_the_look(self):
        # One by day, one at dusk.
        scenes = landscapes("train", (64, 64), count=5)
        images = [
            self.synthesizer.synthesize(
                self.layout(), style=np.asarray(scenes.read(i).image, "uint8")
            )[0]
            for i in (0, 4)
        ]
        difference = np.abs(images[0].astype("float32") - images[1]).mean()
        self.assertGreater(difference, SPREAD)


# Grey levels between images of different looks, on average over the pixels.
SPREAD = 3.0
