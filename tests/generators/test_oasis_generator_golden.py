import unittest

import keras
import pytest

from keras_semsynth import checkpoints
from tests import golden
from tests import golden_networks


class OASISGeneratorGoldenTest(unittest.TestCase):
    def check(self, dtype, **options):
        file = golden_networks.NetworkFile("oasis_generator")
        label_map = file.label_map()

        def make(dtype):
            generator = checkpoints.from_official(
                "oasis_generator",
                file.state(),
                noise_dim=file.options["z_dim"],
                image_size=label_map.shape[1:],
                dtype=dtype,
                **options,
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

    @pytest.mark.skipif(
        keras.backend.backend() == "jax", reason="JAX computes every pixel"
    )
    def test_each_different_patch_computed_once(self):
        self.check("float64", deduplicate=True)

    @golden.slow_on_jax
    def test_double_precision(self):
        self.check("float64")
