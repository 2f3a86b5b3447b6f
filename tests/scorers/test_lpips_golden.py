"""LPIPS against the numbers of its public implementation."""

import unittest

from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import image_batch
from tests import golden
from tests import golden_scorers


class LPIPSGoldenTest(unittest.TestCase):
    def check_backbone(self, backbone):
        file = golden.Golden("eval_lpips")
        state = golden_scorers.state(file, backbone)
        with golden.undrawn_weights():
            network = checkpoints.from_official(f"lpips_{backbone}", state)
        first, second = (
            [file[f"in/{side}{pair}"] for pair in range(2)] for side in "ab"
        )
        # One call: both pairs have one shape.
        terms = network.terms(first, second)
        for pair in range(2):
            golden_scorers.check(
                self,
                f"{backbone}, terms of pair {pair}",
                terms[pair],
                file[f"out/{backbone}_layers{pair}"],
            )
            golden_scorers.check(
                self,
                f"{backbone}, distance of pair {pair}",
                terms[pair].sum(),
                file[f"out/{backbone}_dist{pair}"],
            )
        image = image_batch.symmetric(first[:1])
        stages = network.stages(ops.convert_to_tensor(image))
        for i, feature in enumerate(stages):
            golden_scorers.check(
                self,
                f"{backbone}, feature {i}",
                ops.convert_to_numpy(feature).mean(axis=(0, 1, 2)),
                file[f"out/{backbone}_relu{i}_mean"],
            )

    def test_alexnet(self):
        self.check_backbone("alex")

    def test_vgg16(self):
        self.check_backbone("vgg")
