import io
import pathlib
import struct
import tempfile
import unittest
import zlib
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import TooManyPixelsError
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_size
from keras_semsynth.files.images import set_max_pixels
from tests.files.png_files import chunk
from tests.files.png_files import encoded
from tests.files.png_files import small_grey
from tests.files.tiff_files import tiff
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


class LabelFormatsTest(unittest.TestCase):
    def saved(self, values, kind, **options):
        image = values
        if isinstance(values, np.ndarray):
            image = Image.fromarray(values)
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    def test_tiff_holds_ids_of_every_width(self):
        for dtype, offset in (
            ("uint8", 0),
            ("uint16", 300),
            ("int32", 1_000_000),
        ):
            values = IDS.astype(dtype) + offset
            found = read_label_values(self.saved(values, "TIFF"))
            np.testing.assert_array_equal(found, values)
        big_endian = Image.frombytes(
            "I;16B", (3, 2), (IDS + np.uint16(300)).astype(">u2").tobytes()
        )
        found = read_label_values(self.saved(big_endian, "TIFF"))
        np.testing.assert_array_equal(found, IDS.astype("uint16") + 300)
        self.assertTrue(found.dtype.isnative)

    def test_ids_of_a_tiff_keep_their_sign(self):
        for values, sample_format in (
            (IDS.astype("int8") - 1, 2),
            (IDS.astype("int16") - 1, 2),
            (IDS.astype("uint32") + np.uint32(3_000_000_000), 1),
        ):
            data = tiff(values[..., None], 1, sample_format=sample_format)
            np.testing.assert_array_equal(read_label_values(data), values)

    def test_few_grey_values_are_not_spread(self):
        pgm = b"P5 3 2 18\n" + IDS.tobytes()
        np.testing.assert_array_equal(read_label_values(pgm), IDS)
        wide = (IDS + np.uint16(300)).astype(">u2")
        pgm = b"P5 3 2 400\n" + wide.tobytes()
        np.testing.assert_array_equal(read_label_values(pgm), wide)

    def test_values_of_16_bits_are_no_colours(self):
        for values in (IDS.astype("uint16"), IDS.astype("int32")):
            with self.assertRaisesRegex(ImageError, "more than 8 bits.*RGB"):
                read_label_values(self.saved(values, "TIFF"), as_colors=True)
        found = read_label_values(self.saved(IDS, "TIFF"), as_colors=True)
        np.testing.assert_array_equal(found[..., 0], IDS)

    def test_float_values_are_no_ids(self):
        with self.assertRaisesRegex(ImageError, "the image has float values"):
            read_label_values(self.saved(IDS.astype("float32"), "TIFF"))

    def test_lossy_files_are_refused_unless_they_are_asked_for(self):
        colors = np.zeros((32, 32, 3), "uint8")
        colors[8:24, 8:24] = 200, 40, 90
        clear = Image.fromarray(colors).convert("RGBA")
        clear.putalpha(Image.fromarray(colors[..., 0]))
        moving = {"save_all": True, "append_images": [clear]}
        lossy = {
            "JPEG": self.saved(colors, "JPEG", quality=95),
            "VP8": self.saved(colors, "WEBP", quality=90),
            "VP8X": self.saved(clear, "WEBP", quality=90),
            "frames": self.saved(clear, "WEBP", quality=90, **moving),
        }
        for kind, data in lossy.items():
            with self.subTest(kind=kind):
                with self.assertRaisesRegex(ImageError, "lossy.*save.*PNG"):
                    read_label_values(data)
                values = read_label_values(data, lossy=True)
                self.assertLess(
                    np.abs(values[16, 16] - [200.0, 40, 90]).max(), 9
                )
        for data in (
            self.saved(colors, "WEBP", lossless=True),
            self.saved(clear, "WEBP", lossless=True, exact=True),
            self.saved(
                clear, "WEBP", lossless=True, exact=True, exif=b"Exif\0\0"
            ),
        ):
            np.testing.assert_array_equal(read_label_values(data), colors)


class LimitTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.addCleanup(set_max_pixels, max_pixels())

    def path(self, kind="PNG"):
        path = self.folder / f"satellite.{kind.lower()}"
        Image.new("RGB", (30, 20)).save(path)
        return path

    def test_a_large_picture_is_refused_by_name_size_limit_and_advice(self):
        set_max_pixels(599)
        for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM"):
            path = self.path(kind)
            for read in (read_image, read_label_values, read_size):
                with self.assertRaises(TooManyPixelsError) as context:
                    read(path)
                message = str(context.exception)
                for part in (
                    str(path), "30 x 20", "599", "tiles", "`max_pixels=600`",
                ):  # fmt: skip
                    self.assertIn(part, message)
                self.assertNotIn("attack", message)
        set_max_pixels(600)
        self.assertEqual(read_image(self.path("TIFF")).shape, (20, 30, 3))
        self.assertEqual(read_size(self.path("PNG")), (20, 30))

    def test_an_argument_comes_before_the_setting(self):
        set_max_pixels(10)
        self.assertEqual(read_image(self.path(), max_pixels=600).size, 1800)
        with self.assertRaisesRegex(TooManyPixelsError, "limit of 599"):
            read_image(self.path(), max_pixels=599)

    def test_who_sends_a_picture_is_not_told_of_settings(self):
        data = self.path().read_bytes()
        with self.assertRaises(TooManyPixelsError) as context:
            read_image(data, max_pixels=599)
        self.assertRegex(str(context.exception), "30 x 20.*make it smaller")
        self.assertNotIn("max_pixels", str(context.exception))

    def test_a_header_alone_is_enough_to_refuse(self):
        width, height = 20_000, 20_001  # more than Pillow opens
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        bmp = io.BytesIO()
        Image.new("L", (1, 1)).save(bmp, "BMP")
        bmp = bytearray(bmp.getvalue())
        bmp[18:26] = struct.pack("<ii", width, height)
        ppm = b"P6 %d %d 255\n" % (width, height)
        for name, data in (("a.png", png), ("a.bmp", bmp), ("a.ppm", ppm)):
            path = self.folder / name
            path.write_bytes(data)
            for read in (read_image, read_label_values, read_size):
                with self.assertRaisesRegex(
                    TooManyPixelsError,
                    f"{name} has 20000 x 20001 pixels.*max_pixels=400020000",
                ):
                    read(path)
            set_max_pixels(width * height)
            self.assertEqual(read_size(path), (height, width))
            set_max_pixels(178_956_970)

    def test_pillow_keeps_its_own_limit_which_does_not_count_here(self):
        with mock.patch.object(Image, "MAX_IMAGE_PIXELS", 10):
            for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM"):
                path = self.path(kind)
                self.assertEqual(read_image(path).shape, (20, 30, 3))
                self.assertEqual(read_size(path), (20, 30))
                self.assertEqual(Image.MAX_IMAGE_PIXELS, 10)

    def test_a_limit_is_positive(self):
        with self.assertRaisesRegex(ValueError, "positive.*max_pixels=0"):
            set_max_pixels(0)

    def test_phone_formats_are_named(self):
        with self.assertRaisesRegex(ImageError, "HEIC.*convert it to JPEG"):
            read_image(b"\0\0\0\x18ftypheic" + bytes(20))
