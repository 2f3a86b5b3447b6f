"""The client against KServe, which speaks TF Serving's V1 REST form.

KServe pins protobuf, so it may live in an environment of its own:
`SEMSYNTH_KSERVE_PYTHON=/path/to/python`, with tensorflow and kserve.
"""

import importlib.util
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth.client import Client
from keras_semsynth.client import errors as client_errors
from keras_semsynth.client.wire_images import layout_to_png
from tests import finished_run
from tests.export.served_model import assert_same_image
from tests.export.served_model import exported

PYTHON = os.environ.get("SEMSYNTH_KSERVE_PYTHON", sys.executable)
ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYOUT = finished_run.layout()
pytestmark = [
    pytest.mark.skipif(
        keras.backend.backend() != "tensorflow",
        reason="models are exported on the TensorFlow backend",
    ),
    pytest.mark.skipif(
        "SEMSYNTH_KSERVE_PYTHON" not in os.environ
        and importlib.util.find_spec("kserve") is None,
        reason="needs kserve, here or in SEMSYNTH_KSERVE_PYTHON's environment",
    ),
]


class KServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.httpx = pytest.importorskip(
            "httpx", reason='needs pip install "keras_semsynth[client]"'
        )
        cls.synthesizer, folder = exported(style=True)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        log = tempfile.TemporaryFile("w+")
        cls.addClassCleanup(log.close)
        cls.server = subprocess.Popen(
            [
                PYTHON,
                "-m",
                "tests.serving_doubles.kserve_server",
                f"--model={folder}",
            ]
            + [f"--http_port={port}", "--enable_grpc=false"],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=log,
            stderr=log,
        )
        cls.addClassCleanup(cls.stop)
        cls.url = f"http://127.0.0.1:{port}/v1/models/spade"
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and cls.server.poll() is None:
            try:
                if cls.httpx.get(cls.url).json().get("ready"):
                    return
            except cls.httpx.TransportError:
                pass
            time.sleep(0.2)
        log.seek(0)
        raise AssertionError(f"KServe did not start:\n{log.read()[-4000:]}")

    @classmethod
    def stop(cls):
        cls.server.terminate()
        cls.server.wait(60)

    def setUp(self):
        self.client = Client(self.url, timeout=300.0)
        self.addCleanup(self.client.close)

    def assert_image(self, image, **options):
        expected = self.synthesizer.synthesize(LAYOUT, **options)[0]
        assert_same_image(image, expected)

    def test_images_are_those_of_the_synthesizer(self):
        self.assert_image(self.client.synthesize(LAYOUT, seed=7), seed=7)
        first, second = (self.client.synthesize(LAYOUT) for _ in range(2))
        self.assertTrue((first != second).any())

    def test_a_photograph_sets_the_look(self):
        photograph = np.random.default_rng(3).integers(
            0, 256, (32, 64, 3), "uint8"
        )
        image = self.client.synthesize(LAYOUT, style=photograph)
        self.assert_image(image, style=photograph)

    def test_bad_requests_get_an_error_and_the_server_lives_on(self):
        good = layout_to_png(LAYOUT)
        for pattern, data in (
            ("PNG", b"abc"),
            ("PNG", good[:60]),
            ("id 7", layout_to_png(np.full(LAYOUT.shape, 7))),
            ("31x64", layout_to_png(LAYOUT[:-1])),
        ):
            value = np.empty(1, object)
            value[:] = [data]
            with self.assertRaisesRegex(client_errors.RefusedError, pattern):
                self.client.predict("png", {"label_png": value})
            self.assert_image(self.client.synthesize(LAYOUT, seed=4), seed=4)
        with self.assertRaisesRegex(client_errors.RefusedError, "id 7"):
            self.client.synthesize(np.full(LAYOUT.shape, 7))

    def test_bad_json_is_answered_with_400(self):
        for body in (
            b"",
            b"not json",
            b"{}",
            b'{"instances": []}',
            b'{"signature_name": "png", "instances": [{"b64": "?"}]}',
            b'{"signature_name": "png", "instances": [{"other": 1}]}',
            b'{"instances": [[["a"]]]}',
            b'{"instances": [[[1, 2], [3]]]}',
        ):
            answer = self.httpx.post(
                f"{self.url}:predict",
                content=body,
                headers={"Content-Type": "application/json"},
                timeout=300,
            )
            self.assertEqual(answer.status_code, 400, (body, answer.text))
            self.assertIn("error", answer.json())
        self.assert_image(self.client.synthesize(LAYOUT, seed=4), seed=4)

    def test_the_json_float_form_is_served_as_well(self):
        body = {"instances": LAYOUT[None].tolist()}
        answer = self.httpx.post(
            f"{self.url}:predict", content=json.dumps(body), timeout=300
        )
        image = np.array(answer.json()["predictions"])
        self.assertEqual(image.shape, (1, *LAYOUT.shape, 3))

    def test_a_wrong_model_or_signature_is_named(self):
        with Client(self.url.replace("spade", "oasis")) as client:
            with self.assertRaisesRegex(
                client_errors.WrongModelError, "no model oasis"
            ):
                client.synthesize(LAYOUT)
        with self.assertRaisesRegex(
            client_errors.WrongModelError, "no signature 'pong'"
        ):
            self.client.predict("pong", {"x": np.zeros(1)})
