import io
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.client.wire_images import layout_to_png
from keras_semsynth.client.wire_images import photograph_to_bytes
from tests.files.photograph_files import FOUR
from tests.files.photograph_files import exif
from tests.files.photograph_files import saved
from tests.files.photograph_files import scene

TURNED = np.rot90(scene(), -1)


def pixels(data):
    """What a decoder shows that heeds nothing but pixels, as the server's."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB") if image.mode == "P" else image)


class WireImagesTest(unittest.TestCase):
    def sources(self, data, name):
        """The same file as a path and as bytes."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / name
        path.write_bytes(data)
        return path, data

    def test_a_photograph_is_sent_as_it_is_if_its_pixels_tell_all(self):
        for kind in ("JPEG", "PNG"):
            for source in self.sources(saved(scene(), kind), "a"):
                data = photograph_to_bytes(source)
                self.assertEqual(data, saved(scene(), kind))

    def test_a_photograph_of_a_phone_arrives_upright(self):
        data = saved(scene(), "JPEG", quality=100, exif=exif(6))
        for source in self.sources(data, "a.jpg"):
            shown = pixels(photograph_to_bytes(source)).astype(int)
            self.assertEqual(shown.shape, TURNED.shape)
            self.assertLess(np.abs(shown - TURNED).mean(), 2)

    def test_a_photograph_may_be_of_any_format(self):
        for kind in ("TIFF", "BMP", "WEBP"):
            options = {"lossless": True} if kind == "WEBP" else {}
            data = saved(scene(), kind, **options)
            for source in self.sources(data, "a"):
                np.testing.assert_array_equal(
                    pixels(photograph_to_bytes(source)), scene()
                )

    def test_a_layout_arrives_upright(self):
        plain = saved(FOUR, "PNG")
        for source in self.sources(plain, "a.png"):
            self.assertEqual(layout_to_png(source), plain)
        for source in self.sources(saved(FOUR, "PNG", exif=exif(6)), "a.png"):
            np.testing.assert_array_equal(
                pixels(layout_to_png(source)), np.rot90(FOUR, -1)
            )
