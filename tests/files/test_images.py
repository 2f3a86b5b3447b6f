import io
import pathlib
import struct
import tempfile
import unittest
import zlib

import numpy as np
from PIL import Image

from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import TooManyPixelsError
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_size
from tests.files.png_files import chunk
from tests.files.png_files import encoded
from tests.files.png_files import small_grey
from tests.page.painting_model import COLORS

FORMATS = ("PNG", "JPEG")
LIMIT = 10_000
IDS = np.array([[0, 1, 2], [3, 3, 0]], "uint8")


class ReadValuesTest(unittest.TestCase):
    def assert_values(self, data, expected=IDS):
        np.testing.assert_array_equal(
            read_label_values(data, formats=("PNG",), max_pixels=LIMIT),
            expected,
        )

    def test_every_kind_of_label_file_is_read_by_its_numbers(self):
        self.assert_values(encoded(IDS))
        wide = IDS.astype("uint16") + 300
        self.assert_values(encoded(wide), wide)
        # Equal colours: only the index tells the classes apart.
        self.assert_values(encoded(IDS, palette=[7] * 12))
        for bits in (2, 4, 8):
            self.assert_values(encoded(IDS, palette=[7] * 12, bits=bits))
        self.assert_values(encoded(IDS, "LA"))
        self.assert_values(
            small_grey(1, [[0b10100000]], 4), np.array([[1, 0, 1, 0]])
        )
        self.assert_values(
            small_grey(2, [[0b00011011]], 4), np.array([[0, 1, 2, 3]])
        )
        self.assert_values(small_grey(4, [[0x0A, 0xF0]], 3), [[0, 10, 15]])

    def test_colours_stay_colours(self):
        colors = np.array(COLORS, "uint8")[IDS]
        self.assert_values(encoded(colors), colors)
        self.assert_values(encoded(colors, "RGBA"), colors)

    def refusal(self, data, error=ImageError, read=read_label_values):
        with self.assertRaises(error) as context:
            formats = ("PNG",) if read is read_label_values else FORMATS
            read(data, formats=formats, max_pixels=LIMIT)
        return str(context.exception)

    def test_a_png_that_explodes_is_refused_by_its_header(self):
        # 4 GB of zeros in 4 MB; here the header alone must do.
        header = struct.pack(">IIBBBBB", 65000, 65000, 8, 0, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        self.assertIn(
            "65000 x 65000", self.refusal(data, error=TooManyPixelsError)
        )
        self.refusal(data, TooManyPixelsError, read_image)
        self.refusal(encoded(np.zeros((100, 101), "uint8")), TooManyPixelsError)

    def test_what_a_file_carries_besides_its_pixels_is_not_unpacked(self):
        data = encoded(IDS)
        bomb = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50_000_000)))
        self.assert_values(data[:33] + bomb + data[33:])

    def test_damaged_files_are_refused(self):
        data = encoded(IDS)
        self.assertIn("must be a PNG", self.refusal(b"GIF89a"))
        self.assertIn("must be a PNG", self.refusal(b""))
        for end in range(8, len(data) - 1, 5):
            self.assertIn("damaged", self.refusal(data[:end]))
        flipped = bytearray(data)
        flipped[45] ^= 1
        self.assertIn("checksum", self.refusal(bytes(flipped)))
        zero = struct.pack(">IIBBBBB", 0, 5, 8, 0, 0, 0, 0)
        self.refusal(data[:8] + chunk(b"IHDR", zero) + data[33:])
        odd = struct.pack(">IIBBBBB", 3, 2, 7, 0, 0, 0, 0)
        self.refusal(data[:8] + chunk(b"IHDR", odd) + data[33:])
        # A valid container whose pixels are missing.
        empty = chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
        self.refusal(data[:33] + empty)

    def test_photographs_are_png_or_jpeg(self):
        photograph = np.full((8, 8, 3), 90, "uint8")
        buffer = io.BytesIO()
        Image.fromarray(photograph).save(buffer, "JPEG")
        for data in (buffer.getvalue(), encoded(photograph)):
            image = read_image(data, formats=FORMATS, max_pixels=LIMIT)
            self.assertLess(np.abs(image.astype(int) - 90).max(), 3)
        read = read_image
        self.assertIn("PNG or JPEG", self.refusal(b"BM123", read=read))
        self.refusal(buffer.getvalue()[:40], read=read)
        large = io.BytesIO()
        Image.new("RGB", (101, 100)).save(large, "JPEG")
        self.refusal(large.getvalue(), TooManyPixelsError, read)

    def test_an_error_names_the_file_what_came_and_the_advice(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.png"
            for read in (read_label_values, read_image, read_size):
                with self.assertRaisesRegex(ImageError, "a.png does not exist"):
                    read(path)
            for content in (b"not a picture", encoded(IDS)[:30]):
                path.write_bytes(content)
                for read in (read_label_values, read_image, read_size):
                    with self.assertRaisesRegex(
                        ImageError, "a.png cannot be read as.*restore or remove"
                    ):
                        read(str(path))
            with self.assertRaisesRegex(
                ImageError, "`style` must be a PNG or JPEG file. Received: BMP"
            ):
                read_image(b"BM123", "`style`", FORMATS)

    def test_other_lossless_files_are_read_from_disk(self):
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("bmp", "tiff", "pgm", "gif"):
                path = pathlib.Path(folder) / f"a.{suffix}"
                Image.fromarray(IDS).save(path)
                np.testing.assert_array_equal(read_label_values(path), IDS)
                self.assertEqual(read_size(path), (2, 3))

    def test_colours_of_16_bits_stand_for_no_class(self):
        header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
        data = (
            encoded(IDS)[:8]
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(7)))
            + chunk(b"IEND", b"")
        )
        self.assertIn("16-bit", self.refusal(data))

    def test_what_is_encoded_is_read_again(self):
        for values in (IDS, IDS.astype("uint16") + 300):
            self.assert_values(encode_png(values), values)
