import numpy as np
import pytest
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import OASISGenerator
from tests import golden
from tests.checkpoints import test_converter

SMALL = {"image_size": (64, 96), "filters": 2, "noise_dim": 3}
SIZE = {"image_size": (64, 96)}


class RoundTripTest(test_converter.RoundTripTest):
    """What `to_official` writes, `from_official` reads back."""

    # Those of the base class are its own.
    test_spade_generators = test_discriminators = None
    test_style_encoders = test_pix2pixhd_generators = None
    test_pytorch_gets_the_batch_counters_it_expects = None

    @pytest.mark.slow
    def test_oasis_generators(self):
        for arguments, options in (
            ({"hidden_filters": 3}, {"noise_dim": 3}),
            ({"hidden_filters": 3, "kernel_size": 1}, {"num_classes": 4}),
            (
                {"normalization": "instance", "spectral": False},
                {"noise_dim": 3},
            ),
            ({"noise_dim": None, "output_channels": 1}, {}),
            ({"normalization": "batch"}, {"normalization": "batch"}),
        ):
            if arguments.get("normalization") == "batch":
                arguments = {**arguments, "noise_dim": 64}
            with self.subTest(arguments=arguments):
                network = OASISGenerator(4, **{**SMALL, **arguments})
                self.check("oasis_generator", network, **options, **SIZE)

    @pytest.mark.slow
    def test_dpgan_generators(self):
        for arguments, options in (
            ({"pyramid_filters": 6}, {"noise_dim": 3}),
            ({"pyramid_filters": 6, "concatenate": False}, {"num_classes": 4}),
            ({"pyramid_normalization": "none"}, {"noise_dim": 3}),
            ({"noise_dim": None, "pyramid_filters": 5}, {}),
        ):
            with self.subTest(arguments=arguments):
                network = DPGANGenerator(4, **{**SMALL, **arguments})
                self.check("dpgan_generator", network, **options, **SIZE)

    def test_oasis_discriminators(self):
        for arguments in (
            {},
            {"encoder_filters": [2, 3, 3], "last_filters": 4},
            {"spectral": False, "image_channels": 1},
        ):
            with self.subTest(arguments=arguments):
                small = {"encoder_filters": [3, 2], "last_filters": 2}
                network = OASISDiscriminator(4, **{**small, **arguments})
                self.check("oasis_discriminator", network)

    def test_dpgan_discriminators(self):
        small = {"encoder_filters": [3, 2, 4], "last_filters": 2}
        for arguments, options in (
            ({"patch_filters": 5}, {}),
            ({"patch_filters": 5, "patch_normalization": "instance"}, {}),
            ({"patch_filters": 5, "feature_taps": "encoder"}, None),
            ({"patch_filters": 5, "patch_taps": ["up_0"]}, None),
        ):
            with self.subTest(arguments=arguments):
                network = DPGANDiscriminator(4, **{**small, **arguments})
                # Shapes do not tell which blocks are tapped.
                taps = {k: v for k, v in arguments.items() if "taps" in k}
                options = taps if options is None else options
                self.check("dpgan_discriminator", network, **options)
        network = DPGANDiscriminator(4, patch_taps=(), **small)
        state = test_converter.official(network)
        copy = test_converter.convert("dpgan_discriminator", state)
        self.assertEqual(copy.patch_blocks, ())


class PublishedShapesTest(test_converter.PublishedShapesTest):
    """Full-size networks against the tables of the released checkpoints."""

    test_spade_generator_of_ade20k = test_discriminator_of_ade20k = None
    test_style_encoder = test_pix2pixhd_generators_of_ade20k = None

    def test_generators_of_ade20k(self):
        self.check(OASISGenerator(151), "oasis_generator")
        self.check(DPGANGenerator(151), "dpgan_generator")

    def test_discriminators_of_ade20k(self):
        self.check(OASISDiscriminator(151), "oasis_discriminator")
        self.check(DPGANDiscriminator(151), "dpgan_discriminator")


class NoiseOrderTest(test_converter.unittest.TestCase):
    def test_noise_comes_first_in_official_kernels(self):
        with golden.undrawn_weights():
            network = OASISGenerator(4, hidden_filters=2, **SMALL)
            network.build()
        kernel = np.zeros(network.fc.kernel.shape, "float32")
        kernel[:, :, :] = np.arange(7)[:, None]  # four classes, three noises
        network.fc.kernel.assign(kernel)
        official = checkpoints.to_official(network)["fc.weight"]
        np.testing.assert_array_equal(
            official[0, :, 0, 0], [4, 5, 6, 0, 1, 2, 3]
        )
        self.assertEqual(ops.shape(network.fc.kernel)[2], official.shape[1])
