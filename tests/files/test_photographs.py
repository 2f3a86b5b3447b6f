"""What `read_image` shows of photographs of every kind."""

import pathlib
import struct
import tempfile
import unittest
import zlib

import numpy as np
from PIL import Image
from PIL import ImageOps

from keras_semsynth.files import image_headers
from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_size
from tests.files.photograph_files import FOUR
from tests.files.photograph_files import exif
from tests.files.photograph_files import saved
from tests.files.photograph_files import scene
from tests.files.png_files import chunk
from tests.files.png_files import small_grey
from tests.files.tiff_files import tiff

ORIENTATIONS = range(1, 9)


class OrientationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_every_format_and_orientation_is_turned_as_a_viewer_does(self):
        options = {
            "JPEG": {"quality": 95},
            "PNG": {},
            "TIFF": {},
            "WEBP": {"lossless": True},
            "MPO": {
                "quality": 95,
                "save_all": True,
                "append_images": [Image.new("RGB", (24, 16))],
            },
        }
        image = Image.fromarray(scene())
        for kind, more in options.items():
            for orientation in ORIENTATIONS:
                with self.subTest(kind=kind, orientation=orientation):
                    data = saved(image, kind, exif=exif(orientation), **more)
                    path = self.folder / f"a.{kind.lower()}"
                    path.write_bytes(data)
                    tagged = image.copy()
                    tagged.getexif()[274] = orientation
                    expected = np.asarray(ImageOps.exif_transpose(tagged))
                    shown = read_image(path)
                    self.assertEqual(shown.shape, expected.shape)
                    difference = np.abs(shown.astype(int) - expected)
                    self.assertLess(difference.mean(), 2)
                    self.assertEqual(read_size(path), expected.shape[:2])
                    self.assertEqual(read_size(data), expected.shape[:2])

    def test_label_maps_are_turned_like_their_photographs(self):
        for kind in ("PNG", "TIFF"):
            data = saved(FOUR, kind, exif=exif(6))
            np.testing.assert_array_equal(
                read_label_values(data), np.rot90(FOUR, -1)
            )
        wide = saved(FOUR.astype("uint16") * 99, "PNG", exif=exif(3))
        np.testing.assert_array_equal(
            read_label_values(wide), FOUR[::-1, ::-1].astype("uint16") * 99
        )

    def test_an_exif_block_behind_the_pixels_of_a_png_counts(self):
        data = saved(FOUR, "PNG")
        block = chunk(b"eXIf", exif(8)[6:])
        data = data[:-12] + block + data[-12:]
        self.assertEqual(read_size(data), (3, 2))
        np.testing.assert_array_equal(
            read_image(data)[..., 0], np.rot90(FOUR, 1)
        )

    def test_a_broken_exif_block_leaves_the_photograph_readable(self):
        whole = exif(6)
        blocks = [
            b"Exif\0\0",
            b"Exif\0\0rubbish that is no block",
            whole[:16],
            whole[:20],
            b"Exif\0\0MM\0*\xff\xff\xff\xff",
            b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(40),
            whole.replace(b"\0\6", b"\0\x63"),
        ]
        for block in blocks:
            for kind in ("JPEG", "PNG", "WEBP"):
                with self.subTest(kind=kind, block=block):
                    data = saved(scene(), kind, exif=block)
                    self.assertEqual(read_image(data).shape, (16, 24, 3))
                    self.assertEqual(read_size(data), (16, 24))

    def test_an_orientation_may_be_stored_in_either_byte_order_and_width(self):
        for order, start in (("<", b"II*\0"), (">", b"MM\0*")):
            for kind, letter in ((3, "HH"), (4, "I")):
                values = (5, 0)[: len(letter)]
                entry = struct.pack(
                    order + "IHHHI" + letter, 8, 1, 274, kind, 1, *values
                )
                block = start + entry
                self.assertEqual(image_headers.exif_orientation(block), 5)


class DepthTest(unittest.TestCase):
    def assert_shown(self, data, expected, near=0):
        shown = read_image(data)
        expected = np.asarray(expected)
        if expected.ndim == 2:
            expected = np.repeat(expected[..., None], 3, -1)
        self.assertEqual(shown.dtype, np.uint8)
        self.assertEqual(shown.shape, expected.shape)
        difference = np.abs(shown.astype(int) - expected)
        self.assertLessEqual(difference.max(), near)

    def test_grey_of_16_bits_is_scaled_by_its_range(self):
        values = np.array([[0, 128, 129, 257], [32768, 40000, 65407, 65535]])
        expected = np.round(values / 257)
        image = values.astype("uint16")
        for kind in ("PNG", "TIFF"):
            self.assert_shown(saved(image, kind), expected)
        big_endian = Image.frombytes(
            "I;16B", (4, 2), values.astype(">u2").tobytes()
        )
        self.assert_shown(saved(big_endian, "TIFF"), expected)
        self.assert_shown(
            b"P5 4 2 65535\n" + values.astype(">u2").tobytes(), expected
        )

    def test_white_may_be_zero_in_a_tiff(self):
        values = np.array([[0, 257, 65535]], "uint16")
        data = saved(values, "TIFF", tiffinfo={262: 0})
        self.assert_shown(data, [[255, 254, 0]])

    def test_grey_of_12_bits_is_scaled_by_its_own_range(self):
        values = [0, 4095, 2048, 16]
        packed = int("".join(f"{v:03x}" for v in values), 16).to_bytes(6, "big")
        tags = [
            (256, 3, 4), (257, 3, 1), (258, 3, 12), (259, 3, 1), (262, 3, 1),
            (273, 4, 8), (277, 3, 1), (278, 3, 1), (279, 4, 6),
        ]  # fmt: skip
        data = b"II*\0" + struct.pack("<I", 14) + packed
        data += struct.pack("<H", len(tags))
        for tag, kind, value in tags:
            data += struct.pack("<HHII", tag, kind, 1, value)
        self.assert_shown(data + bytes(4), [[0, 255, 128, 1]])

    def test_colours_of_16_bits_become_8(self):
        colors = np.array([[0, 0x8080, 0xFFFF], [0x1234, 0xABCD, 0x0101]])
        pixels = colors.astype(">u2").tobytes()
        for color_type, alpha in ((2, b""), (6, b"\xff\xff")):
            row = b"".join(pixels[i : i + 6] + alpha for i in (0, 6))
            header = struct.pack(">IIBBBBB", 2, 1, 16, color_type, 0, 0, 0)
            data = (
                b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", header)
                + chunk(b"IDAT", zlib.compress(b"\0" + row))
                + chunk(b"IEND", b"")
            )
            self.assert_shown(data, colors[None] / 257, near=1)

    def test_few_colours_are_shown_as_such(self):
        self.assert_shown(saved(FOUR, "PNG"), FOUR)
        black_and_white = Image.fromarray(FOUR > 100)
        for kind in ("PNG", "TIFF", "GIF"):
            self.assert_shown(saved(black_and_white, kind), (FOUR > 100) * 255)
        indexed = Image.fromarray(FOUR // 80, "P")
        indexed.putpalette([9, 8, 7, 60, 50, 40, 250, 5, 90, 0, 255, 0])
        colors = np.array(indexed.getpalette()).reshape(-1, 3)
        for kind in ("PNG", "TIFF", "GIF", "BMP"):
            self.assert_shown(saved(indexed, kind), colors[FOUR // 80])
        self.assert_shown(small_grey(4, [[0x0A, 0xF0]], 3), [[0, 170, 255]])

    def test_values_without_a_known_range_are_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "depth.tiff"
            for dtype in ("float32", "int32"):
                path.write_bytes(saved(FOUR.astype(dtype), "TIFF"))
                with self.assertRaisesRegex(
                    ImageError, "depth.tiff.*do not tell what is white.*save"
                ):
                    read_image(path)

    def test_what_pillow_would_misread_is_refused(self):
        colors = np.repeat(FOUR[..., None], 3, -1)
        wide = colors.astype("uint16") * 257
        self.assert_shown(tiff(wide), FOUR)
        self.assert_shown(tiff(colors, planar=2), FOUR)
        grey = FOUR[..., None]
        for data, reason in (
            (tiff(wide, planar=2), "plane by plane"),
            (tiff(grey.astype("int8"), 1, sample_format=2), "signed values"),
            (tiff(grey.astype("int16"), 1, sample_format=2), "signed values"),
            (tiff(colors.astype("float32"), sample_format=3), "float colours"),
        ):
            with self.assertRaisesRegex(ImageError, f"{reason}.*16-bit PNG"):
                read_image(data)

    def test_the_first_of_several_pictures_is_read(self):
        first = Image.fromarray(FOUR)
        for kind in ("TIFF", "GIF", "PNG"):
            data = saved(
                first, kind, save_all=True,
                append_images=[Image.new("L", (3, 2), 7)],
            )  # fmt: skip
            self.assert_shown(data, FOUR)
        frames = saved(
            first.convert("RGB"), "WEBP", save_all=True, lossless=True,
            append_images=[Image.new("RGB", (3, 2), (1, 2, 3))],
        )  # fmt: skip
        self.assert_shown(frames, FOUR)
