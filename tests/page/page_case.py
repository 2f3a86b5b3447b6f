"""What the tests of the painting page's interface share."""

import contextlib
import io
import unittest

import numpy as np
import pytest
from PIL import Image

from tests.files.png_files import encoded
from tests.page.painting_model import PaintingModel

_REASON = "the painting page needs the extra `serve`"
pytest.importorskip("httpx", reason="the test client of starlette needs it")
pytest.importorskip("uvicorn", reason=_REASON)
TestClient = pytest.importorskip(
    "starlette.testclient", reason=_REASON
).TestClient
create_app = pytest.importorskip(
    "keras_semsynth.page.app", reason=_REASON
).create_app

PNG = {"Content-Type": "image/png"}
JPEG = {"Content-Type": "image/jpeg"}
LAYOUT = np.arange(32 * 48, dtype="uint8").reshape(32, 48) // 5 % 4


def pixels(response):
    """Decodes the image of an answer."""
    return np.asarray(Image.open(io.BytesIO(response.content)))


class PageCase(unittest.TestCase):
    def start(self, model=None, **options):
        self.model = model or PaintingModel()
        app = create_app(self.model, **options)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        # What the server gets wrong must be an answer, too.
        self.client = stack.enter_context(
            TestClient(app, raise_server_exceptions=False)
        )
        return self.client

    def paint(self, layout=LAYOUT, query="?seed=3", headers=(), **options):
        return self.client.post(
            f"/api/image{query}",
            content=encoded(layout),
            headers={**PNG, **dict(headers)},
            **options,
        )

    def assert_error(self, response, status, text=""):
        self.assertEqual(response.status_code, status, response.text)
        self.assertIn(text, response.json()["error"])
        self.assertEqual(response.headers["x-content-type-options"], "nosniff")
