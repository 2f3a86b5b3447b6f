import os
import tempfile

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


class SavedNetworksTest(SemsynthTestCase):
    """`.keras` files in a new process, on this backend and on the others."""

    def check(self, network, inputs):
        for _ in range(3):
            network(**inputs, training=True)
        outputs = network(**inputs, training=False)
        while not hasattr(outputs, "shape"):
            outputs = outputs[-1]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.keras")
            network.save(path)
            revived = outputs_in_new_process(path, inputs)
            self.assert_close(revived[-1], outputs, 1e-6)
            for backend in other_backends():
                with self.subTest(backend=backend):
                    revived = outputs_in_new_process(path, inputs, backend)
                    self.assert_close(
                        revived[-1], outputs, OTHER_BACKEND_TOLERANCE
                    )

    def test_spade_generator(self):
        generator = SPADEGenerator(
            5,
            image_size=(32, 64),
            filters=2,
            hidden_filters=4,
            style_dim=6,
            use_edge_map=True,
        )
        self.check(
            generator,
            {
                "label_map": random_label_map((2, 32, 64), 5),
                "latent": random((2, 6)),
                "edge_map": random((2, 32, 64, 1)),
            },
        )

    def test_pix2pixhd_generator(self):
        generator = Pix2PixHDGenerator(
            5,
            image_size=(12, 20),
            filters=3,
            num_downsamplings=2,
            num_blocks=1,
            normalization="sync_batch",
        )
        self.check(generator, {"label_map": random_label_map((2, 12, 20), 5)})

    def test_discriminator(self):
        self.check(
            MultiScalePatchDiscriminator(5, filters=3),
            {
                "image": random((2, 33, 47, 3)),
                "label_map": random_label_map((2, 33, 47), 5),
            },
        )

    def test_style_encoder(self):
        self.check(
            StyleEncoder(filters=2, style_dim=5),
            {"image": random((2, 40, 30, 3))},
        )
