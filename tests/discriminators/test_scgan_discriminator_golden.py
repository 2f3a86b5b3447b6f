import unittest

import numpy as np

from keras_semsynth import checkpoints
from tests import golden
from tests import golden_networks


class SCGANDiscriminatorGoldenTest(unittest.TestCase):
    def check(self, name, named):
        file = golden_networks.NetworkFile(name)
        label_map = file.label_map()

        def make(dtype):
            discriminator = checkpoints.from_official(
                "scgan_discriminator",
                file.state(),
                use_edge_map=False,
                dtype=dtype,
            )
            return discriminator, checkpoints.naming_table(discriminator)

        def call(discriminator, inputs, training):
            outputs = discriminator(
                inputs["image"], label_map, training=training
            )
            return named(outputs)

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {"image": golden.to_last(file["in/image"])},
            limits=golden_networks.LAYER_LIMITS,
        ).run()

    def test_feature_pyramid(self):
        def named(outputs):
            features = [feature for (feature,) in outputs["features"]]
            return {
                **{f"out_feat_{i}": x for i, x in enumerate(features)},
                **{f"out_pred_{i}": x for i, x in enumerate(outputs["scores"])},
            }

        self.check("scgan_discriminator_fpse", named)

    def test_two_scales(self):
        def named(outputs):
            return {
                f"out_scale{i}_{j}": x
                for i, (features, score) in enumerate(
                    zip(outputs["features"], outputs["scores"], strict=True)
                )
                for j, x in enumerate([*features, score])
            }

        self.check("scgan_discriminator_multiscale", named)


class SCGANEncoderGoldenTest(unittest.TestCase):
    def test_encoder(self):
        file = golden_networks.NetworkFile("scgan_encoder")

        def make(dtype):
            encoder = checkpoints.from_official(
                "scgan_encoder", file.state(), dtype=dtype
            )
            return encoder, checkpoints.naming_table(encoder)

        def call(encoder, inputs, training):
            mean, log_variance = encoder(inputs["image"], training=training)
            return {"out_mu": mean, "out_logvar": log_variance}

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {"image": np.ascontiguousarray(golden.to_last(file["in/image"]))},
            limits=golden_networks.LAYER_LIMITS,
        ).run()
