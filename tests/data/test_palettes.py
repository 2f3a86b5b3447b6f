import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import read_palette
from keras_semsynth.data import write_palette
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.data.palettes import nearest_colors


class PaletteTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "palette.txt"

    def test_generated_colours_are_distinct_and_always_the_same(self):
        palette = generate_palette(183, unknown_class=182)
        self.assertEqual(len(np.unique(palette, axis=0)), 183)
        np.testing.assert_array_equal(palette, generate_palette(183, 182))
        np.testing.assert_array_equal(palette[182], 0)

    def test_the_nearest_colour_is_found_among_many(self):
        palette = generate_palette(40)
        values = np.random.default_rng(0).integers(0, 256, (9000, 3), "uint8")
        place, distance = nearest_colors(values, palette)
        exact = (values[:, None].astype(int) - palette[None].astype(int)) ** 2
        exact = np.sqrt(exact.sum(-1))
        np.testing.assert_allclose(distance, exact.min(1), rtol=1e-6)
        np.testing.assert_array_equal(
            exact[np.arange(len(values)), place], exact.min(1)
        )

    def test_what_is_written_is_read_back(self):
        palette = generate_palette(5)
        names = ["a", "b c", "d", "e", "f"]
        write_palette(self.path, palette, names)
        colors, read_names = read_palette(self.path)
        np.testing.assert_array_equal(colors, palette)
        self.assertEqual(read_names, names)
