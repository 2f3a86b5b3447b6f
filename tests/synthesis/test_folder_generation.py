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


class FolderGenerationTest(unittest.TestCase):
    """The call from Python; tests of the command have what it writes."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.run_path = cls.root / "run"
        finished_run.write_run(cls.run_path, noise=True)
        cls.labels = cls.root / "labels"
        cls.labels.mkdir()
        Image.fromarray(finished_run.layout()).save(cls.labels / "a.png")
        (cls.labels / "torn.png").write_bytes(b"\x89PNG")

    def generate(self, **arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                return generate_folder(
                    self.run_path, self.labels, self.root / "images",
                    overwrite=True, **arguments,
                )  # fmt: skip

    def test_the_images_are_those_of_the_synthesizer(self):
        result = self.generate(seed=3)
        self.assertEqual(result.inputs, 2)
        self.assertEqual(len(result.skipped), 1)
        self.assertIn("torn.png", result.skipped[0])
        image = np.asarray(Image.open(self.root / "images" / "a.png"))
        synthesizer = Synthesizer.from_preset(self.run_path)
        (expected,) = synthesizer.synthesize(self.labels / "a.png", seed=3)
        np.testing.assert_array_equal(image, expected)

    def test_a_size_that_cannot_be_made_is_brought_back_and_said(self):
        labels = self.root / "odd"
        labels.mkdir()
        Image.fromarray(finished_run.layout((70, 90))).save(labels / "b.png")
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            generate_folder(self.run_path, labels, self.root / "odd_images")
        with Image.open(self.root / "odd_images" / "b.png") as image:
            self.assertEqual(image.size, (90, 70))
        with contextlib.redirect_stdout(io.StringIO()):
            generate_folder(
                self.run_path, labels, self.root / "made", size="network"
            )
        with Image.open(self.root / "made" / "b.png") as image:
            self.assertEqual(image.size, (96, 64))
        self.assertRegex(
            stdout.getvalue(),
            r"Note: 1 label maps have a size .* such as .*b\.png: 90x70 layout "
            r"was drawn at 96x64 and brought back \(width x height\)\.",
        )

    def test_an_error_can_end_it_all(self):
        with self.assertRaisesRegex(ValueError, "torn.png cannot be read"):
            self.generate(skip_errors=False)

    def test_wrong_arguments_are_named(self):
        for arguments, text in (
            ({"count": 0}, "`count` must be"),
            ({"seed": -1}, "`seed` must be"),
            ({"interpolate": 1}, "`interpolate` must be"),
            ({"to": 4}, "`to` is where `interpolate` ends"),
            ({"instances": "maps"}, "`instances` was given"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                self.generate(**arguments)
