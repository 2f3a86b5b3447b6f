import unittest

from keras_semsynth import checkpoints
from tests import golden
from tests import golden_networks


class DPGANDiscriminatorGoldenTest(unittest.TestCase):
    def check(self, dtype):
        file = golden_networks.NetworkFile("dpgan_discriminator")

        def make(dtype):
            discriminator = checkpoints.from_official(
                "dpgan_discriminator", file.state(), dtype=dtype
            )
            return discriminator, checkpoints.naming_table(discriminator)

        def call(discriminator, inputs, training):
            with golden_networks.recorded(
                tap_down3=discriminator.down[3], tap_down5=discriminator.down[5]
            ) as calls:
                outputs = discriminator(inputs["image"], training=training)
            named = {"out_logits": outputs["logits"]}
            for i, scores in enumerate(outputs["scores"]):
                named[f"out_score_{i}"] = scores
            for i, feature in enumerate(outputs["features"][0]):
                named[f"out_feat_{i}"] = feature
            taps = {name: outputs for name, (_, outputs) in calls.items()}
            return {**named, **taps}

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {"image": golden.to_last(file["in/image"])},
        ).run(dtype=dtype)

    @golden.slow_on_jax
    def test_single_precision(self):
        self.check("float32")

    @golden.slow_on_jax
    def test_double_precision(self):
        self.check("float64")
