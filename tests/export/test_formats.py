import json
import pathlib
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

from keras_semsynth import Synthesizer
from keras_semsynth.export import export_litert
from keras_semsynth.export import export_onnx
from keras_semsynth.export import litert_file
from keras_semsynth.export import other_formats
from tests.export.small_generators import SIZE
from tests.export.small_generators import family
from tests.export.small_generators import spade


class FormatsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = pathlib.Path(folder.name) / "served"

    def assert_written(self, path, name, **expected):
        self.assertEqual(
            sorted(file.name for file in path.iterdir()),
            ["dataset.json", name],
        )
        dataset = json.loads((path / "dataset.json").read_text())
        self.assertLess(dataset["difference_from_keras"], 1e-3)
        self.assertEqual(dataset["num_classes"], 4)
        for key, value in expected.items():
            self.assertEqual(dataset[key], value)

    def test_onnx_gives_the_images_of_keras(self):
        for package in ("onnx", "onnxruntime", "tf2onnx"):
            pytest.importorskip(package, reason=f"{package} is not installed")
        synthesizer = Synthesizer(spade(style_dim=3))
        path = export_onnx(synthesizer, self.output)
        self.assertEqual(path, self.output / "1")
        self.assert_written(
            path, "model.onnx", format="onnx", inputs=["label_map", "style"]
        )

    def test_litert_gives_the_images_of_keras(self):
        pytest.importorskip(
            "ai_edge_litert", reason="ai-edge-litert is not installed"
        )
        synthesizer = Synthesizer(spade(deduplicate=True))
        path = export_litert(synthesizer, self.output)
        self.assert_written(
            path, "model.tflite", format="litert", inputs=["label_map"]
        )
        self.assertTrue(synthesizer.generator.deduplicate)

    @pytest.mark.slow  # converts every generator of the family twice
    def test_every_generator_is_converted_or_refused_plainly(self):
        for package in ("onnxruntime", "tf2onnx", "ai_edge_litert"):
            pytest.importorskip(package, reason=f"{package} is not installed")
        for generator in family():
            synthesizer = Synthesizer(generator)
            for export in (export_onnx, export_litert):
                name = f"{type(generator).__name__} {export.__name__}"
                with self.subTest(name):
                    try:
                        path = export(synthesizer, self.output)
                    except other_formats.ExportRefusedError as error:
                        print(f"{name}: {error}")
                        self.assertIn("use `format=saved_model`", str(error))
                    else:
                        print(f"{name}: {path}")

    def test_a_model_that_differs_is_refused(self):
        synthesizer = Synthesizer(spade())
        for wrong in (0.01, np.nan):
            with self.assertRaisesRegex(
                other_formats.ExportRefusedError, "ONNX model differs from"
            ):
                other_formats.check_parity(
                    synthesizer.generator,
                    lambda inputs, wrong=wrong: wrong,
                    "ONNX",
                    [SIZE],
                    1,
                )

    def test_a_missing_operation_is_named(self):
        message = litert_file._reason(
            ValueError(
                "Some ops are not supported by the native TFLite runtime, ...\n"
                "Flex ops: FlexUnique, FlexRoll\n\nDetails: ..."
            )
        )
        self.assertEqual(message, "it has no operation FlexRoll, FlexUnique")

    def test_a_missing_package_is_said(self):
        synthesizer = Synthesizer(spade())
        for export, module, extra in (
            (export_onnx, "onnx", "onnx"),
            (export_litert, "ai_edge_litert.interpreter", "litert"),
        ):
            with mock.patch.dict("sys.modules", {module: None}):
                with self.assertRaisesRegex(ImportError, rf"\[{extra}\]"):
                    export(synthesizer, self.output)
        self.assertFalse(self.output.exists())
