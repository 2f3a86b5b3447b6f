"""The client against servers that misbehave on purpose."""

import base64
import io
import pathlib
import socket
import tempfile
import time
import unittest
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.client import Client
from keras_semsynth.client import errors as client_errors
from tests.client.scripted_servers import Answer
from tests.client.scripted_servers import GrpcServer
from tests.client.scripted_servers import RestServer
from tests.client.scripted_servers import png

EXTRA = 'needs pip install "keras_semsynth[client]"'
LAYOUT = np.arange(24).reshape(4, 6) % 3


class ClientTests:
    """What holds over both protocols."""

    def start(self, *answers, **options):
        self.server = self.server_class(answers)
        self.addCleanup(self.server.close)
        client = Client(self.server.url, **{"backoff": 0.02, **options})
        self.addCleanup(client.close)
        return client

    def error(self, kind, client, *arguments, **options):
        """Returns the text of an error, after a look at its form."""
        with self.assertRaises(kind) as caught:
            client.synthesize(LAYOUT, *arguments, **options)
        text = str(caught.exception)
        self.assertRegex(text, r"^\S[^\n]*[^.\s]\.$")
        return text

    def test_a_layout_becomes_an_image(self):
        image = self.start().synthesize(LAYOUT)
        self.assertEqual((image.shape, image.dtype), ((4, 6, 3), np.uint8))
        self.assertTrue((image == 7).all())
        self.assertEqual(self.server.signature(), "png")

    def test_seed_and_style_choose_the_signature(self):
        client = self.start()
        client.synthesize(LAYOUT, seed=5)
        self.assertEqual(self.server.signature(), "png_seeded")
        client.synthesize(LAYOUT, style=np.array([0.5, 1.0]))
        self.assertEqual(self.server.signature(), "png_styled")

    def test_a_photograph_is_repainted_in_the_style_of_another(self):
        client = self.start()
        data = client.translate_png(png(3), np.full((5, 4, 3), 9, "uint8"))
        self.assertTrue(data.startswith(b"\x89PNG"))
        self.assertEqual(self.server.signature(), "translate")

    def test_a_photograph_is_encoded_before_it_is_used(self):
        client = self.start(Answer(value=[0.25, -1.0]), Answer())
        client.synthesize(LAYOUT, style=png(9))
        self.assertEqual(self.server.signature(0), "encode_style")
        self.assertEqual(self.server.signature(1), "png_styled")
        self.server.answers = [Answer(value=[0.25, -1.0])]
        photograph = np.zeros((3, 5, 3), "uint8")
        code = client.encode_style(photograph)
        np.testing.assert_array_equal(code, np.float32([0.25, -1.0]))

    def test_overload_is_waited_out_longer_and_longer(self):
        client = self.start(
            Answer("UNAVAILABLE", "queue is full"),
            Answer("RESOURCE_EXHAUSTED", "too many"),
            Answer("UNAVAILABLE", "queue is full"),
            backoff=0.1,
        )
        with mock.patch("random.uniform", return_value=1.0):
            client.synthesize(LAYOUT)
        gaps = np.diff(self.server.times)
        self.assertEqual(len(gaps), 3)
        for gap, least in zip(gaps, (0.1, 0.2, 0.4), strict=True):
            self.assertGreaterEqual(gap, least)

    def test_lasting_overload_ends_with_an_error(self):
        client = self.start(
            *[Answer("UNAVAILABLE", "The queue is full")] * 3, retries=2
        )
        text = self.error(client_errors.OverloadedError, client)
        self.assertIn("The queue is full", text)
        self.assertIn("3 times", text)
        self.assertEqual(len(self.server.requests), 3)

    def test_time_runs_out_during_overload(self):
        client = self.start(
            *[Answer("UNAVAILABLE", "full")] * 50,
            retries=50,
            backoff=0.1,
            timeout=0.5,
        )
        began = time.monotonic()
        text = self.error(client_errors.DeadlineError, client)
        self.assertLess(time.monotonic() - began, 5)
        self.assertIn("0.5 s", text)
        self.assertIn("full", text)

    def test_a_slow_server_meets_the_deadline(self):
        client = self.start(Answer(delay=1.0), timeout=0.2)
        text = self.error(TimeoutError, client)
        self.assertIn("raise the timeout", text)

    def test_a_server_that_is_down_is_named(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        url = f"{self.scheme}://127.0.0.1:{port}/v1/models/spade"
        with Client(url, retries=1, backoff=0.01) as client:
            text = self.error(ConnectionError, client)
        self.assertIn(f"127.0.0.1:{port}", text)
        self.assertIn("No server answers", text)
        self.assertIn("2 times", text)

    def test_a_refusal_is_tried_once_more_for_the_sake_of_batches(self):
        refusal = Answer(
            "INVALID_ARGUMENT",
            "assertion failed: ['`label_png` holds the id 9, but ids go from 0 "
            "to 3.']\n\t [[{{node Assert}}]]\n\t [[StatefulCall]]",
        )
        client = self.start(refusal)
        self.assertEqual(client.synthesize(LAYOUT).shape, (4, 6, 3))
        self.server.answers = [refusal, refusal, Answer()]
        text = self.error(ValueError, client)
        self.assertTrue(
            text.endswith(
                "refused the request: `label_png` holds the id 9, but ids go "
                "from 0 to 3."
            ),
            text,
        )
        self.assertEqual(len(self.server.requests), 4)

    def test_a_wrong_model_is_named(self):
        answer = Answer(
            "NOT_FOUND", "Servable not found for request: Latest(spade)"
        )
        text = self.error(client_errors.WrongModelError, self.start(answer))
        self.assertIn("has no model spade", text)
        self.assertEqual(len(self.server.requests), 1)

    def test_a_missing_signature_is_explained(self):
        answer = Answer(
            "FAILED_PRECONDITION",
            'Serving signature key "png_styled" not found.',
        )
        client = self.start(answer)
        text = self.error(
            client_errors.WrongModelError, client, style=np.zeros(3)
        )
        self.assertIn("without style input", text)

    def test_other_inputs_mean_another_model(self):
        answer = Answer(
            "INVALID_ARGUMENT",
            "input size does not match signature: 1!=2 len({label_png}) != "
            "len({a,b}).",
        )
        text = self.error(client_errors.WrongModelError, self.start(answer))
        self.assertIn("takes other inputs", text)

    def test_what_is_no_png_is_not_returned(self):
        for value in (b"GIF89a", [0.5], png()[:50]):
            with self.subTest(value=value):
                text = self.error(
                    client_errors.WrongModelError,
                    self.start(Answer(value=value)),
                )
                self.assertIn("no PNG", text)

    def test_a_fault_of_the_server_is_not_repeated(self):
        client = self.start(Answer("INTERNAL", "disk on fire"))
        text = self.error(client_errors.ServerFailedError, client)
        self.assertIn("disk on fire", text)
        self.assertEqual(len(self.server.requests), 1)


class RestClientTest(ClientTests, unittest.TestCase):
    server_class = RestServer
    scheme = "http"

    @classmethod
    def setUpClass(cls):
        pytest.importorskip("httpx", reason=EXTRA)

    def test_the_body_is_that_of_tf_serving(self):
        client = self.start()
        client.synthesize(LAYOUT, seed=5)
        path, body = self.server.requests[0]
        self.assertEqual(path, "/v1/models/spade:predict")
        (row,) = body["instances"]
        self.assertEqual(set(row), {"label_png", "seed"})
        self.assertEqual(row["seed"], 5)
        data = base64.b64decode(row["label_png"]["b64"], validate=True)
        with Image.open(io.BytesIO(data)) as image:
            np.testing.assert_array_equal(np.asarray(image), LAYOUT)

    def test_a_version_may_be_asked_for(self):
        self.start()
        with Client(f"{self.server.url}/versions/3") as client:
            client.synthesize(LAYOUT)
        self.assertEqual(
            self.server.requests[0][0], "/v1/models/spade/versions/3:predict"
        )

    def test_retry_after_is_heeded(self):
        client = self.start(
            Answer("UNAVAILABLE", "full", headers={"Retry-After": "0.4"})
        )
        client.synthesize(LAYOUT)
        self.assertGreaterEqual(np.diff(self.server.times)[0], 0.4)

    def test_named_outputs_are_taken_too(self):
        image = base64.b64encode(png()).decode()
        body = f'{{"predictions": [{{"png": {{"b64": "{image}"}}}}]}}'
        client = self.start(Answer(body=body.encode()))
        self.assertEqual(client.synthesize(LAYOUT).shape, (4, 6, 3))

    def test_another_web_server_is_recognized(self):
        for answer in (
            Answer(body=b"<html>Welcome"),
            Answer(body=b'{"predictions": []}'),
            Answer(body=b"[]"),
        ):
            text = self.error(
                client_errors.ServerFailedError, self.start(answer)
            )
            self.assertIn("correct the URL", text)
        answer = Answer(body=b"<html>Nothing here", status=404)
        text = self.error(client_errors.WrongModelError, self.start(answer))
        self.assertIn("correct the URL", text)


class GrpcClientTest(ClientTests, unittest.TestCase):
    server_class = GrpcServer
    scheme = "grpc"

    @classmethod
    def setUpClass(cls):
        pytest.importorskip("tensorflow_serving", reason=EXTRA)

    def test_the_message_is_that_of_tf_serving(self):
        import tensorflow as tf

        self.start()
        with Client(f"{self.server.url}/versions/3") as client:
            client.synthesize(LAYOUT, seed=5)
        (request,) = self.server.requests
        self.assertEqual(request.model_spec.name, "spade")
        self.assertEqual(request.model_spec.version.value, 3)
        inputs = {n: tf.make_ndarray(x) for n, x in request.inputs.items()}
        self.assertEqual(set(inputs), {"label_png", "seed"})
        self.assertEqual(inputs["seed"].dtype, np.int64)
        np.testing.assert_array_equal(inputs["seed"], [5])
        self.assertEqual(inputs["label_png"].shape, (1,))


class InputsTest(unittest.TestCase):
    """What is checked before anything is sent."""

    @classmethod
    def setUpClass(cls):
        pytest.importorskip("httpx", reason=EXTRA)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.server = RestServer()
        self.addCleanup(self.server.close)
        self.client = Client(self.server.url)
        self.addCleanup(self.client.close)

    def sent(self):
        (row,) = self.server.requests[-1][1]["instances"]
        return base64.b64decode(row["label_png"]["b64"])

    def test_a_png_travels_as_it_is(self):
        path = self.root / "layout.png"
        image = Image.fromarray(LAYOUT.astype("uint8"), "P")
        image.putpalette([0, 0, 0] * 3)
        image.save(path)
        self.client.synthesize(path)
        self.assertEqual(self.sent(), path.read_bytes())
        self.client.synthesize(path.read_bytes())
        self.assertEqual(self.sent(), path.read_bytes())

    def test_other_files_become_png(self):
        path = self.root / "layout.bmp"
        Image.fromarray(LAYOUT.astype("uint8")).save(path)
        self.client.synthesize(str(path))
        with Image.open(io.BytesIO(self.sent())) as image:
            self.assertEqual(image.format, "PNG")
            np.testing.assert_array_equal(np.asarray(image), LAYOUT)

    def test_ids_beyond_a_byte_take_two(self):
        self.client.synthesize(LAYOUT + 300)
        with Image.open(io.BytesIO(self.sent())) as image:
            np.testing.assert_array_equal(np.asarray(image), LAYOUT + 300)

    def refused(self, pattern, *arguments, **options):
        with self.assertRaisesRegex(ValueError, pattern):
            self.client.synthesize(*arguments, **options)
        self.assertEqual(self.server.requests, [])

    def test_bad_layouts_are_not_sent(self):
        self.refused("does not exist", self.root / "absent.png")
        torn = self.root / "torn.png"
        torn.write_bytes(png()[:40])
        self.refused("torn.png cannot be read", torn)
        self.refused("`layout` cannot be read", b"\x89PNG")
        self.refused("integer array", np.zeros((4, 6)))
        self.refused("integer array", np.zeros((4, 6, 3), "uint8"))
        self.refused("integer array", np.zeros((0, 6), "uint8"))
        self.refused("ids from -1 to 2", LAYOUT - (LAYOUT == 0))
        photo = self.root / "photo.jpg"
        Image.fromarray(np.zeros((4, 6), "uint8")).save(photo)
        self.refused("JPEG", photo)
        self.refused("must be a PNG", photo.read_bytes())

    def test_bad_seeds_and_styles_are_not_sent(self):
        self.refused("exclude each other", LAYOUT, 1, np.zeros(3))
        self.refused("must be an integer", LAYOUT, seed=1.5)
        self.refused("must be an integer", LAYOUT, seed=True)
        self.refused("between 0 and", LAYOUT, seed=-1)
        self.refused("does not exist", LAYOUT, style="absent.jpg")
        self.refused("photograph must be", LAYOUT, style=np.zeros((2, 2, 3)))

    def test_addresses_and_options_are_checked(self):
        for url in (
            "localhost:8501",
            "ftp://host/v1/models/a",
            "http://host:8501",
            "http://host:8501/v1/models/a:predict",
            "http://host:8501/v1/models/a/versions/x",
            "http://host:99999999/v1/models/a",
            "http:///v1/models/a",
            "http://[::1/v1/models/a",
        ):
            with self.subTest(url=url):
                with self.assertRaisesRegex(ValueError, "must look like"):
                    Client(url)
        for options in ({"timeout": 0}, {"retries": -1}, {"backoff": -1}):
            with self.assertRaisesRegex(ValueError, next(iter(options))):
                Client(self.server.url, **options)

    def test_a_missing_package_names_the_extra(self):
        with mock.patch.dict("sys.modules", {"httpx": None}):
            with self.assertRaisesRegex(ImportError, r"\[client\]"):
                Client(self.server.url)
        with mock.patch.dict("sys.modules", {"grpc": None}):
            with self.assertRaisesRegex(ImportError, r"\[client\]"):
                Client("grpc://localhost:8500/v1/models/spade")
