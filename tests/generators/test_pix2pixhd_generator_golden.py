import unittest

from keras_semsynth import checkpoints
from tests import golden


class Pix2PixHDGeneratorGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden.Golden(name)
        inputs = file.network_inputs()

        def make():
            generator = checkpoints.from_official(
                "pix2pixhd_generator",
                file.state(),
                image_size=inputs["label_map"].shape[1:],
                use_edge_map="edge_map" in inputs,
            )
            return generator, checkpoints.naming_table(generator)

        def call(generator, _, training):
            return {"image": generator(**inputs, training=training)}

        # Limit for whole networks, measured elsewhere at 4e-5.
        golden.ForwardCheck(self, file, make, call, {}, 1e-4).run()

    def test_pix2pixhd(self):
        self.check("pix2pixhd_generator")

    def test_pix2pixhd_plus_plus(self):
        self.check("pix2pixhdpp_generator")
