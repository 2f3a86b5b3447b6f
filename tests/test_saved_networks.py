import keras

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator
from tests.new_process import other_backends
from tests.new_process import outputs_in_new_process
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

# Another backend adds up in another order.
OTHER_BACKEND_TOLERANCE = 1e-4


def networks():
    """One of each, with everything a file has to hold, and its inputs."""
    return {
        "spade_generator": (
            SPADEGenerator(
                5,
                image_size=(32, 64),
                filters=2,
                hidden_filters=4,
                style_dim=6,
                use_edge_map=True,
            ),
            {
                "label_map": random_label_map((2, 32, 64), 5),
                "latent": random((2, 6)),
                "edge_map": random((2, 32, 64, 1)),
            },
        ),
        "pix2pixhd_generator": (
            Pix2PixHDGenerator(
                5,
                image_size=(12, 20),
                filters=3,
                num_downsamplings=2,
                num_blocks=1,
                normalization="sync_batch",
            ),
            {"label_map": random_label_map((2, 12, 20), 5)},
        ),
        "discriminator": (
            MultiScalePatchDiscriminator(5, filters=3),
            {
                "image": random((2, 33, 47, 3)),
                "label_map": random_label_map((2, 33, 47), 5),
            },
        ),
        "style_encoder": (
            StyleEncoder(filters=2, style_dim=5),
            {"image": random((2, 40, 30, 3))},
        ),
    }


class SavedNetworksTest(SemsynthTestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = networks()
        cls.outputs = {}
        for name, (model, inputs) in cls.models.items():
            for _ in range(3):
                model(**inputs, training=True)
            outputs = model(**inputs, training=False)
            cls.outputs[name] = keras.tree.flatten(outputs)

    def check(self, revived, tolerance):
        for name, outputs in self.outputs.items():
            with self.subTest(network=name):
                for found, expected in zip(revived[name], outputs, strict=True):
                    self.assert_close(found, expected, tolerance)

    def test_files_load_in_a_new_process(self):
        self.check(outputs_in_new_process(self.models), 1e-6)

    def test_files_load_on_the_other_backends(self):
        for backend in other_backends():
            with self.subTest(backend=backend):
                self.check(
                    outputs_in_new_process(self.models, backend),
                    OTHER_BACKEND_TOLERANCE,
                )
