"""The exported model where neither Keras nor this package can be imported."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

from keras_semsynth import Synthesizer
from keras_semsynth.export import export_saved_model
from tests import finished_run
from tests.export import label_files
from tests.export.served_model import exported
from tests.new_process import other_backends

BARE = """
import importlib.machinery
import sys


class Refuse:
    # TensorFlow looks for Keras when it is imported, but does not load it.
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras", "keras_semsynth", "tf_keras"):
            return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        raise ImportError(f"{spec.name} is blocked")

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Refuse())
for name in ("keras", "keras_semsynth"):
    try:
        __import__(name)
    except ImportError:
        continue
    sys.exit(f"{name} could be imported")

import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
with np.load(sys.argv[2]) as archive:
    inputs = {name: archive[name] for name in archive.files}
png = tf.constant([inputs["png"].tobytes()])
label_map = tf.constant(inputs["label_map"])
seed = tf.constant([7], tf.int64)
signatures = model.signatures
style = signatures["encode_style"](photograph=png)["style"]
images = {
    "serving_default": signatures["serving_default"](label_map=label_map),
    "seeded": signatures["seeded"](label_map=label_map, seed=seed),
    "styled": signatures["styled"](label_map=label_map, style=style),
}
files = {
    "png": signatures["png"](label_png=png),
    "png_seeded": signatures["png_seeded"](label_png=png, seed=seed),
    "png_styled": signatures["png_styled"](label_png=png, style=style),
}
try:
    signatures["png"](label_png=tf.constant(["no PNG"]))
except tf.errors.InvalidArgumentError:
    outputs = {name: value["image"].numpy() for name, value in images.items()}
    for name, value in files.items():
        file = value["image_png_bytes"][0]
        outputs[name] = tf.io.decode_png(file)[None].numpy()
    np.savez(sys.argv[3], **outputs)
loaded = {name.split(".")[0] for name in sys.modules}
sys.exit(bool({"keras", "keras_semsynth"} & loaded))
"""

# Writes the run directory `sys.argv[1]` on the backend of its process.
WRITE_RUN = """
import sys

from tests import finished_run

finished_run.write_run(sys.argv[1], style=True)
"""


class BareProcessTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def python(self, script, *arguments, **environment):
        root = pathlib.Path(__file__).resolve().parents[2]
        result = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(root), **environment},
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def assert_runs_alone(self, synthesizer, model):
        layout = finished_run.layout(ids=(0, 1, 2, 3))
        np.savez(
            self.folder / "inputs.npz",
            png=np.frombuffer(label_files.grey(layout), "uint8"),
            label_map=layout[None].astype("int32"),
        )
        outputs = self.folder / "outputs.npz"
        messages = self.python(BARE, model, self.folder / "inputs.npz", outputs)
        self.assertNotIn("unsaved custom gradients", messages)
        seeded = synthesizer.synthesize(layout, seed=7).astype("float32")
        # The layout itself is the photograph.
        look = np.repeat(layout[..., None], 3, axis=-1)
        styled = synthesizer.synthesize(layout, style=look).astype("float32")
        with np.load(outputs) as archive:
            images = {name: archive[name] for name in archive.files}
        for name in ("serving_default", "seeded", "styled"):
            images[name] = (images[name] + 1) * 127.5
        for name, expected in (
            ("seeded", seeded),
            ("png_seeded", seeded),
            ("styled", styled),
            ("png_styled", styled),
        ):
            self.assertLessEqual(np.abs(images[name] - expected).max(), 1, name)
        for name in ("serving_default", "png"):
            self.assertEqual(images[name].shape, seeded.shape)

    def test_all_signatures_run_without_keras_and_this_package(self):
        synthesizer, folder = exported(style=True)
        self.assert_runs_alone(synthesizer, folder / "1")

    @pytest.mark.slow  # two more processes for each of the other backends
    def test_generators_of_the_other_backends_run_alone(self):
        for backend in other_backends():
            with self.subTest(backend):
                run = self.folder / backend
                self.python(WRITE_RUN, run, KERAS_BACKEND=backend)
                synthesizer = Synthesizer.from_preset(run)
                served = self.folder / "served" / backend
                path = export_saved_model(synthesizer, served, run)
                self.assert_runs_alone(synthesizer, path)
