"""The client, TF Serving's official messages and a real exported model."""

import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent import futures
from unittest import mock

import keras
import numpy as np
import pytest
from PIL import Image

from keras_semsynth.client import Client
from keras_semsynth.client import errors as client_errors
from keras_semsynth.client.wire_images import layout_to_png
from tests import finished_run
from tests.export.served_model import assert_same_image
from tests.export.served_model import exported

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="models are exported on the TensorFlow backend",
)
LAYOUT = finished_run.layout()
SIZE = LAYOUT.shape


def strings(*values):
    result = np.empty(len(values), object)
    result[:] = values
    return result


class ServedTestCase(unittest.TestCase):
    """Serves a model with style over gRPC, in this process."""

    batching = None

    @classmethod
    def setUpClass(cls):
        pytest.importorskip(
            "tensorflow_serving",
            reason='needs pip install "keras_semsynth[client]"',
        )
        from tests.serving_doubles import grpc_server
        from tests.serving_doubles.batcher import Batcher
        from tests.serving_doubles.saved_model_runner import SavedModelRunner

        cls.synthesizer, cls.folder = exported(style=True)
        cls.runner = SavedModelRunner(cls.folder)
        cls.batcher = None
        if cls.batching:
            cls.batcher = Batcher(cls.runner.run, **cls.batching)
            cls.addClassCleanup(cls.batcher.close)
        server, port = grpc_server.start(cls.runner, batcher=cls.batcher)
        cls.addClassCleanup(lambda: server.stop(None).wait())
        cls.url = f"grpc://127.0.0.1:{port}/v1/models/spade"

    def setUp(self):
        self.client = Client(self.url, timeout=300.0, backoff=0.05)
        self.addCleanup(self.client.close)

    def expected(self, layout=LAYOUT, **options):
        return self.synthesizer.synthesize(layout, **options)[0]

    def raw(self, signature, **inputs):
        """Sends what the client's own checks would stop."""
        return self.client.predict(signature, inputs)


class GrpcServedTest(ServedTestCase):
    def test_images_are_those_of_the_synthesizer(self):
        for seed in (0, 7, 2**31 - 1):
            assert_same_image(
                self.client.synthesize(LAYOUT, seed=seed),
                self.expected(seed=seed),
            )
        first, second = (self.client.synthesize(LAYOUT) for _ in range(2))
        self.assertEqual(first.shape, (*SIZE, 3))
        self.assertTrue((first != second).any())

    def test_a_photograph_sets_the_look(self):
        photograph = np.random.default_rng(3).integers(
            0, 256, (32, 64, 3), "uint8"
        )
        expected = self.expected(style=photograph)
        code = self.client.encode_style(photograph)
        self.assertEqual((code.shape, code.dtype), ((3,), np.float32))
        for style in (photograph, code):
            assert_same_image(
                self.client.synthesize(LAYOUT, style=style), expected
            )

    def test_files_travel_as_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "layout.png"
            image = Image.fromarray(LAYOUT, "P")
            image.putpalette([9, 9, 9] * 256)  # the indices alone can tell
            image.save(path)
            assert_same_image(
                self.client.synthesize(path, seed=1), self.expected(seed=1)
            )

    def refused(self, pattern, signature, **inputs):
        with self.assertRaisesRegex(client_errors.RefusedError, pattern):
            self.raw(signature, **inputs)
        # The server lives on.
        assert_same_image(
            self.client.synthesize(LAYOUT, seed=4), self.expected(seed=4)
        )

    def test_bad_requests_get_an_error_and_the_server_lives_on(self):
        good = layout_to_png(LAYOUT)
        self.refused("PNG", "png", label_png=strings(b"abc"))
        self.refused("PNG", "png", label_png=strings(b""))
        self.refused("PNG", "png", label_png=strings(good[:60]))
        self.refused("batch", "png", label_png=strings())
        wrong = layout_to_png(np.full(SIZE, 7))
        self.refused("id 7", "png", label_png=strings(wrong))
        wrong = np.full((1, *SIZE), 7, "int32")
        self.refused("id 7", "serving_default", label_map=wrong)
        small = layout_to_png(LAYOUT[:-1])
        self.refused("31x64", "png", label_png=strings(small))
        self.refused("shape", "serving_default", label_map=wrong[0])
        self.refused("string|type", "png", label_png=np.zeros(1, "float32"))
        self.refused("photograph", "encode_style", photograph=strings(b"abc"))

    def test_the_client_passes_the_models_words_on(self):
        with self.assertRaises(client_errors.RefusedError) as caught:
            self.client.synthesize(np.full(SIZE, 7))
        self.assertRegex(
            str(caught.exception),
            r"^The model spade at grpc://\S+ refused the request: [^\n\[\]]*"
            r"id 7[^\n\[\]]*\.$",
        )
        with self.assertRaisesRegex(ValueError, "31x64"):
            self.client.synthesize(LAYOUT[:-1], seed=3)

    def test_a_wrong_model_or_version_is_named(self):
        for path, wanted in (
            ("/v1/models/oasis", "no model oasis"),
            ("/v1/models/spade/versions/9", "no model spade version 9"),
        ):
            url = self.url.replace("/v1/models/spade", path)
            with Client(url) as client:
                with self.assertRaisesRegex(
                    client_errors.WrongModelError, wanted
                ):
                    client.synthesize(LAYOUT)
        with Client(f"{self.url}/versions/1", 300.0) as client:
            client.synthesize(LAYOUT)

    def test_strings_can_leave_tf_serving_over_rest(self):
        # It writes base64 only for outputs whose names end so.
        signatures = self.runner._model.signatures
        for name, function in signatures.items():
            for output, spec in function.structured_outputs.items():
                if spec.dtype == "string":
                    self.assertRegex(output, "_bytes$", name)

    @pytest.mark.slow
    def test_saved_model_cli_shows_and_runs_the_signatures(self):
        from tensorflow.python.tools import saved_model_cli

        version = self.folder / "1"
        shown = self.command(saved_model_cli, "show", version, "--all")
        for name in ("serving_default", "seeded", "png_styled", "encode_style"):
            self.assertIn(f"signature_def['{name}']", shown)
        with tempfile.TemporaryDirectory() as folder:
            inputs = pathlib.Path(folder) / "label_map.npy"
            np.save(inputs, LAYOUT[None].astype("int32"))
            self.command(
                saved_model_cli,
                "run",
                version,
                "--tag_set=serve",
                "--signature_def=seeded",
                f"--inputs=label_map={inputs}",
                "--input_exprs=seed=[7]",
                f"--outdir={folder}",
            )
            image = np.load(pathlib.Path(folder) / "image.npy")[0]
        assert_same_image(
            np.rint((image + 1) * 127.5).astype("uint8"), self.expected(seed=7)
        )

    def command(self, module, name, version, *options):
        result = subprocess.run(
            [sys.executable, "-m", module.__name__, name]
            + [f"--dir={version}", *options],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout


class BatchingServedTest(ServedTestCase):
    """Requests of several clients in one batch, as TF Serving joins them."""

    batching = {
        "max_batch_size": 4,
        "batch_timeout_micros": 5000,
        "max_enqueued_batches": 2,
        "num_batch_threads": 1,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run = cls.runner.run
        cls.open = threading.Event()
        cls.open.set()

        def held(signature, inputs):
            cls.open.wait(300)
            return run(signature, inputs)

        cls.batcher._run = held

    def setUp(self):
        super().setUp()
        self.batcher.batch_sizes.clear()
        self.batcher.rejected = 0

    def wait_until(self, condition):
        deadline = time.monotonic() + 300
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def queued(self, work, count, ready):
        """Lets requests come while the model is busy with another one.

        Args:
            work: Function of the number of a request.
            count: int. Requests.
            ready: Function that tells when the model may go on.

        Returns:
            List of results.
        """
        self.open.clear()
        try:
            with futures.ThreadPoolExecutor(count + 1) as pool:
                pool.submit(self.client.synthesize, LAYOUT, seed=99)
                self.wait_until(lambda: self.batcher.batch_sizes)
                tasks = [pool.submit(work, i) for i in range(count)]
                self.wait_until(ready)
                self.open.set()
                return [task.result() for task in tasks]
        finally:
            self.open.set()

    def test_everybody_gets_the_own_image(self):
        layouts = [np.roll(LAYOUT, i, axis=1) for i in range(8)]
        images = self.queued(
            lambda i: self.client.synthesize(layouts[i], seed=i),
            8,
            lambda: self.batcher.waiting() == 8,
        )
        for i, image in enumerate(images):
            assert_same_image(image, self.expected(layouts[i], seed=i))
        self.assertEqual(self.batcher.batch_sizes, {1: 1, 4: 2})

    @pytest.mark.slow
    def test_a_bad_neighbour_does_no_harm(self):
        def work(i):
            layout = np.full(SIZE, 7) if i == 1 else LAYOUT
            try:
                return self.client.synthesize(layout, seed=i)
            except client_errors.RefusedError as error:
                return str(error)

        # All four are refused; then each comes again at another time.
        with mock.patch("random.uniform", side_effect=[1.0, 9.0, 17.0, 25.0]):
            results = self.queued(work, 4, lambda: self.batcher.waiting() == 4)
        self.assertEqual(self.batcher.batch_sizes[4], 1)
        self.assertIn("id 7", results.pop(1))
        for seed, image in zip((0, 2, 3), results, strict=True):
            assert_same_image(image, self.expected(seed=seed))

    def test_what_the_queue_cannot_take_comes_later(self):
        client = Client(self.url, 300.0, retries=12, backoff=0.05)
        self.addCleanup(client.close)
        images = self.queued(
            lambda i: client.synthesize(LAYOUT, seed=i),
            10,
            lambda: self.batcher.rejected,
        )
        for seed, image in enumerate(images):
            assert_same_image(image, self.expected(seed=seed))

    def test_without_retries_a_full_queue_is_an_error(self):
        def work(i):
            try:
                return client.synthesize(LAYOUT, seed=i).shape
            except client_errors.OverloadedError as error:
                return str(error)

        with Client(self.url, 300.0, retries=0) as client:
            results = self.queued(work, 10, lambda: self.batcher.rejected == 2)
        errors = [text for text in results if isinstance(text, str)]
        self.assertEqual(len(errors), 2)
        self.assertIn("queue to which this task was submitted", errors[0])
