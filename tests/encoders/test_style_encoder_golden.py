import unittest

from keras_semsynth import checkpoints
from tests import golden


class StyleEncoderGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden.Golden(name)

        def make():
            encoder = checkpoints.from_official("spade_encoder", file.state())
            return encoder, checkpoints.naming_table(encoder)

        def call(encoder, inputs, training):
            mean, log_variance = encoder(inputs["image"], training=training)
            return {"mu": mean, "logvar": log_variance}

        inputs = {"image": golden.to_last(file["in/image"])}
        # Limit for whole networks, measured elsewhere at 4e-6.
        golden.ForwardCheck(self, file, make, call, inputs, 1e-4).run()

    def test_image_that_has_to_be_resized(self):
        self.check("spade_encoder")

    def test_image_of_the_encoders_own_size(self):
        self.check("spade_encoder_256")
