import io
import struct
import unittest
import zlib

import numpy as np
from PIL import Image

from keras_semsynth.page import png
from keras_semsynth.page.classes import Classes
from keras_semsynth.page.classes import WrongIds
from tests.page.painting_model import COLORS
from tests.page.painting_model import classes

LIMIT = 10_000
IDS = np.array([[0, 1, 2], [3, 3, 0]], "uint8")


def encoded(values, mode=None, palette=None, **options):
    image = Image.fromarray(values)
    if palette is not None:
        image = Image.fromarray(values, "P")
        image.putpalette(palette)
    if mode is not None:
        image = image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", checksum)
    )


def small_grey(depth, rows, width):
    """A grey PNG of 1, 2 or 4 bits, which Pillow cannot write."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


class ReadValuesTest(unittest.TestCase):
    def assert_values(self, data, expected=IDS):
        np.testing.assert_array_equal(png.read_values(data, LIMIT), expected)

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

    def refusal(self, data, error=png.BadImage, read=png.read_values):
        with self.assertRaises(error) as context:
            read(data, LIMIT)
        return str(context.exception)

    def test_a_png_that_explodes_is_refused_by_its_header(self):
        # 4 GB of zeros in 4 MB; here the header alone must do.
        header = struct.pack(">IIBBBBB", 65000, 65000, 8, 0, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        self.assertIn(
            "65000 x 65000", self.refusal(data, error=png.TooManyPixels)
        )
        self.refusal(data, png.TooManyPixels, png.read_photograph)
        self.refusal(encoded(np.zeros((100, 101), "uint8")), png.TooManyPixels)

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
            image = png.read_photograph(data, LIMIT)
            self.assertLess(np.abs(image.astype(int) - 90).max(), 3)
        read = png.read_photograph
        self.assertIn("PNG or JPEG", self.refusal(b"BM123", read=read))
        self.refusal(buffer.getvalue()[:40], read=read)
        large = io.BytesIO()
        Image.new("RGB", (101, 100)).save(large, "JPEG")
        self.refusal(large.getvalue(), png.TooManyPixels, read)


class ClassesTest(unittest.TestCase):
    def test_the_wire_holds_ids_and_files_the_numbers_of_label_files(self):
        table = classes()
        self.assertEqual(table.file_values(), [0, 1, 2, 9])
        data = encoded(IDS)
        np.testing.assert_array_equal(table.read_ids(data, LIMIT), IDS)
        with self.assertRaisesRegex(WrongIds, "Label id 3"):
            table.read_file(data, LIMIT)
        raw = np.array(table.file_values(), "uint8")[IDS]
        np.testing.assert_array_equal(table.read_file(encoded(raw), LIMIT), IDS)

    def test_ids_out_of_range_are_named(self):
        with self.assertRaisesRegex(WrongIds, r"ids \[4, 5, 6, 74, 77\].*rock"):
            classes().read_ids(
                encoded(IDS + np.array([[4], [74]], "uint8")), LIMIT
            )

    def test_colours_are_those_of_the_palette_or_of_the_rule(self):
        table = classes()
        colors = np.array(COLORS, "uint8")
        for read in (table.read_ids, table.read_file):
            ids = read(encoded(colors[IDS]), LIMIT)
            np.testing.assert_array_equal(ids, IDS)
            with self.assertRaisesRegex(WrongIds, "colour 91 160 230 at x=0"):
                smooth = colors[IDS]
                smooth[0, 0, 0] += 1
                read(encoded(smooth), LIMIT)
        # Label files may use other colours than the display.
        other = np.arange(12, dtype="uint8").reshape(4, 3)
        table = classes(colors=other[:3].tolist(), ignore_label=None)
        np.testing.assert_array_equal(
            table.read_file(encoded(other[IDS % 3]), LIMIT), IDS % 3
        )

    def test_a_class_that_no_file_can_hold_has_no_number(self):
        table = classes(id_map={0: 2}, ignore_label=3)
        self.assertEqual(table.file_values(), [None, 1, 0, 3])

    def test_a_description_without_names_or_with_too_few_is_refused(self):
        with self.assertRaisesRegex(ValueError, "names no classes"):
            Classes.from_dataset({})
        with self.assertRaisesRegex(ValueError, "2 names"):
            Classes.from_dataset({"num_classes": 3, "class_names": "ab"})
        table = Classes.from_dataset({"num_classes": 300})
        self.assertEqual(table.file_values()[299], 299)
        self.assertEqual(table.names[299], "class 299")
