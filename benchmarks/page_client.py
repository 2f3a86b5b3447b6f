"""A client of the painting page, for what loads and times it."""

import contextlib
import http.client
import json
import time

import numpy as np

from keras_semsynth.files.images import read_image

SECONDS = 60


class PageClient:
    """Keeps its connection, repeats what is refused.

    Args:
        server: str, `host:port`.
        counts: `collections.Counter`, of what is `refused`, `dropped` and
            `reopened`.
    """

    def __init__(self, server, counts):
        self.server = server
        self.counts = counts
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def ask(self, png, seed):
        """Returns the picture of a layout, which is the bytes of a PNG."""
        for _ in range(100):
            status, headers, body = self._post(png, seed)
            if status == 200:
                return read_image(body)
            if status != 503:
                raise OSError(f"{status} {body[:200]}")
            self.counts["refused"] += 1
            time.sleep(float(headers["Retry-After"]))
        raise OSError("refused a hundred times")

    def drop(self, png, seed):
        """Sends half a request over a connection of its own, and leaves."""
        self.counts["dropped"] += 1
        half = PageClient(self.server, self.counts)
        with contextlib.suppress(OSError):
            half.send(png, seed, len(png) // 2)
            time.sleep(0.01)
        half.close()

    def _post(self, png, seed):
        was_idle = self.connection is not None
        try:
            self.send(png, seed)
            answer = self.connection.getresponse()
        except (ConnectionError, http.client.BadStatusLine) as error:
            self.close()
            if not was_idle:
                raise OSError(f"no answer: {error!r}") from error
            self.counts["reopened"] += 1
            return self._post(png, seed)
        except OSError:
            self.close()
            raise
        body = answer.read()
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, body

    def send(self, png, seed, length=None):
        """Sends a request, or `length` bytes of its body."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                self.server, timeout=SECONDS
            )
        self.connection.putrequest("POST", f"/api/image?seed={seed}")
        self.connection.putheader("Content-Type", "image/png")
        self.connection.putheader("Content-Length", str(len(png)))
        self.connection.endheaders(png[:length])


def compare(image, right):
    """Says whether a picture is `equal`, `rounded` or `wrong`."""
    if image.shape != right.shape:
        return "wrong"
    difference = np.abs(image.astype("int32") - right.astype("int32")).max()
    return ("equal", "rounded")[difference] if difference < 2 else "wrong"


def get(server, path):
    """Returns what the page answers to `GET`, as bytes."""
    connection = http.client.HTTPConnection(server, timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", f"/api/{path}")
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200:
        raise SystemExit(json.loads(body)["error"])
    return body
