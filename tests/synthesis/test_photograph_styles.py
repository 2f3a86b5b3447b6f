import contextlib
import io
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.data import Classes
from keras_semsynth.encoders import RegionStyleEncoder
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import INADEGenerator
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.synthesis import Look
from keras_semsynth.synthesis import Renderer
from keras_semsynth.synthesis import generate_folder
from keras_semsynth.synthesis import to_uint8
from keras_semsynth.synthesis.folder_looks import read_class_styles

SIZE = (32, 64)
CLASSES = Classes(("sky", "sea", "sand"))
# Sky above the sea; sand in none of it.
LAYOUT = np.array([[0] * 64] * 16 + [[1] * 64] * 16, "int32")
OPTIONS = {"filters": 2, "initializer_gain": 1.0}


def synthesizer(generator, encoder=None):
    generator.build()
    if encoder is not None:
        encoder.build()
    return Synthesizer(generator, encoder, CLASSES)


def photograph(seed):
    """Noise, brighter in the lower half."""
    pixels = np.random.default_rng(seed).integers(0, 128, (*SIZE, 3))
    pixels[SIZE[0] // 2 :] += 128
    return pixels.astype("uint8")


class PhotographStylesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synthesizer = synthesizer(
            INADEGenerator(3, SIZE, noise_dim=3, **OPTIONS),
            RegionStyleEncoder(
                3,
                2,
                style_dim=3,
                spectral=False,
                initializer="xavier_uniform",
            ),
        )

    def picture(self, **look):
        look = {"seed": 7, **look}
        return self.synthesizer.synthesize(LAYOUT, **look)[0]

    def test_a_photograph_is_encoded_whole_or_by_its_label_map(self):
        pixels = photograph(0)
        ((whole, _),) = self.synthesizer.encode(pixels)
        ((mean, log_variance),) = self.synthesizer.encode(pixels, [LAYOUT])
        self.assertEqual((whole.shape, mean.shape), ((3,), (3, 3)))
        self.assertEqual(np.abs(mean[2]).max(), 0)
        self.assertEqual(np.abs(log_variance[2]).max(), 0)
        # All of one class, it is the whole photograph.
        ((same, _),) = self.synthesizer.encode(pixels, [LAYOUT * 0 + 2])
        np.testing.assert_array_equal(same[2], whole)

    def test_each_class_takes_its_look_from_where_it_is_said(self):
        pixels = photograph(0)
        plain = self.picture()
        looks = {
            "seed": {"sky": 12},
            "whole photograph": {"sky": pixels},
            "its region": {0: (pixels, LAYOUT)},
        }
        pictures = {"plain": plain}
        for name, style in looks.items():
            pictures[name] = self.picture(style=style)
        names = list(pictures)
        for i, one in enumerate(names):
            for other in names[:i]:
                difference = pictures[one] != pictures[other]
                self.assertTrue(difference.any(), (one, other))
        # Another sea does not matter to the code of the sky.
        other = pixels.copy()
        other[16:] = photograph(1)[16:]
        np.testing.assert_array_equal(
            self.picture(style={0: (other, LAYOUT)}), pictures["its region"]
        )
        # What the layout does not show changes nothing.
        np.testing.assert_array_equal(self.picture(style={"sand": 5}), plain)

    def test_every_class_in_the_look_of_another_seed_is_its_picture(self):
        style = dict.fromkeys(CLASSES.names, 8)
        np.testing.assert_array_equal(
            self.picture(style=style), self.picture(seed=8)
        )

    def test_noise_maps_without_an_encoder_take_seeds(self):
        oasis = synthesizer(
            OASISGenerator(3, SIZE, noise_dim=3, hidden_filters=2, **OPTIONS)
        )
        first, second = (
            oasis.synthesize(LAYOUT, style=style, seed=7)
            for style in ({"sky": 9}, None)
        )
        self.assertTrue(np.any(first != second))
        np.testing.assert_array_equal(
            first, oasis.resample_region(LAYOUT, "sky", 7, 3)[2:]
        )
        with self.assertRaisesRegex(ValueError, "the run has none"):
            oasis.synthesize(LAYOUT, style={"sky": photograph(0)})

    def test_a_compiled_renderer_draws_the_same(self):
        renderer = Renderer(self.synthesizer.generator, compile_after=0)
        layout = self.synthesizer.layout(LAYOUT)
        look = Look(7, by_class={1: Look(12)})
        (image,) = renderer.render([layout], [look])
        error = to_uint8(image) - self.picture(style={"sea": 12}).astype(int)
        self.assertLessEqual(np.abs(error).max(), 1)

    def test_a_folder_is_drawn_with_looks_of_classes(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            self.synthesizer.generator.save(folder / "generator.keras")
            Image.fromarray(LAYOUT.astype("uint8")).save(folder / "a.png")
            with contextlib.redirect_stdout(io.StringIO()):
                generate_folder(
                    folder / "generator.keras",
                    folder / "a.png",
                    folder / "out",
                    seed=7,
                    style="0=12",
                )
            drawn = np.asarray(Image.open(folder / "out" / "a.png"))
        np.testing.assert_array_equal(drawn, self.picture(style={"sky": 12}))

    def test_what_cannot_be_is_said_in_a_sentence(self):
        pixels = photograph(0)
        for style, reason in (
            ({"lake": 3}, "There is no class 'lake'"),
            ({"sky": (pixels,)}, "`style` of sky must be a seed"),
            ({"sand": (pixels, LAYOUT)}, r"shows none: .*\['sky', 'sea'\]"),
            ({"sky": (pixels[:9], LAYOUT)}, "must have the size of its"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                self.picture(style=style)
        styled = synthesizer(
            SPADEGenerator(3, SIZE, style_dim=3, hidden_filters=2, **OPTIONS),
            StyleEncoder(2, style_dim=3),
        )
        with self.assertRaisesRegex(ValueError, "one look for the whole"):
            styled.synthesize(LAYOUT, style={"sky": 3})


class ClassStylesTextTest(unittest.TestCase):
    def test_it_is_read_off_a_text(self):
        self.assertEqual(
            read_class_styles("sky=dusk.jpg,sea=a.jpg:a.png,2=12"),
            {"sky": "dusk.jpg", "sea": ("a.jpg", "a.png"), "2": 12},
        )
        with self.assertRaisesRegex(ValueError, "Received: 'sea'"):
            read_class_styles("sky=dusk.jpg,sea")
        with self.assertRaisesRegex(ValueError, "each class once"):
            read_class_styles("sky=1,sky=2")

    def test_a_path_stays_a_path(self):
        self.assertIsNone(read_class_styles(None))
        self.assertIsNone(read_class_styles("dusk.jpg"))
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "day=4.png"
            Image.fromarray(photograph(0)).save(path)
            self.assertIsNone(read_class_styles(str(path)))
