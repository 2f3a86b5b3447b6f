"""A model for the painting page that is quick, exact and remembers."""

import contextlib
import threading
import time

import numpy as np

from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.files.images import read_image

NAMES = ("sky", "sea", "sand", "rock")
COLORS = ((90, 160, 230), (20, 80, 160), (235, 205, 140), (110, 100, 100))


def classes(**rule):
    """Four classes; in files, 9 stands for the last one."""
    rule = LabelRule(**{"num_real_classes": 3, "ignore_label": 9, **rule})
    return Classes(NAMES, COLORS, label_rule=rule)


class PaintingModel:
    """Its pictures show the colours of the classes, darker by the seed.

    Attributes:
        asked: List of `(layout, seed, style)` of all pictures so far.
        batches: List of the sizes of the batches.
        gate: `threading.Event`; while it is clear, pictures wait.
        begun: int. Batches that have come so far, also those that wait.
    """

    threads = 1
    max_batch = 4

    def __init__(
        self, size=(32, 48), style=False, seconds=0.0, class_looks=False
    ):
        self.classes = classes()
        self.dataset_name = "shore"
        self.name = "Test"
        self.image_size = size
        self.has_seed = True
        self.has_style = style
        self.style_dim = 3 if style else None
        self.has_class_looks = class_looks
        self.has_class_styles = class_looks and style
        self.examples = None
        self.seconds = seconds
        self.asked = []
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = 0

    def images(self, layouts, seeds, styles, class_looks):
        self.begun += 1
        self.gate.wait(20)
        time.sleep(self.seconds)
        self.batches.append(len(layouts))
        self.asked += zip(layouts, seeds, styles, strict=True)
        return np.stack(
            [
                self.picture(*one)
                for one in zip(layouts, seeds, styles, class_looks, strict=True)
            ]
        )

    def picture(self, layout, seed, style=None, class_looks=None):
        """The picture that belongs to a request."""
        image = self.classes.palette[layout] - np.uint8(seed % 16)
        for id, look in (class_looks or {}).items():
            image[layout == id] = look % 200 if isinstance(look, int) else look
        if style is not None:
            image[0, 0] = style
        return image

    def style_code(self, data, max_pixels):
        return read_image(data, max_pixels=max_pixels)[0, 0].astype("float32")


@contextlib.contextmanager
def served(app, **options):
    """Serves an application on a free port; yields its address."""
    with running(app, **options) as server:
        yield server.url


@contextlib.contextmanager
def running(app, **options):
    """The same, but yields the server, with `url` and its `thread`."""
    from keras_semsynth.page.web_server import WebServer

    server = WebServer(app, port=0, **options)
    server.thread = threading.Thread(target=server.run, daemon=True)
    server.thread.start()
    try:
        while not server.started:
            if not server.thread.is_alive():
                raise RuntimeError("The server did not start.")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
    finally:
        server.should_exit = True
        server.thread.join(10)
