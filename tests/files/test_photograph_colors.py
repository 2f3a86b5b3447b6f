"""Transparency and colour profiles of photographs."""

import io
import struct
import threading
import unittest
import zlib

import numpy as np
from PIL import Image

from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_plain_photograph
from tests.files.photograph_files import FOUR
from tests.files.photograph_files import exif
from tests.files.photograph_files import saved
from tests.files.photograph_files import scene
from tests.files.photograph_files import with_chunk
from tests.files.png_files import chunk
from tests.files.png_files import small_grey
from tests.files.profiles import grey_profile
from tests.files.profiles import ink_profile
from tests.files.profiles import srgb_profile
from tests.files.profiles import swapped_profile


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
            # By this profile, cyan is what prints red.
            ink = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
            data = saved(ink, kind, icc_profile=ink_profile())
            red, green, blue = self.color(data)
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
