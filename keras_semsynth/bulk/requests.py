"""What travels between the steps of a bulk generation."""

import dataclasses
import hashlib
import io
import json
from typing import Literal

import numpy as np
from PIL import Image
from PIL import PngImagePlugin

from keras_semsynth.files import own_pictures
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look

# The text of a PNG that says what it was made of.
FINGERPRINT = "keras_semsynth"


@dataclasses.dataclass(frozen=True)
class Request:
    """One image to be made.

    Args:
        source: str. Label map, relative to the input folder.
        output: str. Image, relative to the output folder.
        layout: `Layout`.
        look: `Look`.
        fingerprint: str. See `fingerprint`.
    """

    source: str
    output: str
    layout: Layout
    look: Look
    fingerprint: str


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of a request.

    Args:
        request: `Request`.
        image: `uint8` array `(height, width, 3)`, or `None`.
        error: str or `None`.
    """

    request: Request
    image: np.ndarray | None
    error: str | None = None


def record(
    source: str,
    output: str,
    seed: int | None,
    status: Literal["written", "kept", "failed"],
    error: str | None = None,
) -> str:
    """Returns one line of the manifest.

    Args:
        source: str. Label map, relative to the input folder.
        output: str. Image, relative to the output folder.
        seed: int or `None`.
        status: `"written"`, `"kept"` (it was there already) or `"failed"`.
        error: str or `None`. One sentence, if it failed.
    """
    line = {
        "input": source,
        "output": output,
        "status": status,
        "seed": seed,
        "error": None if error is None else " ".join(error.split()),
    }
    return json.dumps(line)


def fingerprint(recipe: str, layout: Layout, seed: int | None) -> str:
    """Returns a digest of all that an image is made of.

    Args:
        recipe: str. Digest of what all images have in common.
        layout: `Layout`.
        seed: int or `None`.
    """
    label_map = layout.label_map
    digest = hashlib.sha256(
        f"{recipe} {seed} {label_map.shape} {layout.size}".encode()
    )
    digest.update(np.ascontiguousarray(label_map, "<i4"))
    if layout.edge_map is not None:
        digest.update(np.ascontiguousarray(layout.edge_map, "uint8"))
    return digest.hexdigest()


def encode_png(image: np.ndarray, mark: str) -> bytes:
    """Returns the bytes of a PNG that carries a fingerprint and our mark."""
    text = PngImagePlugin.PngInfo()
    text.add_text(FINGERPRINT, mark)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", pnginfo=text)
    return own_pictures.mark(file.getvalue())


def stored_fingerprint(content: bytes) -> str | None:
    """Reads what `encode_png` has stored, and checks that all is there.

    Args:
        content: bytes of a file.

    Returns:
        str, empty if this is another's file; `None` if it is one of ours,
        but not whole.
    """
    if not content.strip(b"\0"):
        return None  # the name reached the disk, the content did not
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            mark = image.info.get(FINGERPRINT, "")
            image.verify()  # checks the sum of every chunk, to the last
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None if f"tEXt{FINGERPRINT}\0".encode() in content else ""
    return mark
