"""Inception v3 and the way into it against pytorch-fid's numbers."""

import unittest

import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance
from keras_semsynth.scorers import inception_resizing
from tests import golden
from tests import golden_scorers

# One shape for all calls: a compiler is needed once.
BATCH_SIZE = 2


class InceptionGoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = golden.Golden("eval_inception_fid")
        state = golden_scorers.state(cls.file)
        with golden.undrawn_weights():
            cls.network, cls.torchvision = (
                checkpoints.from_official(name, state)
                for name in ("inception_fid", "inception_torchvision")
            )
        cls.images = [cls.file["in/img0"], cls.file["in/img1"]]

    def check(self, name, actual, expected=None):
        expected = self.file[f"out/{name}"] if expected is None else expected
        golden_scorers.check(self, name, actual, expected)

    def test_every_resize_rule_gives_the_pixels_of_its_tool(self):
        for rule in ("torch", "tf1", "clean"):
            for i, image in enumerate(self.images):
                resized = inception_resizing.resized(image[None], rule)
                stride = self.file.meta["resized_stride"]
                self.check(
                    f"resized_{rule}_{i}",
                    golden.to_first(resized)[0, :, ::stride, ::stride],
                )

    def test_features_of_every_rule(self):
        for rule in ("torch", "tf1", "clean"):
            features = self.network.features(
                self.images, rule, batch_size=BATCH_SIZE
            )
            for i, feature in enumerate(features):
                self.check(f"pool3_{rule}_{i}", feature)

    @golden.slow_on_jax
    def test_maps_between_the_blocks_and_the_border_of_average_pools(self):
        inputs = inception_resizing.inception_input(self.images)
        stages = self.network.stages(ops.convert_to_tensor(inputs))
        stages = {key: golden.to_first(x) for key, x in stages.items()}
        for i in range(2):
            for name in ("block0", "block1", "block2"):
                self.check(
                    f"{name}_mean_{i}", stages[name][i].mean(axis=(1, 2))
                )
            self.check(f"block2_corner_{i}", stages["block2"][i, :64, :3, :3])

    def test_logits_with_and_without_the_bias(self):
        for name, bias in (("logits", True), ("logits_unbiased", False)):
            logits = self.network.logits(
                self.images, "tf1", bias, batch_size=BATCH_SIZE
            )
            for i, values in enumerate(logits):
                self.check(f"{name}_tf1_{i}", values)

    def test_the_torchvision_layout_pools_otherwise(self):
        features = self.torchvision.features(self.images, batch_size=BATCH_SIZE)
        for i, feature in enumerate(features):
            self.check(f"pool3_torchvision_layout_{i}", feature)

    def test_a_generator_output_is_scored_as_float_or_as_written(self):
        generated = golden.to_last(self.file["in/generated_float"][None])
        written = np.clip((generated + 1) / 2 * 255, 0, 255).astype("uint8")
        expected = golden.to_last(self.file["out/generated_uint8"][None])
        np.testing.assert_array_equal(written, expected)
        features = self.network.features(
            [generated[0], written[0]], batch_size=BATCH_SIZE
        )
        self.check("pool3_generated_float", features[0])
        self.check("pool3_generated_uint8", features[1])

    def test_features_and_distance_through_the_full_path(self):
        file = golden.Golden("eval_fid_end_to_end")
        for key in ("weights", "weights_sha256"):  # so is the network
            self.assertEqual(file.meta[key], self.file.meta[key])
        statistics = {}
        for kind in ("real", "fake"):
            features = self.network.features(
                file[f"in/{kind}"], batch_size=BATCH_SIZE
            )
            self.check(kind, features, file[f"out/pool3_{kind}"])
            statistics[kind] = FeatureStatistics()
            statistics[kind].update(features)
        # `sqrtm` itself carries an error of 1e-5 with 5 images.
        expected = float(file["out/fid_nuclear"])
        for method in ("auto", "nuclear"):
            distance = frechet_distance(
                statistics["fake"], statistics["real"], method=method
            )
            relative = abs(distance - expected) / expected
            print(f"FID, {method}: {relative:.1e}")
            self.assertLess(relative, 1e-3)
