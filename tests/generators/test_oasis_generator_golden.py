import unittest

from keras_semsynth import checkpoints
from tests import golden
from tests import golden_networks


class OASISGeneratorGoldenTest(unittest.TestCase):
    def check(self, dtype):
        file = golden_networks.NetworkFile("oasis_generator")
        label_map = file.label_map()

        def make(dtype):
            generator = checkpoints.from_official(
                "oasis_generator",
                file.state(),
                noise_dim=file.options["z_dim"],
                image_size=label_map.shape[1:],
                dtype=dtype,
            )
            return generator, checkpoints.naming_table(generator)

        def call(generator, inputs, training):
            layers = {
                f"tap_body{i}": block
                for i, block in enumerate(generator.named_blocks().values())
            }
            with golden_networks.recorded(
                tap_fc=generator.fc, **layers
            ) as calls:
                image = generator(
                    label_map, latent=inputs["z"], training=training
                )
            taps = {name: outputs for name, (_, outputs) in calls.items()}
            return {"out": image, **taps}

        golden_networks.NetworkCheck(
            self, file, make, call, {"z": file["in/z"]}
        ).run(dtype=dtype)

    @golden.slow_on_jax
    def test_single_precision(self):
        self.check("float32")

    @golden.slow_on_jax
    def test_double_precision(self):
        self.check("float64")
