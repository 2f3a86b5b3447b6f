import json
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth.checkpoints.weights import WeightsRecord
from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import get_dataset
from keras_semsynth.data import read_palette
from keras_semsynth.evaluation import photo_labeler
from keras_semsynth.evaluation import segment_folder
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.listing import list_images
from tests.data.files import save
from tests.data.files import write_image


class RedScorer:
    """Class `c` is the red level `c`."""

    def __init__(self, num_classes):
        self.num_classes = num_classes
        self.shapes = []

    def segment(self, images, batch_size):
        self.shapes.append(images.shape[:3])
        return images[..., 0].astype("int32")

    def describe(self):
        return {"network": "red levels"}


class SegmentFolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.photos = self.root / "photos"
        self.output = self.root / "out"
        self.said = []

    def use(self, num_classes):
        """Puts a network that needs no weights in the place of all."""
        scorer = RedScorer(num_classes)
        patch = mock.patch.object(
            photo_labeler,
            "open_scorer",
            lambda name, weights_dir: (scorer, WeightsRecord(name, ())),
        )
        patch.start()
        self.addCleanup(patch.stop)
        return scorer

    def photo(self, name, ids, **options):
        pixels = np.zeros((*np.shape(ids), 3), "uint8")
        pixels[..., 0] = ids
        path = self.photos / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, **options)
        return path

    def segment(self, scorer="deeplabv2_resnet101", **options):
        return segment_folder(
            self.photos,
            self.output,
            scorer,
            on_skip=self.said.append,
            **options,
        )

    def label_map(self, name):
        return read_label_values(str(self.output / "labels" / name))

    def test_landscapes_are_found_again_and_can_be_trained_on(self):
        truth = describe("landscapes", split="val", image_size=(64, 64))
        samples = [truth.read(i) for i in range(6)]
        for i, sample in enumerate(samples):
            save(self.photos / f"{i}.png", Image.fromarray(sample.image))
        result = self.segment("landscapes", sheet_samples=3)
        self.assertEqual((result.made, result.kept, result.skipped), (6, 0, ()))
        right = [
            np.mean(self.label_map(f"{i}.png") == sample.label_map)
            for i, sample in enumerate(samples)
        ]
        self.assertGreater(np.mean(right), 0.95)
        colors, names = read_palette(result.palette)
        self.assertEqual(tuple(names), truth.classes.names)
        np.testing.assert_array_equal(colors, truth.classes.palette)
        report = check_dataset(
            "folder",
            {
                "image_dir": result.image_dir,
                "label_dir": result.label_dir,
                "palette": result.palette,
            },
        )
        self.assertFalse(report.failed, str(report))
        self.assertIn("6 pairs", str(report))
        sheet = read_image(result.sheet)
        for color in colors[np.unique(samples[0].label_map)]:
            self.assertTrue((sheet == color).all(-1).any(), color)

    def test_ids_are_those_of_the_dataset_that_a_network_knows(self):
        for scorer, dataset, number in (
            ("deeplabv2_resnet101", "coco_stuff", 182),
            ("upernet101", "ade20k", 150),
            ("drn_d_105", "cityscapes", 19),
        ):
            with self.subTest(scorer):
                self.use(number)
                known = get_dataset(dataset)
                labeler = photo_labeler.open_labeler(scorer)
                photo = np.zeros((1, number, 3), "uint8")
                photo[0, :, 0] = np.arange(number)
                (found,) = labeler.label([photo])
                self.assertEqual(
                    [labeler.classes.names[i] for i in found[0]],
                    list(known.scorer_class_names),
                )
                np.testing.assert_array_equal(
                    known.scorer_ids[found[0]], np.arange(number)
                )
                self.assertEqual(len(labeler.classes), found.max() + 1)
                colors = labeler.classes.palette
                self.assertEqual(len(np.unique(colors, axis=0)), len(colors))

    def test_label_maps_have_name_folder_size_and_turn_of_the_photograph(self):
        scorer = self.use(182)
        ids = np.arange(6).reshape(2, 3)
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees
        self.photo("a/b.png", ids, exif=exif.tobytes())
        self.photo("wide.png", np.repeat(np.arange(40)[None], 20, 0))
        result = self.segment(max_side=20)
        self.assertEqual(result.made, 2)
        np.testing.assert_array_equal(
            self.label_map("a/b.png"), np.rot90(ids, -1)
        )
        self.assertEqual(self.label_map("wide.png").shape, (20, 40))
        self.assertEqual(sorted(scorer.shapes), [(1, 3, 2), (1, 10, 20)])
        with Image.open(self.output / "labels/wide.png") as image:
            self.assertEqual(image.mode, "P")
        known = json.loads((self.output / "classes.json").read_text())
        self.assertEqual(known["max_side"], 20)
        self.assertEqual(known["classes"][2]["name"], "car")

    def test_photographs_of_one_size_go_through_the_network_together(self):
        scorer = self.use(182)
        for i in range(5):
            self.photo(f"{i}.png", np.full((2, 2 + (i == 4)), i))
        self.segment(batch_size=3)
        self.assertEqual(scorer.shapes, [(3, 2, 2), (1, 2, 2), (1, 2, 3)])
        for i in range(5):
            self.assertEqual(self.label_map(f"{i}.png").max(), i)

    def test_it_goes_on_where_it_ended_and_replaces_nothing(self):
        scorer = self.use(182)
        self.photo("a.png", np.full((2, 2), 1))
        self.segment()
        path = self.output / "labels/a.png"
        before = path.stat().st_mtime_ns
        palette = self.output / "palette.txt"
        content = palette.read_text()
        palette.unlink()
        self.photo("b.png", np.full((2, 2), 2))
        scorer.shapes.clear()
        result = self.segment()
        self.assertEqual((result.made, result.kept), (1, 1))
        self.assertEqual(scorer.shapes, [(1, 2, 2)])
        self.assertEqual(path.stat().st_mtime_ns, before)
        self.assertEqual(palette.read_text(), content)
        with self.assertRaisesRegex(ValueError, "another way.*'max_side'"):
            self.segment(max_side=32)
        self.photo("a.png", np.full((2, 5), 1))
        result = self.segment()
        self.assertRegex(result.skipped[0], "a.png has another size; remove")

    def test_files_of_others_stay(self):
        self.use(182)
        self.photo("a.png", np.full((2, 2), 1))
        own = self.output / "labels/own.png"
        write_image(own)
        before = own.read_bytes()
        with self.assertRaisesRegex(ValueError, "labels exists.*not written"):
            self.segment()
        self.assertEqual(own.read_bytes(), before)
        self.assertEqual(list_images(self.output), [str(own)])

    def test_a_broken_photograph_is_named_and_the_others_are_used(self):
        self.use(182)
        self.photo("a.png", np.full((2, 2), 1))
        (self.photos / "broken.jpg").write_bytes(b"no picture")
        result = self.segment()
        self.assertEqual(result.made, 1)
        self.assertEqual(len(result.skipped), 1)
        self.assertIn("broken.jpg", result.skipped[0])
        self.assertEqual(self.said, [f"Skipped {result.skipped[0]}"])

    def test_what_is_wrong_is_said_before_anything_is_written(self):
        self.use(182)
        with self.assertRaisesRegex(ValueError, "photos does not exist"):
            self.segment()
        self.photos.mkdir()
        with self.assertRaisesRegex(ValueError, "holds no photographs"):
            self.segment()
        self.photo("a.png", np.full((2, 2), 1))
        with self.assertRaisesRegex(ValueError, "outside of it"):
            segment_folder(self.root, self.output, "landscapes")
        for options, message in (
            ({"scorer": "unet"}, "`scorer` must be one of .*landscapes"),
            ({"scorer": "none.keras"}, "There is no file `scorer=none.keras`"),
            ({"max_side": 4}, "`max_side` must be at least 16"),
            ({"batch_size": 0}, "`batch_size` must be at least 1"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.segment(**options)
        self.photo("a.jpg", np.full((2, 2), 1))
        with self.assertRaisesRegex(ValueError, "the same label map"):
            self.segment()
        self.assertFalse(self.output.exists())
