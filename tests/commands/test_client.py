import contextlib
import io
import pathlib
import socket
import tempfile
import unittest

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.commands import client
from tests import finished_run
from tests.client.scripted_servers import Answer
from tests.client.scripted_servers import RestServer
from tests.client.scripted_servers import png


class ClientCommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pytest.importorskip(
            "httpx", reason='needs pip install "keras_semsynth[client]"'
        )

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.labels = self.root / "labels"
        self.images = self.root / "images"
        for name in ("a.png", "deep/b.png", "deep/c.png"):
            path = self.labels / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Of the size of the picture that the server has for all.
            Image.fromarray(finished_run.layout()[:4, :6]).save(path)
        self.server = RestServer()
        self.addCleanup(self.server.close)

    def run_command(self, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = client.main(
                        [
                            "client",
                            f"--url={self.server.url}",
                            f"--input={self.labels}",
                            f"--output={self.images}",
                            "--concurrency=1",
                            *arguments,
                        ]
                    )
                except SystemExit as error:
                    status = error.code
        self.output, self.errors = stdout.getvalue(), stderr.getvalue()
        return status

    def failure(self, *arguments):
        self.assertEqual(self.run_command(*arguments), 2)
        return self.errors

    def written(self):
        return sorted(
            str(p.relative_to(self.images)) for p in self.images.rglob("*.*")
        )

    def signatures(self):
        return {self.server.signature(i) for i in range(len(self.seeds()))}

    def seeds(self):
        return [
            body["instances"][0].get("seed") for _, body in self.server.requests
        ]

    def test_a_folder_becomes_images_of_the_same_names(self):
        self.assertEqual(self.run_command("--concurrency=3"), 0, self.errors)
        self.assertEqual(self.written(), ["a.png", "deep/b.png", "deep/c.png"])
        with Image.open(self.images / "a.png") as image:
            self.assertEqual((image.size, image.mode), ((6, 4), "RGB"))
        self.assertIn("3/3 label maps", self.output)
        self.assertEqual(self.seeds(), [0, 0, 0])

    def test_seed_fresh_and_style_choose_what_is_asked_for(self):
        self.run_command("--seed=5")
        self.assertEqual(self.seeds(), [5] * 3)
        self.server.requests.clear()
        self.run_command("--fresh", "--overwrite")
        self.assertEqual(self.signatures(), {"png"})
        photograph = self.root / "photograph.png"
        photograph.write_bytes(png())
        self.server.requests.clear()
        self.server.answers = [Answer(value=[0.5, 1.0])]
        self.run_command(f"--style={photograph}", "--overwrite")
        self.assertEqual(self.signatures(), {"encode_style", "png_styled"})
        self.assertEqual(len(self.server.requests), 4)  # encoded once

    def test_a_refused_label_map_is_skipped_and_named(self):
        refusal = Answer("INVALID_ARGUMENT", "the id 77 is too large")
        self.server.answers = [refusal, refusal]
        (self.labels / "torn.png").write_bytes(b"\x89PNG")
        self.assertEqual(self.run_command(), 1)
        self.assertEqual(self.written(), ["deep/b.png", "deep/c.png"])
        self.assertIn("a.png: The model spade", self.errors)
        self.assertIn("the id 77 is too large", self.errors)
        self.assertIn("torn.png", self.errors)
        self.assertIn("2 of 4 label maps", self.errors)

    def test_a_large_label_map_is_named_with_the_flag_that_allows_it(self):
        Image.new("L", (40, 50)).save(self.labels / "a.png")
        self.assertEqual(self.run_command("--max_pixels=1999"), 1)
        self.assertIn("a.png has 40 x 50 pixels", self.errors)
        self.assertIn("raise the limit with --max_pixels=2000", self.errors)

    def test_trouble_with_the_server_stops_and_can_be_resumed(self):
        self.server.answers = [
            Answer(),
            *[Answer("UNAVAILABLE", "queue is full")] * 9,
        ]
        self.assertEqual(self.run_command("--retries=1"), 2)
        self.assertIn("overloaded", self.errors)
        self.assertIn("1 images were written", self.errors)
        self.assertEqual(self.written(), ["a.png"])
        self.server.answers = []
        before = len(self.server.requests)
        self.assertEqual(self.run_command("--skip_existing"), 0, self.errors)
        self.assertEqual(len(self.written()), 3)
        self.assertEqual(len(self.server.requests), before + 2)
        self.assertEqual(self.run_command("--skip_existing"), 0, self.errors)
        self.assertIn("exist already", self.output)

    def test_nothing_is_overwritten(self):
        self.assertEqual(self.run_command(), 0)
        before = (self.labels / "a.png").read_bytes()
        self.assertIn("exists already", self.failure())
        message = self.failure(f"--output={self.labels}", "--overwrite")
        self.assertIn("would be overwritten", message)
        self.assertEqual((self.labels / "a.png").read_bytes(), before)

    def test_bad_input_is_one_sentence(self):
        for pattern, *arguments in (
            ("--url must be set", "--url="),
            ("must look like", "--url=localhost"),
            ("does not exist", "--input=absent"),
            ("exclude each other", "--seed=3", "--fresh"),
            ("exclude each other", "--overwrite", "--skip_existing"),
            ("photograph absent.jpg", "--style=absent.jpg"),
            ("mean --timeout?", "--timeuot=3"),
        ):
            with self.subTest(arguments=arguments):
                message = self.failure(*arguments)
                self.assertIn(pattern, message)
                self.assertEqual(message.count("\n"), 1, message)
        self.assertEqual(self.server.requests, [])

    def test_a_server_that_is_down_is_said(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        message = self.failure(
            f"--url=http://127.0.0.1:{port}/v1/models/spade", "--retries=0"
        )
        self.assertIn("No server answers", message)
        self.assertFalse(list(self.root.rglob(".writing-*")))

    def test_who_asks_is_said_by_a_file(self):
        self.server.allowed = "Bearer s3cret"
        errors = self.failure()
        self.assertIn("or give a file with --credentials", errors)
        self.assertEqual(len(errors.strip().splitlines()), 2, errors)
        path = self.root / "token"
        path.write_text("s3cret")
        path.chmod(0o644)
        self.assertIn(
            "--credentials is open to all",
            self.failure(f"--credentials={path}"),
        )
        path.chmod(0o600)
        self.assertEqual(self.run_command(f"--credentials={path}"), 0)
        self.assertEqual(len(self.written()), 3)
        self.assertNotIn("s3cret", self.output + self.errors)

    def test_images_are_what_the_server_sent(self):
        self.server.answers = [Answer(value=png(i)) for i in range(3)]
        self.assertEqual(self.run_command(), 0)
        values = {
            int(np.asarray(Image.open(path)).max())
            for path in self.images.rglob("*.png")
        }
        self.assertEqual(values, {0, 1, 2})
