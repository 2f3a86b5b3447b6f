"""The five features of a VGG-19 of full width against torchvision's."""

import unittest

from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import image_batch
from tests import golden
from tests import golden_scorers


class VGG19FullWidthGoldenTest(unittest.TestCase):
    def test_features_of_one_image(self):
        file = golden.Golden("eval_vgg19")
        with golden.undrawn_weights():
            network = checkpoints.from_official(
                "vgg19", golden_scorers.state(file)
            )
        self.assertEqual(network.width_divisor, 1)
        image = image_batch.symmetric(file["in/img"][None])
        features = network(ops.convert_to_tensor(image))
        for stage, feature in enumerate(features, start=1):
            name = f"relu{stage}_1"
            feature = golden.to_first(feature)[0]
            self.assertEqual(
                feature.shape, tuple(file[f"out/{name}_shape"]), name
            )
            golden_scorers.check(
                self,
                f"{name} mean",
                feature.mean(axis=(1, 2)),
                file[f"out/{name}_mean"],
            )
            golden_scorers.check(
                self,
                f"{name} corner",
                feature[:32, :3, :3],
                file[f"out/{name}_corner"],
            )
