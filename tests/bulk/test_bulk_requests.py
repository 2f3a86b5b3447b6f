import io
import struct
import unittest

from PIL import Image

from keras_semsynth.bulk.requests import stored_fingerprint
from tests.files.png_files import chunk


class BulkRequestsTest(unittest.TestCase):
    def test_a_picture_too_large_for_pillow_is_anothers(self):
        file = io.BytesIO()
        Image.new("L", (1, 1)).save(file, "PNG")
        header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
        data = file.getvalue()
        data = data[:8] + chunk(b"IHDR", header) + data[33:]
        self.assertEqual(stored_fingerprint(data), "")
