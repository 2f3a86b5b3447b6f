import io
import json
import pathlib
import tempfile
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from keras_semsynth import Synthesizer
from keras_semsynth.export import export_run
from keras_semsynth.export import warmup
from keras_semsynth.files.images import encode_png
from tests import finished_run
from tests.export.served_model import assert_same_image
from tests.finished_run import photograph


class TranslationSignatureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        finished_run.write_translation_run(cls.folder / "image")
        cls.check(cls, "image")

    def check(self, name):
        self.run_dir = self.folder / name
        self.synthesizer = Synthesizer.from_preset(self.run_dir)
        self.version = export_run(self.run_dir, self.folder / f"out_{name}")
        self.model = tf.saved_model.load(str(self.version))

    def translate(self, sources, references):
        (files,) = self.model.signatures["translate"](
            source=tf.constant(sources), reference=tf.constant(references)
        ).values()
        return [
            np.asarray(Image.open(io.BytesIO(file))) for file in files.numpy()
        ]

    def compare(self):
        # One is larger than the generator's images, one is smaller.
        sources = [photograph((31, 20), 1), photograph((9, 40), 2)]
        references = [photograph((16, 24), 3), photograph((50, 12), 4)]
        files = [[encode_png(p) for p in s] for s in (sources, references)]
        made = self.translate(*files)
        expected = self.synthesizer.translate(sources, references)
        for one, other in zip(made, expected, strict=True):
            assert_same_image(one, other)
        made = self.translate(files[0], files[1][:1])
        expected = self.synthesizer.translate(sources, references[0])
        for one, other in zip(made, expected, strict=True):
            assert_same_image(one, other)

    def test_results_are_those_of_the_synthesizer(self):
        self.compare()

    @pytest.mark.slow  # another export
    def test_with_a_style_encoder_too(self):
        finished_run.write_translation_run(self.folder / "style", style=True)
        self.check("style")
        self.compare()

    def test_a_mistake_is_a_sentence_about_its_input(self):
        good = encode_png(photograph())
        for sources, references, reason in (
            ([good], [b"no picture"], "`reference` must hold the bytes of PNG"),
            ([good] * 3, [good] * 2, "2 references for 3 sources"),
        ):
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, reason):
                self.translate(sources, references)

    def test_it_says_what_it_is_and_warms_up(self):
        file = self.version / "assets" / "dataset.json"
        description = json.loads(file.read_text())
        self.assertEqual(description["signatures"], ["translate"])
        self.assertFalse(description["paired"])
        self.assertNotIn("label_png", description)
        request = warmup.warmup_requests(self.synthesizer)["translate"]
        self.translate(list(request["source"]), list(request["reference"]))

    def test_what_holds_layouts_is_refused(self):
        for options, reason in (
            ({"format": "onnx"}, "use `format=saved_model`"),
            ({"format": "litert"}, "use `format=saved_model`"),
            ({"label_png": "label_files"}, "leave it out"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                export_run(self.run_dir, self.folder / "other", **options)
        self.assertFalse((self.folder / "other").exists())
