"""Runs the Python examples of docs/models.md that need no long training."""

import contextlib
import pathlib
import re
import tempfile
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

from keras_semsynth.generators import SPADEGenerator

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "models.md"


def example(containing):
    blocks = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    (found,) = (block for block in blocks if containing in block)
    return found


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="docs are about the default backend",
)
class DocsExamplesTest(unittest.TestCase):
    def test_a_term_of_ones_own_joins_those_of_the_papers(self):
        names = {}
        exec(example("(losses.Term)"), names)
        self.assertEqual(
            names["gan"].term_names,
            [
                "generator/adversarial",
                "generator/feature_matching",
                "generator/pixels",
                "generator/total",
                "discriminator/real",
                "discriminator/fake",
                "discriminator/total",
            ],
        )

    def test_looks_of_ones_own_are_rendered(self):
        names = {}
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
        ):
            run = pathlib.Path("runs/quickstart")
            run.mkdir(parents=True)
            generator = SPADEGenerator(5, (32, 64), 1, style_dim=4)
            generator.build()
            generator.save(run / "generator.keras")
            ids = np.zeros((30, 60), "uint8")
            Image.fromarray(ids).save("layout.png")
            exec("import keras_semsynth\n" + example("import Look"), names)
        first, second = names["images"]
        self.assertEqual(first.shape, (30, 60, 3))
        self.assertGreater(np.abs(first - second).max(), 0)
