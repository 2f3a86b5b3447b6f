import io
import pathlib
import pickle
import struct
import tempfile
import unittest

from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.bulk.requests import LayoutReader
from keras_semsynth.bulk.requests import stored_fingerprint
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels
from tests import finished_run
from tests.files.png_files import chunk


class BulkRequestsTest(unittest.TestCase):
    def test_a_limit_of_pixels_travels_to_the_workers(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            finished_run.write_run(folder)
            synthesizer = Synthesizer.load(folder)
            layout = finished_run.layout()
            path = folder / "a.png"
            Image.fromarray(layout.astype("uint8")).save(path)
            self.addCleanup(set_max_pixels, max_pixels())
            for limit in (layout.size, layout.size - 1):
                set_max_pixels(limit)
                sent = pickle.dumps(LayoutReader(synthesizer))
                set_max_pixels()
                reader = pickle.loads(sent)
                if limit == layout.size:
                    reader.read(str(path))
                    continue
                with self.assertRaisesRegex(ValueError, "has 64 x 32 pixels"):
                    reader.read(str(path))

    def test_a_picture_too_large_for_pillow_is_anothers(self):
        file = io.BytesIO()
        Image.new("L", (1, 1)).save(file, "PNG")
        header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
        data = file.getvalue()
        data = data[:8] + chunk(b"IHDR", header) + data[33:]
        self.assertEqual(stored_fingerprint(data), "")
