import pathlib
import tempfile
import unittest

import keras
import numpy as np

import keras_semsynth
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.pictures import to_uint8
from tests import finished_run
from tests.finished_run import photograph

SOURCE = photograph((16, 24), 1)
REFERENCE = photograph((16, 24), 2)


class TranslationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        write, load = (
            finished_run.write_translation_run,
            keras_semsynth.Synthesizer.from_preset,
        )
        cls.generator = write(cls.folder / "image")
        write(cls.folder / "style", style=True)
        finished_run.write_run(cls.folder / "layouts")
        cls.image = load(cls.folder / "image")
        cls.style = load(cls.folder / "style")
        cls.layouts = load(cls.folder / "layouts")

    def test_results_are_those_of_the_generator(self):
        direct = self.generator(
            REFERENCE[None].astype("float32") / 127.5 - 1,
            source=SOURCE[None].astype("float32") / 127.5 - 1,
            training=False,
        )
        direct = keras.ops.convert_to_numpy(direct)[0]
        for rounding in ("nearest", "truncate"):
            np.testing.assert_array_equal(
                self.image.translate(SOURCE, REFERENCE, rounding=rounding),
                to_uint8(direct, rounding),
            )

    def test_both_the_source_and_the_reference_matter(self):
        for synthesizer in (self.image, self.style):
            result = synthesizer.translate(SOURCE, REFERENCE)
            for other in (
                synthesizer.translate(255 - SOURCE, REFERENCE),
                synthesizer.translate(SOURCE, 255 - REFERENCE),
            ):
                self.assertGreater(np.abs(result - other.astype(int)).max(), 0)

    def test_results_have_the_size_of_their_sources(self):
        sources = [photograph((30, 21)), photograph((16, 24))]
        pictures = self.style.translate(sources, photograph((50, 9)))
        self.assertEqual(
            [picture.shape for picture in pictures], [(30, 21, 3), (16, 24, 3)]
        )

    def test_what_is_given_decides_what_comes_back(self):
        path = self.folder / "source.png"
        path.write_bytes(encode_png(SOURCE))
        floats = SOURCE.astype("float32") / 127.5 - 1
        expected = self.image.translate(SOURCE, REFERENCE)
        self.assertEqual(expected.dtype, np.uint8)
        for same in (path, str(path), floats):
            np.testing.assert_array_equal(
                self.image.translate(same, REFERENCE), expected
            )
        batch = self.image.translate(np.stack([SOURCE] * 2), REFERENCE)
        np.testing.assert_array_equal(batch, np.stack([expected] * 2))
        self.assertIsInstance(self.image.translate([path], REFERENCE), list)

    def test_each_source_may_have_its_own_reference(self):
        references = [REFERENCE, 255 - REFERENCE]
        pictures = self.image.translate([SOURCE, SOURCE], references)
        for picture, reference in zip(pictures, references, strict=True):
            np.testing.assert_array_equal(
                picture, self.image.translate(SOURCE, reference)
            )
        with self.assertRaisesRegex(
            ValueError, "one for each source. Received: 2 for 3"
        ):
            self.image.translate([SOURCE] * 3, references)

    def test_a_seed_draws_around_the_code_of_the_source(self):
        mean = self.style.translate(SOURCE, REFERENCE)
        drawn = self.style.translate(SOURCE, REFERENCE, seed=1)
        np.testing.assert_array_equal(
            drawn, self.style.translate(SOURCE, REFERENCE, seed=1)
        )
        self.assertTrue((drawn != mean).any())
        second = self.style.translate([SOURCE, SOURCE], REFERENCE, seed=0)[1]
        np.testing.assert_array_equal(second, drawn)

    def test_other_arrays_are_refused(self):
        for wrong, reason in (
            (SOURCE[..., 0], r"shape \(16, 24\)"),
            (SOURCE.astype("int32"), "int32"),
            (SOURCE.astype("float32"), r"outside \[-1, 1\]"),
            (np.full((4, 4, 3), np.nan), r"outside \[-1, 1\]"),
            ([], "`source` is empty"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                self.image.translate(wrong, REFERENCE)

    def test_layouts_and_photographs_do_not_mix(self):
        with self.assertRaisesRegex(ValueError, "give it layouts"):
            self.layouts.translate(SOURCE, REFERENCE)
        for synthesizer in (self.image, self.style):
            with self.assertRaisesRegex(ValueError, "takes no layouts"):
                synthesizer.synthesize(finished_run.layout())
        # Without dataset.json, the generator itself tells.
        alone = keras_semsynth.Synthesizer(self.generator)
        with self.assertRaisesRegex(ValueError, "takes no layouts"):
            alone.synthesize(finished_run.layout())
