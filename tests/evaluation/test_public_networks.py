"""Evaluation with the networks of the papers, thinned out, untrained."""

import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest

from keras_semsynth import scorers
from keras_semsynth.checkpoints.weights import WeightsRecord
from keras_semsynth.evaluation import evaluate
from keras_semsynth.evaluation import rulers
from keras_semsynth.experiments import Part
from keras_semsynth.metrics import frechet_distance
from tests.data.files import write_image
from tests.data.files import write_labels

COUNT = 10
SIZE = (48, 64)
THIN = {"width_divisor": 16}
NETWORKS = {
    "inception_fid": lambda **o: scorers.InceptionV3("tf2015", **THIN, **o),
    "inception_torchvision": lambda **o: scorers.InceptionV3(
        "torchvision", **THIN, **o
    ),
    "lpips_alex": lambda **o: scorers.LPIPS("alex", **THIN, **o),
    "drn_d_105": lambda **o: scorers.DRND105(
        block_counts=(1, 1, 1, 1), **THIN, **o
    ),
    "upernet101": lambda **o: scorers.UPerNet101(
        block_counts=(1, 1, 1, 1), **THIN, **o
    ),
    "deeplabv2_resnet101": lambda **o: scorers.DeepLabV2ResNet101(
        block_counts=(1, 1, 1, 1), **THIN, **o
    ),
}


class PublicNetworksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.opened = []

        def open_scorer(name, weights_dir=None, **options):
            self.opened.append((name, weights_dir, options))
            keras.utils.set_random_seed(1)
            network = NETWORKS[name](**options)
            network.build()
            for weight in network.weights:
                # Its head starts at zero: every class would tie.
                if weight.name == "kernel":
                    random = np.random.default_rng(len(weight.shape))
                    weight.assign(0.1 * random.standard_normal(weight.shape))
            return network, WeightsRecord(name, ())

        patch = mock.patch.object(rulers, "open_scorer", open_scorer)
        patch.start()
        self.addCleanup(patch.stop)
        random = np.random.default_rng(0)
        for i in range(COUNT):
            for j, kind in enumerate(("generated", "real")):
                path = self.root / kind / f"{i}.png"
                write_image(path, SIZE, seed=10 * i + j)
            ids = random.choice([0, 7, 11, 23, 26], (6, 8))
            write_labels(
                self.root / "labels" / f"{i}.png", np.kron(ids, np.ones((8, 8)))
            )
            instances = np.zeros(SIZE, "uint16")
            instances[4:20, 4 : 20 + i] = 26001
            instances[30:40, 30:40] = 24001
            write_labels(
                self.root / "instances" / f"{i}.png", instances, mode="I;16"
            )

    def evaluate(self, dataset, **options):
        with contextlib.redirect_stdout(io.StringIO()):
            return evaluate(
                **{
                    name: self.root / name
                    for name in ("generated", "real", "labels", "instances")
                },
                data=Part(dataset),
                statistics_dir=self.root / "statistics",
                evaluation_dir=self.root / f"report{len(self.opened)}",
                weights_dir="weights",
                page_samples=0,
                **options,
            )

    @pytest.mark.slow
    def test_cityscapes_by_the_protocol_of_spade(self):
        report = self.evaluate(
            "cityscapes",
            protocol="spade",
            metrics=["fid", "miou", "crops", "is", "lpips"],
        )
        scores = report.scores
        names = [name for name, *_ in self.opened]
        self.assertEqual(
            names,
            [
                "inception_torchvision",
                "drn_d_105",
                "inception_fid",
                "lpips_alex",
            ],
        )
        self.assertEqual(self.opened[1][2], {"multi_scale": False})
        self.assertEqual({w for _, w, _ in self.opened}, {"weights"})
        # Beside each number stands the paper's.
        self.assertEqual(scores["fid"].published, 71.8)
        self.assertEqual(scores["miou"].published, 62.3)
        self.assertEqual(scores["pixel_accuracy_all"].published, 81.9)
        self.assertIsNone(scores["pixel_accuracy_valid"].published)
        self.assertIn("71.8", str(report))
        self.assertIn("object_miou", scores)
        self.assertEqual(scores["inception_score"].ruler["splits"], 10)
        self.assertEqual(scores["lpips"].ruler["pairs"], COUNT)
        self.assertEqual(scores["fid_crops_all"].ruler["crops"], 2 * COUNT)
        self.assertEqual(scores["fid_crops_small"].ruler["crops"], 2 * COUNT)
        self.assertIsNone(scores["fid_crops_large"].value)
        # They are drawn, each size that occurs.
        drawn = sorted(path.name for path in report.folder.glob("crops_*"))
        self.assertEqual(drawn, ["crops_small.png"])
        page = (report.folder / "index.html").read_text()
        self.assertIn("Small objects", page)
        iou = scores["miou"].details["iou"]
        self.assertEqual(len(iou), 19)
        self.assertEqual(list(iou)[0], "road")
        self.assertEqual(report.protocol.fid_inception, "torchvision")
        # Half of the ids are not scored: right pixels are fewer of all.
        self.assertLessEqual(
            scores["pixel_accuracy_all"].value,
            scores["pixel_accuracy_valid"].value,
        )

    @pytest.mark.slow
    def test_fid_is_the_distance_of_the_features(self):
        scores = self.evaluate("cityscapes", metrics=["fid"]).scores
        network, _ = rulers.open_scorer("inception_fid")
        features = []
        for kind in ("generated", "real"):
            images = [
                np.asarray(keras.utils.load_img(self.root / kind / f"{i}.png"))
                for i in range(COUNT)
            ]
            features.append(network.features(np.stack(images), resize="torch"))
        self.assertAlmostEqual(
            scores["fid"].value,
            frechet_distance(*[f.astype("float64") for f in features]),
            3,
        )
        self.assertIn("too few", scores["fid"].note)

    def test_the_arithmetic_of_oasis_is_shown_beside(self):
        pytest.importorskip("scipy", reason="float32 sqrtm needs SciPy")
        scores = self.evaluate(
            "cityscapes", metrics=["fid"], protocol="oasis"
        ).scores
        self.assertEqual(scores["fid_float32_oasis"].published, 47.7)
        self.assertIsNone(scores["fid"].published)

    @pytest.mark.slow
    def test_ade20k_and_coco_stuff_have_networks_of_their_own(self):
        for i in range(COUNT):
            write_labels(
                self.root / "labels" / f"{i}.png",
                np.full(SIZE, i) + np.arange(SIZE[1]) // 16,
            )
        scores = self.evaluate(
            "ade20k", metrics=["miou"], seg_sizes=[64]
        ).scores
        self.assertEqual(
            self.opened[-1][::2],
            ("upernet101", {"generation": "current", "image_sizes": (64,)}),
        )
        self.assertEqual(len(scores["miou"].details["iou"]), 150)
        self.assertEqual(scores["miou"].ruler["mean_over"], "ade20k")
        self.assertGreater(scores["miou"].ruler["ignored_pixels"], 0)
        scores = self.evaluate("coco_stuff", metrics=["miou"]).scores
        self.assertEqual(self.opened[-1][0], "deeplabv2_resnet101")
        self.assertEqual(len(scores["miou"].details["iou"]), 182)
