import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import ImagePatchDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import SCGAN
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.layers import SpectralConv2D
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG19Features
from tests.gans.terms import weights
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def generator(num_classes=3, **options):
    return SCGANGenerator(
        num_classes,
        (32, 32),
        filters=1,
        start_filters=1,
        vector_filters=1,
        hidden_filters=2,
        **options,
    )


class SCGANTest(SemsynthTestCase):
    def test_weights_are_those_of_the_paper(self):
        gan = SCGAN(generator(), FPSEDiscriminator(3, filters=1))
        self.assertEqual(
            weights(gan, "generator"),
            {"adversarial": 1, "feature_matching": 10, "semantic_vector": 2},
        )
        gan.compile()
        self.assertEqual(gan.optimizer.generator.beta_2, 0.999)

    def test_another_objective_leaves_the_regressed_image_out(self):
        gan = SPADE(generator(), MultiScalePatchDiscriminator(3, filters=1))
        gan.compile(run_eagerly=True)
        label_map = random_label_map((2, 32, 32), 3)
        image = np.tanh(random((2, 32, 32, 3)))
        before = [
            ops.convert_to_numpy(layer.kernel)
            for layer in gan.generator.vector_generator.to_image
        ]
        gan.fit(label_map, image, batch_size=2, verbose=0)
        for layer, kernel in zip(
            gan.generator.vector_generator.to_image, before, strict=True
        ):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(layer.kernel), kernel
            )

    def test_kernels_of_judges_can_be_drawn_as_officially(self):
        for network in (
            FPSEDiscriminator(3, initializer="xavier_unless_spectral"),
            StyleEncoder(initializer="xavier_unless_spectral"),
        ):
            network.build()
            for layer in network._flatten_layers():
                if not hasattr(layer, "kernel") or layer.kernel.shape[-1] < 64:
                    continue
                kernel = ops.convert_to_numpy(layer.kernel)
                fan_in = kernel[..., 0].size
                limit = fan_in**-0.5
                if isinstance(layer, SpectralConv2D):
                    largest = np.abs(kernel).max() / limit
                    self.assertGreater(largest, 0.98)
                    self.assertLessEqual(largest, 1)
                else:
                    self.assertLess(kernel.std() / limit, 0.04)


class UnpairedSCGANTest(SemsynthTestCase):
    def gan(self, style_dim=None, **options):
        encoder = start = None
        if style_dim is None:
            start = "image"
        else:
            encoder = StyleEncoder(1, style_dim=style_dim)
        return UnpairedSCGAN(
            generator(start=start, style_dim=style_dim),
            ImagePatchDiscriminator(filters=2),
            encoder=encoder,
            **options,
        )

    inputs = {
        "label_map": np.tanh(random((2, 32, 32, 3))),
        "source": np.tanh(random((2, 32, 32, 3), seed=1)),
    }

    def test_it_trains_saves_and_translates(self):
        gan = self.gan(ema_decay=0.9)
        gan.compile(run_eagerly=True)
        reference = self.inputs["label_map"]
        history = gan.fit(self.inputs, reference, batch_size=2, verbose=0)
        for name, values in history.history.items():
            self.assertTrue(np.isfinite(values).all(), name)
        image = gan(self.inputs)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            revived = keras.models.load_model(path)
        self.assert_close(revived(self.inputs), image, 1e-5)

    def test_with_an_encoder_the_source_is_its_code(self):
        gan = self.gan(style_dim=4)
        gan.compile()
        image = gan(self.inputs)
        self.assertEqual(tuple(image.shape), (2, 32, 32, 3))
        mean, _ = gan.encoder(self.inputs["source"])
        code = gan.generator(self.inputs["label_map"], latent=mean)
        self.assert_close(image, code, 1e-6)

    def test_the_content_is_held_against_the_source(self):
        gan = self.gan(perceptual=PerceptualLoss(VGG19Features()))
        (perceptual,) = [t for t in gan.terms if t.name == "perceptual"]
        self.assertIn("source", perceptual.reads)
        self.assertNotIn("image", perceptual.reads)

    def test_networks_that_do_not_fit_are_refused(self):
        with self.assertRaisesRegex(ValueError, "starts from the source"):
            UnpairedSCGAN(generator(), ImagePatchDiscriminator())
        with self.assertRaisesRegex(ValueError, "starts from the source"):
            UnpairedSCGAN(
                generator(style_dim=4, start="noise"),
                ImagePatchDiscriminator(),
                encoder=StyleEncoder(style_dim=4),
            )
