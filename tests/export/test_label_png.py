import tempfile
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from keras_semsynth import Synthesizer
from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.export.label_png import label_files_differ
from keras_semsynth.export.label_png import label_png_reader
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.synthesis.layout_reading import read_layout
from tests.export import label_files

IDS = np.arange(35, dtype="uint8").reshape(5, 7) % 4


class LabelPNGTest(unittest.TestCase):
    def reader(self, num_classes=4, label_png="ids", **rule):
        classes = None
        if rule:
            rule = {"num_real_classes": num_classes, **rule}
            classes = Classes(num_classes, label_rule=LabelRule(**rule))
        # Only its number of classes is read.
        generator = SPADEGenerator(num_classes, (32, 32), filters=1)
        self.synthesizer = Synthesizer(generator, classes=classes)
        reader = label_png_reader(self.synthesizer, label_png == "label_files")
        self.read = tf.function(
            lambda files: reader(files, lambda heights, widths: []),
            input_signature=[tf.TensorSpec([None], tf.string)],
            autograph=False,
        )

    def assert_read(self, file, expected):
        read = self.read(tf.constant([file, file])).numpy()
        np.testing.assert_array_equal(read, np.stack([expected] * 2))

    def assert_read_as_pillow_does(self, file):
        with tempfile.NamedTemporaryFile(suffix=".png") as handle:
            handle.write(file)
            handle.flush()
            expected = read_layout(handle.name, self.synthesizer.classes)
        self.assert_read(file, expected)

    def test_every_kind_of_png_gives_its_ids(self):
        self.reader()
        palette = generate_palette(4)
        for file in (
            label_files.grey(IDS),
            label_files.grey(IDS.astype("uint16")),
            label_files.indexed(IDS),
            label_files.indexed(IDS, palette[::-1]),
            label_files.indexed(IDS, bits=4),
            label_files.indexed(IDS, bits=2),
            label_files.indexed(IDS, transparency=b"\x00\x10"),
            label_files.color(palette[IDS]),
            label_files.color(
                np.concatenate([palette[IDS], IDS[..., None]], axis=-1)
            ),
            label_files.png(
                Image.merge("LA", [Image.fromarray(c) for c in (IDS, IDS)])
            ),
            label_files.small_grey(IDS, bits=4),
            label_files.small_grey(IDS, bits=2),
        ):
            self.assert_read(file, IDS)
            self.assert_read_as_pillow_does(file)
        self.assert_read(label_files.indexed(IDS % 2, bits=1), IDS % 2)
        self.assert_read(
            label_files.png(Image.fromarray(IDS % 2 == 1)), IDS % 2
        )

    def test_16_bits_hold_many_classes(self):
        self.reader(num_classes=700)
        ids = (np.arange(700) % 700).reshape(20, 35).astype("uint16")
        self.assert_read(label_files.grey(ids), ids)

    def test_ids_of_a_request_are_those_of_the_model(self):
        # Label files as those of ADE20K: 0 is unlabelled, 1 is class 0.
        rule = {"id_map": {0: 4, 1: 0, 2: 1, 3: 2, 4: 3}, "extra_class": True}
        self.reader(num_classes=5, num_real_classes=4, **rule)
        self.assertTrue(label_files_differ(self.synthesizer))
        self.assert_read(label_files.grey(IDS + 1), IDS + 1)
        self.reader(
            num_classes=5, label_png="label_files", num_real_classes=4, **rule
        )
        self.assert_read(label_files.grey(IDS + 1), IDS)
        self.assert_read_as_pillow_does(label_files.grey(IDS + 1))

    def test_an_ignored_label_keeps_its_meaning(self):
        self.reader(num_classes=4, num_real_classes=3, ignore_label=255)
        self.assertFalse(label_files_differ(self.synthesizer))
        raw = np.where(IDS == 3, 255, IDS).astype("uint8")
        self.assert_read(label_files.grey(raw), IDS)
        self.assert_read(label_files.grey(IDS), IDS)
        with self.assertRaisesRegex(
            tf.errors.InvalidArgumentError,
            r"id 77, but the model knows 0 to 3 \(class 0 to class 3\) and 255",
        ):
            self.read(tf.constant([label_files.grey(IDS + 74)]))

    def test_label_files_may_be_read_by_their_colours(self):
        colors = generate_palette(4)
        self.reader(label_png="label_files", colors=colors, always_colors=True)
        shuffled = label_files.indexed(3 - IDS, colors[::-1])
        self.assert_read(shuffled, IDS)
        self.assert_read_as_pillow_does(shuffled)

    def test_a_tolerance_takes_the_nearest_colour(self):
        colors = np.array([(0, 0, 0), (200, 0, 0), (0, 200, 0), (0, 0, 200)])
        rule = {"colors": colors, "palette_tolerance": 20}
        noise = np.random.default_rng(0).integers(0, 12, (*IDS.shape, 3))
        smeared = label_files.color((colors[IDS] + noise).astype("uint8"))
        far = label_files.color((colors[IDS] + 20).astype("uint8"))
        for label_png in ("ids", "label_files"):
            self.reader(label_png=label_png, always_colors=True, **rule)
            self.assert_read(smeared, IDS)
            self.assert_read_as_pillow_does(smeared)
            self.assert_read(
                label_files.color(colors[IDS].astype("uint8")), IDS
            )
            with self.assertRaisesRegex(
                tf.errors.InvalidArgumentError, "not in the palette"
            ):
                self.read(tf.constant([far]))

    def test_listed_values_are_read_from_masks(self):
        rule = {"id_map": {0: 0, 255: 1}, "num_real_classes": 2}
        mask = np.where(IDS % 2, 255, 0).astype("uint8")
        for label_png in ("ids", "label_files"):
            self.reader(num_classes=2, label_png=label_png, **rule)
            self.assert_read(label_files.grey(mask), IDS % 2)
            self.assert_read_as_pillow_does(label_files.grey(mask))

    def test_files_with_broken_chunks_are_refused(self):
        self.reader()
        file = label_files.indexed(IDS)
        for broken in (
            file[:33],
            file[:36],
            # A palette that claims two gigabytes, and nothing behind it.
            file[:33] + b"\x7f\xff\xff\xffPLTE",
            file[:33] + b"\xff\xff\xff\xffPLTE" + file[41:],
            file[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 1001 + file[33:],
        ):
            with self.assertRaisesRegex(
                tf.errors.InvalidArgumentError, "no pixels follow its header"
            ):
                self.read(tf.constant([broken]))
        flipped = bytearray(file)
        flipped[30] ^= 1  # checksum of the header
        with self.assertRaises(tf.errors.InvalidArgumentError):
            self.read(tf.constant([bytes(flipped)]))
