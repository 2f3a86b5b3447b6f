import pathlib
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import training
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.experiments import Experiment
from keras_semsynth.gans import CRN
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import AdamPair
from keras_semsynth.generators import CRNGenerator
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG19Features
from keras_semsynth.synthesis import Synthesizer
from tests.gans.terms import generator_terms
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase


def tiny_crn(num_images=1, perceptual=True, **kwargs):
    keras.utils.set_random_seed(0)
    generator = CRNGenerator(
        NUM_CLASSES, (SIZE, SIZE), 8, num_modules=3, num_images=num_images
    )
    if perceptual:
        layers = CRN.feature_layers
        network = VGG19Features(width_divisor=64, feature_layers=layers)
        kwargs["perceptual"] = PerceptualLoss(network)
    return CRN(generator, **kwargs)


def as_batch(label_map, image):
    return {"label_map": label_map, "image": image, "edge_map": None}


class CRNTest(SemsynthTestCase):
    def test_a_step_moves_the_generator_and_logs_no_discriminator(self):
        gan = tiny_crn(num_images=2, ema_decay=0.5)
        gan.compile(
            AdamPair(1e-3, ttur=False), run_eagerly=True, jit_compile=False
        )
        self.assertIsNone(gan.optimizer.discriminator)
        before = [ops.convert_to_numpy(v) for v in gan.generator.weights]
        logs = gan.train_on_batch(*batch(2), return_dict=True)
        self.assertEqual(
            set(logs),
            {"generator/content", "generator/diversity", "generator/total"},
        )
        for old, new in zip(before, gan.generator.weights, strict=True):
            self.assertGreater(np.abs(ops.convert_to_numpy(new) - old).max(), 0)
        # The input and five layers were counted.
        distances = ops.convert_to_numpy(gan.content_loss.distances)
        self.assertTrue((distances > 0).all())

    @pytest.mark.slow
    def test_regression_makes_the_images_like_the_photographs(self):
        gan = tiny_crn(perceptual=False)
        gan.compile(AdamPair(1e-2, ttur=False))
        label_map, _ = batch(2)
        image = np.take(
            np.float32([[1, 0, 0], [0, 1, 0], [0, 0, -1], [-1, 1, 0]]),
            label_map,
            axis=0,
        )
        data = (label_map, image)
        first = gan.evaluate(*data, verbose=0, return_dict=True)
        gan.fit(*data, epochs=30, batch_size=2, verbose=0)
        last = gan.evaluate(*data, verbose=0, return_dict=True)
        self.assertLess(last["generator/total"], 0.5 * first["generator/total"])

    def test_layers_are_rescaled_when_their_epochs_are_done(self):
        gan = tiny_crn(rescale_epochs=2)
        gan.compile(
            AdamPair(1e-3, ttur=False), run_eagerly=True, jit_compile=False
        )
        data = dict(x=batch(2)[0], y=batch(2)[1], verbose=0)
        gan.fit(epochs=2, **data)
        weights = ops.convert_to_numpy(gan.content_loss.layer_weights)
        np.testing.assert_array_equal(weights, 1.0)
        gan.fit(initial_epoch=2, epochs=3, **data)
        rescaled = ops.convert_to_numpy(gan.content_loss.layer_weights)
        self.assertGreater(np.ptp(rescaled), 0.01)
        gan.fit(initial_epoch=2, epochs=3, **data)
        self.assert_close(gan.content_loss.layer_weights, rescaled, 0.0)

    def test_a_saved_one_goes_on_where_it_was(self):
        gan = tiny_crn(num_images=2, perceptual=False)
        gan.compile(AdamPair(1e-3, ttur=False))
        gan.train_on_batch(*batch(2))
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "gan.keras"
            gan.save(path)
            revived = keras.models.load_model(path)
        for model in (gan, revived):
            model.train_on_batch(*batch(2, seed=1))
        for mine, other in zip(gan.variables, revived.variables, strict=True):
            self.assert_close(other, ops.convert_to_numpy(mine), 1e-6)

    def test_without_perceptual_the_pixels_are_compared(self):
        gan = tiny_crn(perceptual=False)
        gan.build()
        label_map, image = batch(2)
        terms, fake = generator_terms(gan, as_batch(label_map, image))
        deviation = np.float32([0.229, 0.224, 0.225])
        fake = ops.convert_to_numpy(fake)
        expected = np.abs((fake - image) / 2 / deviation).mean()
        content = float(ops.convert_to_numpy(terms["content"]))
        self.assertAlmostEqual(content, expected, places=4)

    def test_other_generators_make_one_image(self):
        gan = CRN(TinyStyleGenerator())
        gan.build()
        terms, _ = generator_terms(gan, as_batch(*batch(2)))
        self.assertEqual(set(terms), {"content"})

    def test_what_has_no_place_is_refused(self):
        generator = CRNGenerator(NUM_CLASSES, (SIZE, SIZE), 8, 3)
        discriminator = MultiScalePatchDiscriminator(NUM_CLASSES, filters=2)
        with self.assertRaisesRegex(ValueError, "without a discriminator"):
            CRN(generator, discriminator)
        with self.assertRaisesRegex(ValueError, "encodes no style"):
            CRN(TinyStyleGenerator(), encoder=StyleEncoder(1, style_dim=4))
        with self.assertRaisesRegex(ValueError, "SPADE was given none"):
            SPADE(generator, None)
        gan = CRN(generator)
        with self.assertRaisesRegex(ValueError, "has no effect"):
            gan.compile(AdamPair(discriminator_learning_rate=1e-4))

    @pytest.mark.slow
    @pytest.mark.skipif(
        keras.backend.backend() != "tensorflow", reason="runs are alike"
    )
    def test_a_run_trains_goes_on_and_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            experiment = Experiment.from_preset("crn").replace(
                data={"image_size": (32, 32), "count": 4},
                generator={"filters": 8, "num_modules": 4, "num_images": 2},
                run={
                    "run_dir": folder,
                    "perceptual": "off",
                    "batch_size": 2,
                    "epochs": 1,
                    "sample_count": 2,
                    "tensorboard": False,
                },
            )
            self.assertIsNone(experiment.discriminator)
            training.train(experiment)
            result = training.train(experiment.replace(run={"epochs": 2}))
            self.assertTrue(result.finished)
            self.assertEqual(Experiment.load(folder).discriminator, None)
            layout = np.zeros((32, 32), "int32")
            images = Synthesizer.from_preset(folder).synthesize(layout, count=4)
            self.assertEqual(images.shape, (4, 32, 32, 3))
