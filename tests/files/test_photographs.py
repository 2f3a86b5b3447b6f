"""What `read_image` shows of photographs of every kind."""

import io
import pathlib
import struct
import tempfile
import threading
import unittest
import zlib

import numpy as np
from PIL import Image
from PIL import ImageOps

from keras_semsynth.files import image_headers
from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_plain_photograph
from keras_semsynth.files.images import read_size
from tests.files.png_files import chunk
from tests.files.png_files import small_grey
from tests.files.profiles import grey_profile
from tests.files.profiles import srgb_profile
from tests.files.profiles import swapped_profile

ORIENTATIONS = range(1, 9)
FOUR = np.array([[0, 80, 160], [240, 40, 200]], "uint8")


def saved(image, kind, **options):
    buffer = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


def scene():
    """A photograph of 16x24 pixels whose corners differ."""
    image = np.full((16, 24, 3), 90, "uint8")
    image[:8, :8], image[:8, 16:], image[8:, :8] = 250, 170, 10
    return image


def with_chunk(png, kind, content):
    return png[:33] + chunk(kind, content) + png[33:]


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


class AlphaTest(unittest.TestCase):
    def assert_grey(self, data, expected):
        shown = read_image(data).astype(int)
        self.assertEqual(np.ptp(shown, axis=-1).max(), 0)
        self.assertLessEqual(
            np.abs(shown[..., 0] - np.asarray(expected)).max(), 1
        )

    def test_transparent_parts_show_a_white_page(self):
        alpha = np.array([[255, 0, 128], [255, 255, 51]], "uint8")
        share = alpha / 255
        expected = FOUR * share + 255 * (1 - share)
        for mode in ("LA", "RGBA"):
            image = Image.fromarray(FOUR).convert(mode)
            image.putalpha(Image.fromarray(alpha))
            for kind in ("PNG", "TIFF"):
                self.assert_grey(saved(image, kind), expected)
        self.assert_grey(saved(image, "WEBP", lossless=True), expected)

    def test_a_transparent_colour_is_white(self):
        expected = np.where(FOUR == 80, 255, FOUR)
        self.assert_grey(saved(FOUR, "PNG", transparency=80), expected)
        color = Image.fromarray(FOUR).convert("RGB")
        self.assert_grey(
            saved(color, "PNG", transparency=(80, 80, 80)), expected
        )
        wide = saved(FOUR.astype("uint16") * 257, "PNG")
        self.assert_grey(
            with_chunk(wide, b"tRNS", struct.pack(">H", 80 * 257)), expected
        )
        # Only the exact number is transparent, not what rounds to it.
        near = with_chunk(wide, b"tRNS", struct.pack(">H", 80 * 257 + 1))
        self.assert_grey(near, FOUR)
        for depth, rows, key, values in (
            (4, [[0x0A, 0xF0]], 10, [[0, 255, 255]]),
            (2, [[0b00011000]], 1, [[0, 255, 170]]),
            (1, [[0b01000000]], 0, [[255, 255, 255]]),
        ):
            data = small_grey(depth, rows, 3)
            data = with_chunk(data, b"tRNS", struct.pack(">H", key))
            self.assert_grey(data, values)

    def test_a_palette_may_hold_transparent_entries(self):
        image = Image.fromarray(FOUR // 80, "P")
        image.putpalette([0, 0, 0, 90, 90, 90, 180, 180, 180, 240, 240, 240])
        data = saved(image, "PNG", transparency=bytes([255, 0, 51, 255]))
        expected = np.array([0, 255, 240, 240])[FOUR // 80]
        self.assert_grey(data, expected)
        data = saved(image, "GIF", transparency=1)
        expected = np.array([0, 255, 180, 240])[FOUR // 80]
        self.assert_grey(data, expected)

    def test_label_maps_do_not_heed_transparency(self):
        data = saved(FOUR, "PNG", transparency=80)
        np.testing.assert_array_equal(read_label_values(data), FOUR)
        clear = Image.fromarray(FOUR).convert("RGBA")
        clear.putalpha(0)
        np.testing.assert_array_equal(
            read_label_values(saved(clear, "PNG"))[..., 0], FOUR
        )

    def test_a_transparent_colour_of_16_bits_is_refused(self):
        header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
        data = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"tRNS", bytes(6))
            + chunk(b"IDAT", zlib.compress(bytes(7)))
            + chunk(b"IEND", b"")
        )
        with self.assertRaisesRegex(ImageError, "stands for transparency"):
            read_image(data)


class ColorTest(unittest.TestCase):
    red = Image.new("RGB", (4, 3), (200, 30, 10))

    def color(self, data):
        return read_image(data)[1, 1].astype(int).tolist()

    def test_another_profile_is_converted_in_every_format(self):
        profile = swapped_profile()
        options = {"JPEG": {"quality": 100}, "WEBP": {"lossless": True}}
        for kind in ("PNG", "TIFF", "JPEG", "WEBP"):
            data = saved(
                self.red, kind, icc_profile=profile, **options.get(kind, {})
            )
            red, _, blue = self.color(data)
            self.assertGreater(blue, 150, kind)
            self.assertLess(red, 60, kind)
        clear = self.red.convert("RGBA")
        data = saved(clear, "PNG", icc_profile=profile)
        self.assertGreater(self.color(data)[2], 150)
        indexed = self.red.convert("P", palette=Image.Palette.ADAPTIVE)
        data = saved(indexed, "PNG", icc_profile=profile)
        self.assertGreater(self.color(data)[2], 150)

    def test_srgb_is_left_as_it_is(self):
        gradient = np.stack(
            np.meshgrid(np.arange(256), np.arange(256)), -1
        ).astype("uint8")
        gradient = np.concatenate([gradient, gradient[..., :1] // 2], -1)
        data = saved(gradient, "PNG", icc_profile=srgb_profile())
        np.testing.assert_array_equal(read_image(data), gradient)

    def test_grey_follows_a_grey_profile(self):
        grey = Image.new("L", (4, 3), 100)
        for kind in ("PNG", "TIFF"):
            linear = saved(grey, kind, icc_profile=grey_profile(1.0))
            # 100 / 255 of the light of white.
            self.assertAlmostEqual(self.color(linear)[0], 168, delta=3)
        wide = np.full((3, 4), 100 * 257, "uint16")
        data = with_chunk(
            saved(wide, "PNG"),
            b"iCCP",
            b"x\0\0" + zlib.compress(grey_profile(1.0)),
        )
        self.assertAlmostEqual(self.color(data)[0], 168, delta=3)

    def test_a_profile_that_cannot_be_used_means_srgb(self):
        expected = [200, 30, 10]
        for profile in (
            b"rubbish",
            swapped_profile()[:200],
            grey_profile(1.0),  # of another colour space
        ):
            for kind in ("PNG", "TIFF"):
                data = saved(self.red, kind, icc_profile=profile)
                self.assertEqual(self.color(data), expected)
        plain = saved(self.red, "PNG")
        for content in (
            b"",
            b"name without an end",
            b"x\0\1" + zlib.compress(swapped_profile()),
            b"x\0\0" + zlib.compress(swapped_profile())[:50],
            # A few kilobytes that expand to fifty megabytes.
            b"x\0\0" + zlib.compress(swapped_profile() + bytes(50_000_000)),
        ):
            data = with_chunk(plain, b"iCCP", content)
            self.assertEqual(self.color(data), expected)

    def test_the_gamma_of_a_png_counts_unless_it_calls_itself_srgb(self):
        grey = saved(np.full((3, 4), 100, "uint8"), "PNG")
        linear = with_chunk(grey, b"gAMA", struct.pack(">I", 100_000))
        self.assertAlmostEqual(self.color(linear)[0], 167, delta=2)
        usual = with_chunk(grey, b"gAMA", struct.pack(">I", 45_455))
        self.assertEqual(self.color(usual)[0], 100)
        named = with_chunk(linear, b"sRGB", b"\0")
        self.assertEqual(self.color(named)[0], 100)

    def test_print_and_lab_colours_become_rgb(self):
        for kind in ("JPEG", "TIFF"):
            ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
            red, green, blue = self.color(saved(ink, kind))
            self.assertGreater(red, 200)
            self.assertLess(max(green, blue), 80)
        # Half light, clearly red: a* is stored around 128.
        lab = Image.new("LAB", (4, 3), (140, 188, 168))
        red, green, blue = self.color(saved(lab, "TIFF"))
        self.assertGreater(red, max(green, blue) + 60)

    def test_threads_read_profiles_at_once(self):
        data = saved(self.red, "PNG", icc_profile=swapped_profile())
        found = []

        def read():
            found.extend(self.color(data)[2] for _ in range(5))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(found), 20)
        self.assertEqual(len(set(found)), 1)


class PlainPhotographTest(unittest.TestCase):
    def test_a_plain_file_stays_as_it_is(self):
        for data in (
            saved(scene(), "JPEG"),
            saved(scene(), "PNG"),
            saved(scene(), "JPEG", icc_profile=srgb_profile()),
            saved(FOUR, "PNG"),
        ):
            self.assertEqual(read_plain_photograph(data), data)

    def test_what_another_decoder_would_show_otherwise_becomes_a_png(self):
        clear = Image.fromarray(scene()).convert("RGBA")
        for data in (
            saved(scene(), "JPEG", exif=exif(6)),
            saved(scene(), "PNG", exif=exif(6)),
            saved(scene(), "TIFF"),
            saved(scene(), "WEBP"),
            saved(scene(), "JPEG", icc_profile=swapped_profile()),
            saved(FOUR.astype("uint16") * 257, "PNG"),
            saved(clear, "PNG"),
            saved(FOUR, "PNG", transparency=80),
            saved(Image.new("CMYK", (8, 8)), "JPEG"),
        ):
            plain = read_plain_photograph(data)
            with Image.open(io.BytesIO(plain)) as image:
                self.assertEqual(image.format, "PNG")
                self.assertEqual(image.info, {})
                np.testing.assert_array_equal(
                    np.asarray(image), read_image(data)
                )
