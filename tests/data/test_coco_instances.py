import json
import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import describe
from keras_semsynth.data import draw_coco_instances
from keras_semsynth.data import edge_map_from_instances
from keras_semsynth.data.coco_instances import draw_instances
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from tests.data.files import write_image
from tests.data.files import write_labels


def box(left, top, right, bottom):
    """A polygon around pixels of a box, moved by one."""
    left, top, right, bottom = left + 0.6, top + 0.6, right + 1.4, bottom + 1.4
    return [left, top, right, top, right, bottom, left, bottom]


def run_lengths(mask):
    """Run lengths down the columns, the first of zeros."""
    values = np.asarray(mask).T.ravel()
    changes = np.flatnonzero(np.diff(values)) + 1
    counts = np.diff([0, *changes, len(values)]).tolist()
    counts = [0, *counts] if values[0] else counts
    return {"counts": counts, "size": list(np.shape(mask))}


class CocoInstancesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.labels = np.full((10, 12), 90)
        self.labels[:, 6:] = 255
        self.labels[2:8, 1:5] = 2
        self.crowd = np.zeros((10, 12), int)
        self.crowd[0, 8:11] = self.crowd[9, 11] = 1
        write_labels(self.label_dir / "000000000007.png", self.labels)
        write_labels(self.label_dir / "000000000009.png", self.labels)
        self.content = {
            "images": [
                {
                    "id": number,
                    "file_name": f"{number:012d}.jpg",
                    "height": 10,
                    "width": 12,
                }
                for number in (9, 7, 11)
            ],
            "annotations": [
                self.annotation(1, 7, [box(1, 2, 4, 7)]),
                self.annotation(2, 9, [box(5, 5, 6, 6)]),
                self.annotation(3, 7, run_lengths(self.crowd), iscrowd=1),
                self.annotation(4, 7, [box(3, 3, 4, 4), box(9, 8, 10, 9)]),
            ],
        }

    @property
    def label_dir(self):
        return self.root / "coco/stuffthingmaps/train2017"

    def annotation(self, number, image, segmentation, iscrowd=0):
        return {
            "id": number,
            "image_id": image,
            "segmentation": segmentation,
            "iscrowd": iscrowd,
            "category_id": 3,
        }

    def draw(self, **options):
        path = self.root / "instances_train2017.json"
        path.write_text(json.dumps(self.content))
        return draw_coco_instances(
            path, self.label_dir, self.root / "coco/train_inst", **options
        )

    def read(self, number):
        path = self.root / f"coco/train_inst/{number:012d}.png"
        return read_label_values(str(path))

    def test_polygons_are_filled_with_numbers_from_0_in_their_order(self):
        result = self.draw()
        self.assertEqual(
            (result.made, result.kept, result.instances, result.crowds),
            (2, 0, 3, 1),
        )
        expected = self.labels.copy()
        expected[2:8, 1:5] = 0
        # The second object has two parts and covers the first.
        expected[3:5, 3:5] = expected[8:10, 9:11] = 1
        found = self.read(7)
        self.assertEqual(found.dtype, "uint8")
        np.testing.assert_array_equal(found, expected)
        self.assertEqual(np.count_nonzero(self.read(9) != self.labels), 4)

    def test_crowds_are_one_object_each_where_asked_for(self):
        result = self.draw(crowds=True)
        self.assertEqual((result.instances, result.crowds), (4, 0))
        found = self.read(7)
        np.testing.assert_array_equal(found == 1, self.crowd == 1)
        self.assertEqual(found[9, 10], 2)

    def test_a_polygon_is_filled_where_pixels_lie_in_it(self):
        random = np.random.default_rng(3)
        rows, columns = np.mgrid[:40, :50]
        for corners in (3, 5, 9):
            points = random.uniform(-5, 50, (corners, 2)).round(2)
            polygon = (points + 1).ravel().tolist()
            found, _ = draw_instances(
                np.full((40, 50), 9), [self.annotation(1, 7, [polygon])]
            )
            # The even-odd rule, pixel by pixel.
            inside = np.zeros((40, 50), bool)
            for (x, y), (u, v) in zip(
                points, np.roll(points, -1, 0), strict=True
            ):
                if y != v:
                    right = columns >= x + (rows - y) * (u - x) / (v - y)
                    inside ^= ((y <= rows) != (v <= rows)) & right
            np.testing.assert_array_equal(found == 0, inside)
            self.assertGreater(inside.sum(), 50)

    def test_many_objects_need_16_bits(self):
        annotations = [
            self.annotation(i, 7, [box(i % 20, i // 20, i % 20, i // 20)])
            for i in range(300)
        ]
        found, number = draw_instances(np.full((15, 20), 255), annotations)
        self.assertEqual((number, found.dtype), (300, "uint16"))
        np.testing.assert_array_equal(found.ravel(), np.arange(300))

    def test_coco_stuff_reads_them_and_sees_the_edges(self):
        for number in (7, 9):
            path = self.root / f"coco/train2017/{number:012d}.jpg"
            write_image(path, (10, 12))
        self.draw()
        dataset = describe("coco_stuff", str(self.root / "coco"))
        self.assertTrue(dataset.use_edge_map)
        sample = dataset.read(0)
        np.testing.assert_array_equal(sample.instance_map, self.read(7))
        edges = edge_map_from_instances(sample.instance_map)[..., 0]
        # Between two objects of one class the label map has no edge.
        self.assertEqual((edges[4, 4], edges[5, 4]), (1, 1))

    def test_what_is_there_stays(self):
        other = self.root / "coco/train_inst/000000000007.png"
        write_labels(other, self.labels)
        result = self.draw()
        self.assertEqual((result.made, result.kept), (1, 1))
        np.testing.assert_array_equal(self.read(7), self.labels)

    def test_a_picture_shows_them(self):
        self.draw(sheet=self.root / "sheet.png")
        picture = read_image(self.root / "sheet.png")
        self.assertGreater(len(np.unique(picture.reshape(-1, 3), axis=0)), 4)

    def test_what_does_not_fit_is_named(self):
        cases = []
        self.content["annotations"][0]["segmentation"] = [[1, 2, 3, 4, 5]]
        cases.append(
            (dict(self.content), {}, "Annotation 1 has a polygon of 5")
        )
        self.content["annotations"] = [
            self.annotation(5, 7, {"counts": "abc", "size": [10, 12]})
        ]
        cases.append(
            (dict(self.content), {"crowds": True}, "compressed run lengths")
        )
        self.content["annotations"] = [
            self.annotation(5, 7, run_lengths(self.crowd.T))
        ]
        cases.append((dict(self.content), {"crowds": True}, r"has \[10, 12\]"))
        self.content["annotations"] = []
        shown = [dict(image, width=13) for image in self.content["images"]]
        cases.append((self.content | {"images": shown}, {}, "13 columns"))
        cases.append(
            (self.content | {"images": shown[:1]}, {}, "belongs to no image")
        )
        cases.append(
            ({"info": 1}, {}, "lacks `images`, `annotations`.*not the captions")
        )
        for content, options, message in cases:
            with self.subTest(message):
                self.content = content
                with self.assertRaisesRegex(ValueError, message):
                    self.draw(**options)
        for options, message in (
            ({"annotations": self.root / "none.json"}, "does not exist"),
            ({"label_dir": self.root / "none"}, "none does not exist"),
            ({"output_dir": self.label_dir / "inst"}, "lies in `label_dir="),
        ):
            arguments = {
                "annotations": self.root / "instances_train2017.json",
                "label_dir": self.label_dir,
                "output_dir": self.root / "out",
            }
            with self.assertRaisesRegex(ValueError, message):
                draw_coco_instances(**arguments | options)
