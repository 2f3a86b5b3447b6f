import contextlib
import io
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.synthesis import generate_folder
from tests import finished_run
from tests.data.files import write_image


class FolderLooksTest(unittest.TestCase):
    """Layouts in the styles of photographs."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.run_path = cls.root / "run"
        finished_run.write_run(cls.run_path, style=True)
        cls.synthesizer = Synthesizer.from_preset(cls.run_path)
        cls.labels = cls.root / "labels"
        cls.labels.mkdir()
        for name, ids in (("a", (0, 1)), ("b", (2, 1))):
            layout = Image.fromarray(finished_run.layout(ids=ids))
            layout.save(cls.labels / f"{name}.png")
            for i, kind in enumerate(("labels", "photos")):
                path = cls.root / kind / f"{name}.jpg"
                write_image(path, (24, 40), seed=2 * i + ids[0])
        write_image(cls.root / "photos" / "c.png", (24, 40), seed=9)

    def generate(self, output, **arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            result = generate_folder(
                self.run_path, self.labels, self.root / output, **arguments
            )
        self.assertEqual(result.skipped, ())
        written = sorted((self.root / output).iterdir())
        return {path.name: np.asarray(Image.open(path)) for path in written}

    def expected(self, name, photograph):
        (image,) = self.synthesizer.synthesize(
            self.labels / f"{name}.png", style=self.root / photograph
        )
        return image

    def test_each_layout_has_the_photograph_of_its_name(self):
        for style, kind in (
            ("own", "labels"),
            (self.root / "photos", "photos"),
        ):
            images = self.generate(kind + "_images", style=str(style))
            self.assertEqual(list(images), ["a.png", "b.png"])
            for name in "ab":
                np.testing.assert_array_equal(
                    images[f"{name}.png"],
                    self.expected(name, f"{kind}/{name}.jpg"),
                )

    def test_a_style_matrix_has_each_layout_in_each_style(self):
        photos = self.root / "photos"
        images = self.generate("matrix", style=str(photos), style_matrix=True)
        for name in "ab":
            for file in ("a.jpg", "b.jpg", "c.png"):
                np.testing.assert_array_equal(
                    images[f"{name}_{file[0]}.png"],
                    self.expected(name, f"photos/{file}"),
                )
        matrix = self.synthesizer.style_matrix(
            sorted(self.labels.glob("*.png")), sorted(photos.iterdir())
        )
        np.testing.assert_array_equal(images["style_matrix.png"], matrix)
        # Of 32x64 pixels each, enlarged four times: 2 rows below 3 columns.
        self.assertEqual(matrix.shape, (3 * 132 + 12, 4 * 260 + 12, 3))
        corner = images["b_c.png"].repeat(4, axis=0).repeat(4, axis=1)
        np.testing.assert_array_equal(matrix[-132:-4, -260:-4], corner)

    def test_mistakes_are_said_and_photographs_stay(self):
        photos = str(self.root / "photos")
        with self.assertRaisesRegex(ValueError, "needs a folder of photograph"):
            self.generate("x", style_matrix=True)
        with self.assertRaisesRegex(ValueError, "leave `count`, `interpolate`"):
            self.generate("x", style=photos, style_matrix=True, count=2)
        with self.assertRaisesRegex(ValueError, "There is no photograph a in"):
            self.generate("x", style=str(self.root / "run"), skip_errors=False)
        write_image(self.root / "mixed" / "a.png", (24, 40))
        before = (self.root / "mixed" / "a.png").read_bytes()
        mixed = str(self.root / "mixed")
        with self.assertRaisesRegex(ValueError, "is one of the photographs"):
            self.generate("mixed", style=mixed, overwrite=True)
        self.assertEqual((self.root / "mixed/a.png").read_bytes(), before)
        write_image(self.root / "mixed" / "a.jpg", (24, 40))
        with self.assertRaisesRegex(ValueError, "two photographs named a"):
            self.generate("x", style=mixed, style_matrix=True)
        self.assertFalse((self.root / "x").exists())
