import keras
import pytest

from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.encoders import RegionStyleEncoder
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators import CRNGenerator
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import INADEGenerator
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from tests import golden
from tests.new_process import error_without_package
from tests.new_process import other_backends
from tests.new_process import outputs_in_new_process
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

# Another backend adds up in another order.
OTHER_BACKEND_TOLERANCE = 1e-4


def networks():
    """A generator, a discriminator and an encoder, and their inputs."""
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


def other_networks():
    """The rest of the family."""
    label_map = random_label_map((2, 64, 64), 5)
    size = {"image_size": (64, 64), "filters": 2, "hidden_filters": 4}
    judged = {"image": random((2, 64, 64, 3)), "label_map": label_map}
    widths = {"encoder_filters": (3, 3, 4, 4, 5, 5), "last_filters": 3}
    generators = {
        "ccfpse": CCFPSEGenerator(5, style_dim=3, **size),
        "crn": CRNGenerator(5, (64, 64), 4, num_modules=4, num_images=3),
        "oasis": OASISGenerator(5, noise_dim=3, **size),
        "inade": INADEGenerator(5, (64, 64), filters=2, noise_dim=3),
        "clade": OASISGenerator(
            5, noise_dim=3, conditioning="clade", position_map=True, **size
        ),
        "dpgan": DPGANGenerator(
            5, (64, 64), filters=2, noise_dim=3, pyramid_filters=4
        ),
        "scgan": SCGANGenerator(
            5,
            (64, 64),
            filters=2,
            start_filters=2,
            vector_filters=2,
            hidden_filters=4,
            style_dim=3,
            position_code="full",
        ),
    }
    discriminators = {
        "fpse": FPSEDiscriminator(5, filters=2),
        "oasis": OASISDiscriminator(5, **widths),
        "dpgan": DPGANDiscriminator(5, patch_filters=3, **widths),
    }
    latent = random((2, 3))
    others = {
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
        "region_style_encoder": (
            RegionStyleEncoder(5, filters=2, style_dim=3),
            {
                "image": random((2, 40, 30, 3)),
                "label_map": random_label_map((2, 40, 30), 5),
            },
        ),
    }
    return (
        others
        | {
            f"{name}_generator": (
                model,
                {"label_map": label_map, "latent": latent},
            )
            for name, model in generators.items()
        }
        | {
            f"{name}_discriminator": (model, judged)
            for name, model in discriminators.items()
        }
    )


class SavedNetworks:
    """Mixin: files of `networks()` give the same outputs elsewhere."""

    @classmethod
    def setUpClass(cls):
        cls.models = cls.networks()
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

    def check_new_process(self):
        self.check(outputs_in_new_process(self.models), 1e-6)

    def check_other_backends(self):
        for backend in other_backends():
            with self.subTest(backend=backend):
                self.check(
                    outputs_in_new_process(self.models, backend),
                    OTHER_BACKEND_TOLERANCE,
                )


class SavedNetworksTest(SavedNetworks, SemsynthTestCase):
    networks = staticmethod(networks)

    def test_files_load_in_a_new_process(self):
        self.check_new_process()

    def test_without_the_package_the_error_says_first_what_to_import(self):
        model, _ = self.models["style_encoder"]
        self.assertRegex(
            error_without_package(model),
            r"'StyleEncoder'.*'config': {'needs': 'import keras_semsynth'",
        )

    @golden.slow_on_jax
    def test_files_load_on_the_other_backends(self):
        self.check_other_backends()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="takes minutes elsewhere"
)
class OtherSavedNetworksTest(SavedNetworks, SemsynthTestCase):
    networks = staticmethod(other_networks)

    @pytest.mark.slow
    def test_files_load_in_a_new_process(self):
        self.check_new_process()

    @pytest.mark.slow
    def test_files_load_on_the_other_backends(self):
        self.check_other_backends()
