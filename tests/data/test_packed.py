"""Training on a pack is training on the files that it was made of."""

import shutil
import sys
import unittest
from unittest import mock

import numpy as np

from keras_semsynth import data
from keras_semsynth.data.validation import validate
from keras_semsynth.files import record_file
from tests.data import files
from tests.data.packs import MODES
from tests.data.packs import PackTestCase


class SameBatchesTest(PackTestCase):
    def test_batches_are_those_of_the_files_in_every_mode(self):
        arguments = self.write()
        for mode, sizes in MODES.items():
            with self.subTest(mode):
                self.pack(arguments, preprocess_mode=mode, **sizes)
                known = data.get_dataset("packed").variant(
                    {"data_dir": self.output}
                )
                for split, dataset, geometry in zip(
                    ("train", "val"), self.splits, self.geometries, strict=True
                ):
                    training = split == "train"
                    packed = data.describe("packed", self.output, split)
                    # What the pack says needs no argument.
                    own = data.make_preprocessing(known, training)
                    same = data.make_preprocessing(
                        known, training, preprocess_mode=mode, **sizes
                    )
                    self.assertEqual(vars(own), vars(same))
                    # Seven batches of two are over three epochs.
                    self.check_same(
                        *(
                            data.make_pipeline(
                                each, given, 2 if training else 1, training, 7
                            )
                            for each, given in (
                                (dataset, geometry),
                                (packed, own),
                            )
                        ),
                        count=7 if training else 2,
                    )
                shutil.rmtree(self.output)

    def test_it_goes_on_from_the_middle_of_an_epoch(self):
        arguments = self.write()
        self.pack(arguments, **MODES["resize_and_crop"])
        packed = data.describe("packed", self.output)
        streams = [
            data.make_pipeline(
                dataset, self.geometries[0], 2, True, seed=3, start_step=start
            )
            for dataset, start in (
                (self.splits[0], 0),
                (packed, 3),
                (self.splits[0], 3),
            )
        ]
        self.check_same(streams[0].skip(3), streams[1], count=4)
        self.check_same(streams[2], streams[1], count=4)

    def test_load_takes_the_preprocessing_of_the_pack(self):
        arguments = self.write()
        sizes = MODES["fixed"]
        self.pack(arguments, preprocess_mode="fixed", **sizes)
        for split in ("train", "val"):
            options = {"split": split, "batch_size": 2, "seed": 5}
            self.check_same(
                data.load(
                    "folder",
                    preprocess_mode="fixed",
                    **sizes,
                    **arguments,
                    **options,
                ),
                data.load("packed", self.output, **options),
            )

    def test_the_official_distortion_is_not_done_twice(self):
        arguments = self.write()
        self.pack(
            arguments,
            preprocess_mode="scale_shortside_and_crop",
            load_size=16,
            image_size=(8, 8),
            legacy_shortside=True,
        )
        packed = data.describe("packed", self.output)
        self.check_same(
            *(
                data.make_pipeline(dataset, self.geometries[0], 1, True)
                for dataset in (self.splits[0], packed)
            ),
            count=6,
        )

    def test_without_held_out_samples_those_of_training_are_shown(self):
        arguments = self.write(with_val=False, with_instances=False)
        pack = self.pack(arguments, **MODES["resize_and_crop"])
        self.assertEqual(
            [file.name for file in pack.description.files],
            ["train.array_record", "train_shown.array_record"],
        )
        self.assertIsNone(data.describe("packed", self.output, "val"))
        packed = data.describe("packed", self.output)
        self.assertFalse(packed.use_edge_map)
        for geometry in self.geometries:
            self.check_same(
                data.make_pipeline(self.splits[0], geometry, 1, False),
                data.make_pipeline(packed, geometry, 1, False),
            )


class KnownDatasetTest(PackTestCase):
    def test_a_pack_is_scored_as_the_dataset_that_it_was_made_of(self):
        for split, folder in (("train", "training"), ("val", "validation")):
            name = f"{folder}/ADE_{split}_00000001"
            files.write_image(self.root / f"images/{name}.jpg")
            files.write_labels(
                self.root / f"annotations/{name}.png", files.stripes()
            )
        arguments = {"data_dir": self.root, "ade_label_shift": True}
        splits = [
            data.describe("ade20k", split=split, **arguments)
            for split in ("train", "val")
        ]
        geometries = [
            data.make_preprocessing("ade20k", training)
            for training in (True, False)
        ]
        data.write_pack(self.output, *splits, *geometries, arguments)
        known = data.get_dataset("packed").variant({"data_dir": self.output})
        source = data.get_dataset("ade20k").variant(arguments)
        self.assertEqual(known.scorer, source.scorer)
        self.assertEqual(known.metrics, source.metrics)
        self.assertEqual(known.classes, source.classes)
        np.testing.assert_array_equal(known.scorer_ids, source.scorer_ids)


class PackedDatasetTest(PackTestCase):
    def setUp(self):
        super().setUp()
        self.arguments = self.write()
        self.pack(self.arguments, **MODES["resize_and_crop"])

    def test_it_is_the_dataset_that_was_packed(self):
        packed = data.describe("packed", self.output)
        self.assertEqual(packed.classes, self.splits[0].classes)
        self.assertEqual(packed.name, "folder")
        self.assertEqual(len(packed), 5)
        self.assertEqual(packed.read(0).name, self.splits[0].read(0).name)
        fewer = data.describe(
            "packed", self.output, max_dataset_size=2, use_edge_map=False
        )
        self.assertEqual(len(fewer), 2)
        self.assertIsNone(fewer.read(1).instance_map)
        known = data.get_dataset("packed").variant({"data_dir": self.output})
        self.assertEqual(known.name, "folder")

    def test_another_preprocessing_is_refused_in_one_sentence(self):
        packed = data.describe("packed", self.output)
        other = data.make_preprocessing("folder", True, image_size=(16, 16))
        expected = (
            r"holds the train split resized to 18x22 \(height x width\), but "
            r"to 18x18 \(height x width\) is asked for"
        )
        for use in (
            lambda: validate(packed, other),
            lambda: data.make_pipeline(packed, other, 1, True),
            lambda: packed.read_resized(0, other),
        ):
            with self.assertRaisesRegex(ValueError, expected):
                use()
        # The size that it has is no other.
        own = data.Preprocessing("fixed", crop_size=(18, 22))
        self.assertEqual(packed.read_resized(0, own).image.shape, (18, 22, 3))

    def test_a_flipped_byte_is_found_and_named(self):
        path = self.output / "train.array_record"
        packed = data.describe("packed", self.output)
        record = record_file.RecordReader(path, 5).read(3)
        content = bytearray(path.read_bytes())
        place = content.find(record[-40:])
        self.assertGreater(place, 0)
        content[place + 20] ^= 1
        path.write_bytes(content)
        packed = data.describe("packed", self.output)
        packed.read(2)
        expected = "Record 3 of .*train.array_record is damaged .*hash mismatch"
        with self.assertRaisesRegex(ValueError, expected):
            packed.read(3)
        with self.assertRaisesRegex(ValueError, expected):
            validate(packed, self.geometries[0])
        report = data.check_dataset("packed", {"data_dir": self.output})
        self.assertTrue(report.failed)
        self.assertRegex(str(report), expected)
        stream = data.make_pipeline(packed, self.geometries[0], 5, True)
        with self.assertRaises(Exception) as caught:
            list(stream.take(1))
        self.assertRegex(str(data.sample_error(caught.exception)), expected)

    def test_the_check_of_good_records_says_what_they_are(self):
        report = data.check_dataset("packed", {"data_dir": self.output})
        self.assertFalse(report.failed, str(report))
        self.assertIn(
            "train: 5 records of folder, resized to 18x22", str(report)
        )
        self.assertIn("val: 2 records of folder, resized to 16x16", str(report))

    def test_what_is_not_whole_is_refused(self):
        path = self.output / "train.array_record"
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with self.assertRaisesRegex(ValueError, "is damaged: it has"):
            data.describe("packed", self.output)
        path.write_bytes(bytes(len(content)))
        with self.assertRaisesRegex(ValueError, "must hold 5 records"):
            data.describe("packed", self.output).read(0)
        path.unlink()
        with self.assertRaisesRegex(ValueError, "lacks its file train.array"):
            data.describe("packed", self.output)
        (self.output / "pack.json").write_text("{}")
        with self.assertRaisesRegex(ValueError, "pack.json cannot be read"):
            data.describe("packed", self.output)
        (self.output / "pack.json").unlink()
        for use in (
            lambda: data.describe("packed", self.output),
            lambda: data.load("packed", self.output),
        ):
            with self.assertRaisesRegex(ValueError, "holds no pack.json"):
                use()

    def test_instance_maps_that_are_not_there_are_refused(self):
        shutil.rmtree(self.output)
        shutil.rmtree(self.root / "files")
        shutil.rmtree(self.root / "val_files")
        self.pack(self.write(with_instances=False), **MODES["fixed"])
        with self.assertRaisesRegex(ValueError, "holds no instance maps"):
            data.describe("packed", self.output, use_edge_map=True)

    def test_a_missing_package_is_named_with_its_extra(self):
        packed = data.describe("packed", self.output)
        with mock.patch.dict(sys.modules, {"array_record.python": None}):
            with self.assertRaisesRegex(ImportError, r"keras_semsynth\[pack\]"):
                packed.read(0)


if __name__ == "__main__":
    unittest.main()
