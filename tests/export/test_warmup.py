import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import keras
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from keras_semsynth.export import warmup
from tests.export.served_model import NAME
from tests.export.served_model import exported


def messages():
    return pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2",
        reason="tensorflow-serving-api is not installed",
    )


class WarmupTest(unittest.TestCase):
    def records(self, folder):
        path = folder / "1" / warmup.FILE
        return [record.numpy() for record in tf.data.TFRecordDataset(str(path))]

    @pytest.mark.slow  # exports two models and calls all their signatures
    def test_every_signature_gets_a_request_it_answers(self):
        apis = messages()
        for name in ("style", "noise"):
            _, folder = exported(**{name: True})
            model = tf.saved_model.load(str(folder / "1"))
            names = set()
            for record in self.records(folder):
                log = apis.PredictionLog.FromString(record)
                request = log.predict_log.request
                self.assertEqual(request.model_spec.name, NAME)
                signature = request.model_spec.signature_name
                names.add(signature)
                function = model.signatures[signature]
                declared = function.structured_input_signature[1]
                inputs = {
                    key: tf.constant(tf.make_ndarray(value))
                    for key, value in request.inputs.items()
                }
                self.assertEqual(
                    {key: value.dtype for key, value in inputs.items()},
                    {key: spec.dtype for key, spec in declared.items()},
                )
                function(**inputs)
            self.assertEqual(names, set(model.signatures))

    def test_without_the_messages_a_sentence_says_why_there_is_no_file(self):
        missing = {"tensorflow_serving.apis": None}
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.dict(sys.modules, missing),
            self.assertWarnsRegex(UserWarning, r"keras_semsynth\[client\]"),
        ):
            path = pathlib.Path(folder)
            self.assertIsNone(warmup.write_warmup(path, None, "m", ["png"]))
            self.assertEqual(list(path.iterdir()), [])

    def test_there_is_one_record_a_signature(self):
        messages()
        _, folder = exported()
        self.assertEqual(len(self.records(folder)), 4)
