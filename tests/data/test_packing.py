"""What is written into a pack, and what becomes of it when something fails."""

import pathlib
import unittest
from unittest import mock

import numpy as np

from keras_semsynth import data
from keras_semsynth.data.packed_samples import decode_sample
from keras_semsynth.data.packed_samples import encode_sample
from keras_semsynth.files import DiskFullError
from keras_semsynth.files import record_file
from tests.data import files
from tests.data.packs import MODES
from tests.data.packs import PackTestCase


class SamplesTest(PackTestCase):
    def test_a_sample_is_read_back_equal_whatever_its_ids(self):
        random = np.random.default_rng(0)
        image = random.integers(0, 256, (6, 5, 3), dtype="uint8")
        for label_type, instance_type in (
            ("uint8", None),
            ("int32", "uint16"),
            ("uint8", "int32"),
            ("uint8", "uint32"),
        ):
            label_map = random.integers(0, 250, (6, 5)).astype(label_type)
            instance_map = None
            if instance_type is not None:
                top = np.iinfo(instance_type).max
                instance_map = random.integers(0, top, (6, 5), "int64")
                instance_map = instance_map.astype(instance_type)
            sample = data.Sample(image, label_map, instance_map, "a\udcff.png")
            found = decode_sample(encode_sample(sample), "record 0")
            self.assertEqual(found.name, sample.name)
            np.testing.assert_array_equal(found.image, image)
            np.testing.assert_array_equal(found.label_map, label_map)
            self.assertEqual(found.label_map.dtype, label_map.dtype)
            if instance_map is None:
                self.assertIsNone(found.instance_map)
                continue
            np.testing.assert_array_equal(found.instance_map, instance_map)
            self.assertEqual(found.instance_map.dtype, instance_map.dtype)

    def test_bytes_that_are_no_sample_are_refused(self):
        record = encode_sample(
            data.Sample(np.zeros((2, 3, 3), "uint8"), np.zeros((2, 3), "uint8"))
        )
        torn = record[: len(record) // 2]
        for wrong in (b"", b"{}\n", b"\xff\n", torn, b"[1]\n" + record):
            with self.assertRaisesRegex(ValueError, "record 4"):
                decode_sample(wrong, "record 4")


class WritingTest(PackTestCase):
    def left(self):
        return sorted(path.name for path in self.output.parent.iterdir())

    def test_what_exists_is_not_replaced(self):
        arguments = self.write()
        self.output.mkdir(parents=True)
        with self.assertRaisesRegex(ValueError, "exists already"):
            self.pack(arguments, **MODES["fixed"])
        self.assertEqual(list(self.output.iterdir()), [])

    def test_packs_and_photographs_alone_are_not_packed(self):
        arguments = self.write()
        self.pack(arguments, **MODES["fixed"])
        packed = data.describe("packed", self.output)
        with self.assertRaisesRegex(ValueError, "is packed already"):
            data.write_pack(self.root / "again", packed, None, *self.geometries)
        for side in ("trainA", "trainB"):
            files.write_image(self.root / side / "1.png")
        unpaired = data.describe("unpaired", self.root)
        with self.assertRaisesRegex(ValueError, "without label maps"):
            data.write_pack(
                self.root / "again", unpaired, None, *self.geometries
            )

    def test_a_file_that_cannot_be_read_leaves_nothing_behind(self):
        arguments = self.write()
        (self.root / "files/images/d.jpg").write_bytes(b"torn")
        with self.assertRaisesRegex(ValueError, "d.jpg"):
            self.pack(arguments, **MODES["fixed"])
        self.assertEqual(self.left(), [])

    def test_an_interruption_leaves_nothing_behind(self):
        arguments = self.write()

        def stop(done, total):
            self.assertEqual(total, 7)
            if done == 3:
                raise KeyboardInterrupt

        self.pack(arguments, **MODES["fixed"])
        output = self.root / "packs/other"
        with self.assertRaises(KeyboardInterrupt):
            data.write_pack(
                output, *self.splits, *self.geometries, progress=stop
            )
        self.assertEqual(self.left(), ["mine"])

    def test_a_full_disk_is_said_and_leaves_nothing_behind(self):
        arguments = self.write()
        error = OSError("write() failed: No space left on device; writing x")
        with mock.patch.object(
            record_file.RecordWriter, "write", side_effect=error
        ):
            with self.assertRaisesRegex(DiskFullError, "is full"):
                self.pack(arguments, **MODES["fixed"])
        self.assertEqual(self.left(), [])

    def test_the_writer_says_what_the_system_says(self):
        if not pathlib.Path("/dev/full").exists():
            self.skipTest("there is no /dev/full")
        writer = record_file.RecordWriter("/dev/full")
        with self.assertRaisesRegex(OSError, "No space left"):
            for _ in range(100):
                writer.write(bytes(100_000))
            writer.close()
        with self.assertRaisesRegex(OSError, "No such file"):
            record_file.RecordWriter(self.root / "absent/a").close()


if __name__ == "__main__":
    unittest.main()
