"""What every page of ours must be, wherever it was written."""

import base64
import html.parser
import io

import numpy as np
from PIL import Image


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.images, self.text, self.links = [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "img":
            self.images.append(attributes)
        for name in ("src", "href", "srcset", "action", "data"):
            if name in attributes:
                self.links.append(attributes[name])
        if tag not in ("img", "meta", "br", "link", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        self.text.append(data)


def read_page(path):
    """Reads a page and checks that it is whole and needs nothing else.

    Args:
        path: Path of an HTML file.

    Returns:
        Tuple of its text and its images, `uint8` arrays by caption.
    """
    content = path.read_text(encoding="utf-8")
    assert "url(" not in content and "@import" not in content
    reader = _Reader()
    reader.feed(content)
    reader.close()
    assert not reader.open, reader.open
    for link in reader.links:
        assert link.startswith("data:image/png;base64,"), link[:80]
    images = {}
    for image in reader.images:
        data = base64.b64decode(image["src"].partition(",")[2], validate=True)
        with Image.open(io.BytesIO(data)) as picture:
            images.setdefault(image["alt"], []).append(np.asarray(picture))
    return " ".join("".join(reader.text).split()), images
