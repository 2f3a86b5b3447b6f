import contextlib
import io
import json
import pathlib
import socket
import tempfile
import threading
import time
import unittest
import urllib.request
from unittest import mock

import pytest

from keras_semsynth import serve
from tests.serving.painting_model import PaintingModel

pytest.importorskip("starlette", reason="serve needs the extra `serve`")
uvicorn = pytest.importorskip("uvicorn", reason="serve needs the extra `serve`")


class ServeTest(unittest.TestCase):
    def start(self, *arguments, model=None):
        """Runs the command until it stops; returns its status and output."""
        stdout, stderr = io.StringIO(), io.StringIO()
        self.loaded = []

        def load(run, backend):
            self.loaded.append((run, backend))
            return model

        with mock.patch.object(serve, "load_model", load):
            with contextlib.redirect_stdout(stdout):
                with contextlib.redirect_stderr(stderr):
                    try:
                        status = serve.main(["serve", "--noopen", *arguments])
                    except SystemExit as error:
                        status = error.code
        self.output = stdout.getvalue()
        return status, stderr.getvalue()

    def test_the_page_is_served_to_this_machine_until_ctrl_c(self):
        model = PaintingModel()
        model.warm_up = mock.Mock()
        answers, failures = {}, []
        made = []
        make = serve.web_server
        listening = []
        listen = serve._listen

        def keep_socket(*arguments):
            listening.append(listen(*arguments))
            return listening[0]

        def keep_server(app, **options):
            made.append(make(app, **options))
            return made[0]

        def visit():
            try:
                end = time.monotonic() + 30
                while not (made and made[0].started):
                    if time.monotonic() > end:
                        raise TimeoutError("the server did not start")
                    time.sleep(0.01)
                host, port = listening[0].getsockname()
                answers["host"] = host
                address = f"http://127.0.0.1:{port}/"
                answers["address"] = address
                with urllib.request.urlopen(address + "api/model") as reply:
                    answers["model"] = json.load(reply)
            except OSError as error:
                failures.append(error)
            finally:
                made[0].should_exit = True

        visitor = threading.Thread(target=visit)
        with mock.patch.object(serve, "_listen", keep_socket):
            with mock.patch.object(serve, "web_server", keep_server):
                visitor.start()
                status, errors = self.start(
                    "--run=some/run", "--port=0", model=model
                )
        visitor.join(30)
        self.assertEqual((failures, status, errors), ([], 0, ""))
        self.assertEqual(self.loaded, [("some/run", None)])
        self.assertEqual(answers["host"], "127.0.0.1")
        self.assertEqual(answers["model"]["name"], "Test")
        self.assertIn(f"Paint at {answers['address']}", self.output)
        self.assertIn("4 classes, 48 x 32 pixels", self.output)
        model.warm_up.assert_called_once_with()

    def test_a_port_in_use_is_one_sentence_and_loads_no_model(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            status, errors = self.start(f"--port={port}")
        self.assertEqual(status, 2)
        self.assertIn("choose another --port", errors)
        self.assertEqual(self.loaded, [])

    def test_bad_flags_are_one_sentence(self):
        for arguments, text in (
            (["--host=no.such.host.invalid"], "is no address"),
            (["--port=70000"], "--port"),
            (["--prot=1"], "did you mean --port"),
            (["--max_waiting=0"], "max_waiting"),
        ):
            status, errors = self.start(*arguments)
            self.assertEqual(status, 2, arguments)
            self.assertIn(text, errors)
            self.assertEqual(len(errors.strip().splitlines()), 1)

    def test_a_missing_package_names_the_extra(self):
        with mock.patch.dict("sys.modules", {"uvicorn": None}):
            status, errors = self.start()
        self.assertEqual(status, 2)
        self.assertIn('pip install "keras_semsynth[serve]"', errors)

    def test_a_wrong_run_is_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "absent"
            with self.assertRaisesRegex(ValueError, "There is no generator"):
                serve.load_model(path)

    def test_the_model_in_the_package_is_the_default(self):
        from keras_semsynth.serving.page.local_model import LocalModel

        with mock.patch.object(LocalModel, "load") as load:
            serve.load_model()
        self.assertTrue((load.call_args.args[0] / "generator.keras").is_file())

    def test_a_backend_gets_a_client(self):
        pytest.importorskip("httpx", reason="the client needs `client`")
        from keras_semsynth.serving.page.served_model import ServedModel

        with mock.patch.object(ServedModel, "load") as load:
            serve.load_model("a", "http://127.0.0.1:8501/v1/models/spade")
        path, client = load.call_args.args
        self.assertEqual(path, "a")
        self.assertEqual(client.address.model, "spade")
