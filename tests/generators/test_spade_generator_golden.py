import unittest

import keras
import pytest

from keras_semsynth import checkpoints
from tests import golden

DOUBLINGS = {"normal": 5, "more": 6, "most": 7}


def image_size(options):
    """Height and width the official options give."""
    doublings = DOUBLINGS[options["num_upsampling_layers"]]
    width = options["crop_size"] // 2**doublings
    height = round(width / options["aspect_ratio"])
    return height << doublings, width << doublings


class SPADEGeneratorGoldenTest(unittest.TestCase):
    def check(self, name, **options):
        file = golden.Golden(name)
        inputs = file.network_inputs()
        options |= {
            "image_size": image_size(file.options),
            "upsampling": file.options["num_upsampling_layers"],
            "use_edge_map": "edge_map" in inputs,
        }

        def make():
            generator = checkpoints.from_official(
                "spade_generator", file.state(), **options
            )
            return generator, checkpoints.naming_table(generator)

        def call(generator, latent, training):
            image = generator(
                **inputs, latent=latent.get("z"), training=training
            )
            return {"image": image}

        latent = {"z": file["in/z"]} if "in/z" in file else {}
        # Limit for whole networks, measured elsewhere at 2e-5.
        golden.ForwardCheck(self, file, make, call, latent, 1e-4).run()

    @golden.slow_on_jax
    def test_default(self):
        self.check("spade_generator")

    @golden.slow_on_jax
    def test_style_code(self):
        self.check("spade_generator_vae")

    @golden.slow_on_jax
    def test_most_upsampling(self):
        self.check("spade_generator_most")

    @golden.slow_on_jax
    def test_more_upsampling_of_a_wide_image(self):
        self.check("spade_generator_more_wide")

    @golden.slow_on_jax
    def test_instance_normalization(self):
        self.check("spade_generator_instance_norm")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX computes every pixel"
)
class DeduplicatedSPADEGeneratorGoldenTest(SPADEGeneratorGoldenTest):
    """The same files, each different patch of a layout computed once."""

    def check(self, name, **options):
        super().check(name, deduplicate=True, **options)

    # One case goes through all of it; the others are left to the slow run.
    @pytest.mark.slow
    def test_style_code(self):
        super().test_style_code()

    @pytest.mark.slow
    def test_most_upsampling(self):
        super().test_most_upsampling()

    @pytest.mark.slow
    def test_more_upsampling_of_a_wide_image(self):
        super().test_more_upsampling_of_a_wide_image()

    @pytest.mark.slow
    def test_instance_normalization(self):
        super().test_instance_normalization()
