import io
import unittest

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from keras_semsynth.export import warmup
from tests.export.served_model import exported


class WarmupTest(unittest.TestCase):
    def records(self, folder):
        path = folder / "1" / warmup.FILE
        return [record.numpy() for record in tf.data.TFRecordDataset(str(path))]

    @pytest.mark.slow  # exports two models and calls all their signatures
    def test_every_signature_gets_a_request_it_answers(self):
        apis = pytest.importorskip(
            "tensorflow_serving.apis.prediction_log_pb2",
            reason="tensorflow-serving-api is not installed",
        )
        for name in ("style", "noise"):
            _, folder = exported(name, **{name: True})
            model = tf.saved_model.load(str(folder / "1"))
            names = set()
            for record in self.records(folder):
                log = apis.PredictionLog.FromString(record)
                request = log.predict_log.request
                self.assertEqual(request.model_spec.name, name)
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

    def test_records_are_plain_protocol_buffers(self):
        # Without tensorflow-serving-api: 6 predict_log, 1 request,
        # 1 model_spec, 1 name, 3 signature_name; see apis/*.proto.
        log = warmup.prediction_log("m", "png", {"x": np.zeros(40, "int64")})
        field, log = _message(log)
        self.assertEqual((field, log.tell()), (6, 0))
        field, request = _message(log.read())
        self.assertEqual(field, 1)
        content = request.read()
        self.assertTrue(content.startswith(b"\x0a\x08\x0a\x01m\x1a\x03png"))
        field, entry = _message(content[10:])
        self.assertEqual(field, 2)
        content = entry.read()
        self.assertTrue(content.startswith(b"\x0a\x01x\x12"))
        field, tensor = _message(content[3:])
        proto = tf.make_tensor_proto(0).FromString(tensor.read())
        np.testing.assert_array_equal(tf.make_ndarray(proto), np.zeros(40))

    def test_there_is_one_record_a_signature(self):
        _, folder = exported("plain")
        self.assertEqual(len(self.records(folder)), 4)


def _message(content):
    """Field number and content of the one message in some bytes."""
    field, length, shift, at = content[0] >> 3, 0, 0, 1
    while True:
        length |= (content[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if content[at - 1] < 0x80:
            break
    assert len(content) == at + length
    return field, io.BytesIO(content[at:])
