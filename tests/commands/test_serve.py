import contextlib
import io
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request
from unittest import mock

import pytest
from PIL import Image

from keras_semsynth.commands import serve
from keras_semsynth.page import server
from keras_semsynth.synthesis import find_model

pytest.importorskip("starlette", reason="serve needs the extra `serve`")
pytest.importorskip("uvicorn", reason="serve needs the extra `serve`")


ROOT = pathlib.Path(__file__).resolve().parents[2]


class CommandTest(unittest.TestCase):
    def test_readme_opens_a_page_until_it_is_told_to_end(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        command = readme.split("<!-- command: page -->\n```shell\n")[1]
        command = command.split("\n```")[0].split("&&")[-1].split()
        self.assertEqual(command, ["semsynth", "serve"])
        process = subprocess.Popen(
            [sys.executable, "-m", "keras_semsynth", *command[1:]]
            + ["--noopen", "--port=0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        for line in process.stdout:
            found = re.search(r"Paint at (http://127\.0\.0\.1:\d+/) ", line)
            if found:
                break
        self.assertIn("10 classes, 256 x 256 pixels", line)
        with urllib.request.urlopen(found[1] + "api/example") as reply:
            layout = reply.read()
        request = urllib.request.Request(
            found[1] + "api/image?seed=3",
            layout,
            {"Content-Type": "image/png"},
        )
        with urllib.request.urlopen(request) as reply:
            self.assertEqual(reply.headers["Semsynth-Seed"], "3")
            with Image.open(io.BytesIO(reply.read())) as image:
                self.assertEqual((image.mode, image.size), ("RGB", (256, 256)))
        address = urllib.parse.urlsplit(found[1])
        half_open = [
            socket.create_connection((address.hostname, address.port))
            for _ in range(20)
        ]
        for peer in half_open:
            self.addCleanup(peer.close)
            peer.sendall(b"GET / HT")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("Traceback", process.stderr.read())


class ServeTest(unittest.TestCase):
    def start(self, *arguments):
        """Runs the command until it stops; returns its status and errors."""
        stdout, stderr = io.StringIO(), io.StringIO()
        self.loaded = []

        def load(run, backend, **access):
            self.loaded.append((run, backend, access))

        with mock.patch.object(server, "load_model", load):
            with contextlib.redirect_stdout(stdout):
                with contextlib.redirect_stderr(stderr):
                    try:
                        status = serve.main(["serve", "--noopen", *arguments])
                    except SystemExit as error:
                        status = error.code
        return status, stderr.getvalue()

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
            (["--max_connections_per_address=0"], "_per_address"),
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
                server.load_model(path)

    def test_the_model_in_the_package_is_the_default(self):
        from keras_semsynth.page.local_model import LocalModel

        with mock.patch.object(LocalModel, "load") as load:
            server.load_model()
        folder = find_model(load.call_args.args[0])
        self.assertTrue((folder / "generator.keras").is_file())

    def test_a_backend_gets_a_client(self):
        pytest.importorskip("httpx", reason="the client needs `client`")
        from keras_semsynth.page.served_model import ServedModel

        with mock.patch.object(ServedModel, "load") as load:
            server.load_model("a", "http://127.0.0.1:8501/v1/models/spade")
        path, client = load.call_args.args
        self.assertEqual(path, "a")
        self.assertEqual(client.address.model, "spade")

    def test_a_backend_is_told_who_asks(self):
        pytest.importorskip("httpx", reason="the client needs `client`")
        from keras_semsynth.page.served_model import ServedModel

        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "secret"
            path.write_text("ada:secret")
            path.chmod(0o600)
            url = "https://models.example/v1/models/spade"
            with mock.patch.object(ServedModel, "load") as load:
                server.load_model("a", url, credentials=path)
            load.call_args.args[1].close()
            with self.assertRaisesRegex(ValueError, "https://, or a tunnel"):
                server.load_model(
                    "a", url.replace("https", "http"), credentials=path
                )
        with self.assertRaisesRegex(ValueError, "name it with `backend`"):
            server.load_model("a", credentials=path)
