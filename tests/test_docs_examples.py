"""Runs the Python examples of docs/ that need no long training."""

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

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"


def example(page, containing):
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (found,) = (block for block in blocks if containing in block)
    return found


@contextlib.contextmanager
def a_small_run():
    """A folder with the quickstart's run and a layout, as the page has it."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        run = pathlib.Path("runs/quickstart")
        run.mkdir(parents=True)
        generator = SPADEGenerator(5, (32, 64), 1, style_dim=4)
        generator.build()
        generator.save(run / "generator.keras")
        Image.fromarray(np.zeros((30, 60), "uint8")).save("layout.png")
        yield


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="docs are about the default backend",
)
class DocsExamplesTest(unittest.TestCase):
    def test_a_term_of_ones_own_joins_those_of_the_papers(self):
        names = {}
        exec(example("models.md", "(losses.Term)"), names)
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
        with a_small_run():
            code = example("models.md", "import Look")
            exec("import keras_semsynth\n" + code, names)
        first, second = names["images"]
        self.assertEqual(first.shape, (30, 60, 3))
        self.assertGreater(np.abs(first - second).max(), 0)

    def test_a_generator_is_exported_the_keras_way(self):
        import tensorflow as tf

        with a_small_run():
            exec(example("export.md", "generator.export("), {})
            served = tf.saved_model.load("served/1")
            images = served.serve(np.zeros((1, 32, 64), "int32"))
        self.assertEqual(images.shape, (1, 32, 64, 3))
