import os
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth import data
from keras_semsynth.data import Classes
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.evaluation.samples import DatasetTargets
from keras_semsynth.evaluation.samples import FolderTargets
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import fingerprint
from keras_semsynth.evaluation.samples import pair_folders
from keras_semsynth.evaluation.sources import FolderSource
from tests.data.files import stripes
from tests.data.files import write_image
from tests.data.files import write_labels
from tests.files.photograph_files import exif
from tests.files.photograph_files import scene


class SamplesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, kind, names, size=(16, 24)):
        for i, name in enumerate(names):
            write_image(self.root / kind / name, size, seed=i)
        return str(self.root / kind)

    def test_pairs_files_of_the_same_name(self):
        generated = self.write("generated", ["b.png", "a.png"])
        real = self.write("real", ["a.jpg", "b.jpg"])
        paths, others = pair_folders(generated, {"real": real, "labels": None})
        self.assertEqual(
            [os.path.basename(p) for p in paths], ["a.png", "b.png"]
        )
        self.assertEqual(
            [os.path.basename(p) for p in others["real"]], ["a.jpg", "b.jpg"]
        )
        self.assertIsNone(others["labels"])

    def test_a_folder_may_hold_photographs_and_label_maps(self):
        generated = self.write("generated", ["a.png", "b.png"])
        base = self.write("base", ["a.jpg", "b.jpg", "a.png", "b.png"])
        _, others = pair_folders(generated, {"real": base, "labels": base})
        self.assertEqual(
            [os.path.basename(p) for p in others["real"]], ["a.jpg", "b.jpg"]
        )
        self.assertEqual(
            [os.path.basename(p) for p in others["labels"]], ["a.png", "b.png"]
        )

    def test_generated_images_are_named_like_label_maps(self):
        generated = self.write("generated", ["a_mask.png"])
        folders = {
            "real": self.write("real", ["a.jpg"]),
            "labels": self.write("labels", ["a_mask.png", "a_color.png"]),
        }
        arguments = {"label_suffix": "_mask"}
        _, others = pair_folders(generated, folders, arguments)
        self.assertEqual(
            [os.path.basename(p) for p in others["labels"]], ["a_mask.png"]
        )
        with self.assertRaisesRegex(ValueError, "`generated` and `real`"):
            pair_folders(generated, folders)

    def test_other_counts_and_names_are_one_sentence(self):
        generated = self.write("generated", ["a.png", "b.png"])
        fewer = self.write("fewer", ["a.png"])
        other = self.write("other", ["a.png", "c.png"])
        with self.assertRaisesRegex(ValueError, "holds 2 images but `real"):
            pair_folders(generated, {"real": fewer})
        with self.assertRaisesRegex(
            ValueError, "`generated` and `real` do not"
        ):
            pair_folders(generated, {"real": other})
        empty = self.root / "empty"
        empty.mkdir()
        with self.assertRaisesRegex(ValueError, "holds no images"):
            pair_folders(str(empty), {"real": other})

    def test_real_images_are_resized_as_pillow_does_and_labels_by_centres(self):
        path = write_image(self.root / "real" / "a.png", (64, 128))
        label_map = np.arange(64 * 128).reshape(64, 128) % 251
        labels = write_labels(self.root / "labels" / "a.png", label_map)
        targets = FolderTargets(
            ["a"], [path], [labels], None, (16, 32), Classes(251)
        )
        target = targets.read(0)
        with Image.open(path) as image:
            expected = image.resize((32, 16), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(target.image, np.asarray(expected))
        # Reduced four times: pixel 4 i + 2.
        np.testing.assert_array_equal(target.label_map, label_map[2::4, 2::4])

    def test_real_images_are_read_as_a_viewer_shows_them(self):
        path = self.root / "a.jpg"
        image = Image.fromarray(np.rot90(scene()))
        image.save(path, quality=100, exif=exif(6))
        targets = FolderTargets(["a"], [path], None, None, (16, 24))
        shown = targets.read(0).image.astype(int)
        self.assertLess(np.abs(shown - scene()).mean(), 2)
        source = FolderSource([path])
        self.assertEqual(source.image_size, (16, 24))
        np.testing.assert_array_equal(
            source.images([Target("a")], [0], seed=0)[0], shown
        )

    def test_a_dataset_gives_targets_at_any_size(self):
        dataset = data.describe("landscapes", split="val", count=3)
        targets = DatasetTargets(
            dataset, Preprocessing("fixed", crop_size=(64, 64)), max_images=2
        )
        self.assertEqual(len(targets), 2)
        self.assertEqual(targets.read(1).label_map.shape, (64, 64))
        half = targets.read(1, (32, 32))
        self.assertEqual(half.image.shape, (32, 32, 3))
        self.assertEqual(half.label_map.shape, (32, 32))

    def test_the_fingerprint_changes_with_a_file(self):
        path = write_labels(self.root / "a.png", stripes())
        before = fingerprint([(path,)])
        self.assertEqual(before, fingerprint([(path,)]))
        write_labels(self.root / "a.png", stripes(ids=(2, 0, 1, 2)))
        os.utime(path, ns=(1, 1))
        self.assertNotEqual(before, fingerprint([(path,)]))

    def test_instances_keep_their_ids(self):
        instances = np.zeros((8, 8), "uint16")
        instances[2:6, 2:6] = 26003
        path = write_labels(self.root / "i.png", instances, mode="I;16")
        targets = FolderTargets(["i"], None, None, [path], (8, 8))
        np.testing.assert_array_equal(targets.read(0).instance_map, instances)
