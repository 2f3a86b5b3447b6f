"""The C program of deploy/ paints as `Synthesizer` does."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)
if shutil.which("cc") is None:
    pytest.skip("there is no C compiler, cc", allow_module_level=True)

from keras_semsynth import Synthesizer
from keras_semsynth.data.landscapes import landscapes
from keras_semsynth.export import export_saved_model

ROOT = pathlib.Path(__file__).resolve().parents[1]


def building_commands():
    """The block of deploy/README.md that compiles the program."""
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```shell\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if "run_saved_model.c" in block]
    return block


def tensor_names(model):
    """The layout, the seed and the picture of `png_seeded`, in this order."""
    command = ["saved_model_cli", "show", f"--dir={model}", "--tag_set=serve"]
    said = subprocess.run(
        [*command, "--signature_def=png_seeded"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return re.findall(r"name: (\S+)", said)


class WithoutPythonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        (cls.folder / "deploy").symlink_to(ROOT / "deploy")
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", building_commands()],
            cwd=cls.folder,
            check=True,
        )
        cls.synthesizer = Synthesizer.from_preset("landscapes")
        cls.model = export_saved_model(cls.synthesizer, cls.folder / "served")
        cls.names = tensor_names(cls.model)

    def paint(self, layout):
        """Runs the program; returns its exit status, its words, its PNG."""
        image = self.folder / "image.png"
        image.unlink(missing_ok=True)
        result = subprocess.run(
            [
                self.folder / "run_saved_model",
                self.model,
                *self.names,
                layout,
                "7",
                image,
            ],
            capture_output=True,
            text=True,
        )
        return result.returncode, result.stderr, image

    def test_its_picture_is_that_of_the_synthesizer(self):
        ids = landscapes("val", (256, 256)).read(0).label_map
        layout = self.folder / "layout.png"
        Image.fromarray(np.asarray(ids, "uint8")).save(layout)
        status, said, image = self.paint(layout)
        self.assertEqual(status, 0, said)
        (expected,) = self.synthesizer.synthesize(layout, seed=7)
        np.testing.assert_array_equal(np.asarray(Image.open(image)), expected)

    def test_bytes_that_are_no_png_get_our_sentence(self):
        layout = self.folder / "layout.txt"
        layout.write_text("no PNG")
        status, said, image = self.paint(layout)
        self.assertEqual(status, 1)
        self.assertIn("`label_png` must hold the bytes of PNG files", said)
        self.assertFalse(image.exists())
