import unittest

from keras_semsynth import checkpoints
from tests import golden
from tests import golden_networks


class OASISDiscriminatorGoldenTest(unittest.TestCase):
    def check(self, dtype):
        file = golden_networks.NetworkFile("oasis_discriminator")

        def make(dtype):
            discriminator = checkpoints.from_official(
                "oasis_discriminator", file.state(), dtype=dtype
            )
            return discriminator, checkpoints.naming_table(discriminator)

        def call(discriminator, inputs, training):
            blocks = {
                "tap_" + block.name.replace("_", ""): block
                for block in [*discriminator.down, *discriminator.up]
            }
            with golden_networks.recorded(**blocks) as calls:
                outputs = discriminator(inputs["image"], training=training)
            taps = {name: outputs for name, (_, outputs) in calls.items()}
            return {"out": outputs["logits"], **taps}

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {"image": golden.to_last(file["in/image"])},
            limits=golden_networks.LAYER_LIMITS,
        ).run(dtype=dtype)

    def test_single_precision(self):
        self.check("float32")

    @golden.slow_on_jax
    def test_double_precision(self):
        self.check("float64")
