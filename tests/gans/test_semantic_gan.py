import os
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import AdamPair
from keras_semsynth.generators import SPADEGenerator
from tests import half_precision
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import STYLE_DIM
from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd
from tests.gans.tiny_gans import tiny_spade
from tests.semsynth_test_case import SemsynthTestCase

TERMS = [
    "generator/adversarial",
    "generator/feature_matching",
    "generator/total",
    "discriminator/real",
    "discriminator/fake",
    "discriminator/total",
]


def values(gan):
    """All state of a GAN: weights, slots, random state."""
    variables = [*gan.variables, *gan.optimizer.variables]
    return [np.array(ops.convert_to_numpy(v)) for v in variables]


def assert_all_close(actual, expected, rtol=1e-5, atol=1e-7):
    actual, expected = (
        np.asarray(ops.convert_to_numpy(x)) for x in (actual, expected)
    )
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def sgd():
    return keras.optimizers.SGD(0.1)


class SemanticGANTest(SemsynthTestCase):
    @pytest.mark.graph
    def test_fit_evaluate_and_predict_behave_like_any_keras_model(self):
        gan = tiny_pix2pixhd(ema_decay=0.9)
        gan.compile()
        label_map, image = batch()
        history = gan.fit(label_map, image, batch_size=2, verbose=0).history
        self.assertEqual(sorted(history), sorted(TERMS))
        logs = gan.evaluate(
            {"label_map": label_map}, image, verbose=0, return_dict=True
        )
        self.assertEqual(sorted(logs), sorted(TERMS))
        images = gan.predict(label_map, verbose=0)
        self.assertEqual(images.shape, (4, SIZE, SIZE, 3))
        self.assertLessEqual(np.abs(images).max(), 1.0)
        gan.summary(print_fn=lambda *args, **kwargs: None)

    def test_totals_are_the_weighted_sums_of_the_terms(self):
        gan = tiny_pix2pixhd(feature_matching_weight=3.0)
        gan.compile()
        logs = gan.train_on_batch(*batch(), return_dict=True)
        assert_all_close(
            logs["generator/total"],
            logs["generator/adversarial"] + logs["generator/feature_matching"],
        )
        assert_all_close(
            logs["discriminator/total"],
            logs["discriminator/real"] + logs["discriminator/fake"],
        )

    def test_the_generator_moves_before_the_discriminator_sees_it(self):
        # Same start; in one of the two the discriminator takes the old images.
        losses = []
        for reuse_fake in (False, True):
            keras.utils.set_random_seed(0)
            gan = tiny_pix2pixhd(reuse_fake=reuse_fake)
            gan.compile((keras.optimizers.SGD(10.0), keras.optimizers.SGD(0.0)))
            logs = gan.train_on_batch(*batch(), return_dict=True)
            losses.append(float(logs["discriminator/fake"]))
        self.assertGreater(abs(losses[0] - losses[1]), 1e-3 * losses[0])

    def test_average_follows_the_generator_and_is_what_predicts(self):
        gan = tiny_pix2pixhd(ema_decay=0.75)
        gan.compile()
        before = [
            np.array(ops.convert_to_numpy(v)) for v in gan.generator.weights
        ]
        gan.train_on_batch(*batch())
        for old, new, average in zip(
            before,
            gan.generator.weights,
            gan.ema_generator.weights,
            strict=True,
        ):
            new = ops.convert_to_numpy(new)
            expected = new
            if average.path.endswith(("kernel", "bias", "gamma", "beta")):
                expected = 0.75 * old + 0.25 * new
            assert_all_close(average, expected, atol=1e-6)
        self.assertIs(gan.inference_generator, gan.ema_generator)
        label_map, _ = batch()
        assert_all_close(
            gan.predict(label_map, verbose=0),
            gan.ema_generator(label_map),
            atol=1e-5,
        )

    def test_two_discriminator_steps_are_taken_on_two_mini_batches(self):
        # With a frozen generator: two steps of half a batch each.
        label_map, image = batch()
        keras.utils.set_random_seed(0)
        gan = tiny_pix2pixhd(discriminator_steps=2)
        gan.compile((keras.optimizers.SGD(0.0), sgd()))
        gan.train_on_batch(label_map, image)
        keras.utils.set_random_seed(0)
        other = tiny_pix2pixhd()
        other.compile((keras.optimizers.SGD(0.0), sgd()))
        other.train_on_batch(label_map[:2], image[:2])
        iterations = [
            int(ops.convert_to_numpy(o.iterations))
            for o in (gan.optimizer.generator, gan.optimizer.discriminator)
        ]
        self.assertEqual(iterations, [1, 2])

    def test_a_batch_that_cannot_be_split_is_refused(self):
        gan = tiny_pix2pixhd(discriminator_steps=2)
        gan.compile()
        with self.assertRaisesRegex(ValueError, "2 mini-batches"):
            gan.train_on_batch(*batch(3))

    def test_clipping_shrinks_the_step_to_the_norm(self):
        gan = tiny_pix2pixhd()
        gan.compile(
            (keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0)),
            clip_norm=1e-3,
        )
        players = (gan.generator, gan.discriminator)
        before = [
            [np.array(ops.convert_to_numpy(v)) for v in p.trainable_variables]
            for p in players
        ]
        gan.train_on_batch(*batch())
        for old, player in zip(before, players, strict=True):
            moved = sum(
                np.square(ops.convert_to_numpy(v) - o).sum()
                for v, o in zip(player.trainable_variables, old, strict=True)
            )
            assert_all_close(np.sqrt(moved), 1e-3, rtol=1e-3)

    def test_broken_numbers_stop_training_and_are_named(self):
        gan = tiny_pix2pixhd()
        gan.compile()
        label_map, image = batch()
        with self.subTest("what the last update broke, before it is saved"):

            def poison(batch, logs):
                bias = breaks.model.generator.last_conv.bias
                bias.assign(np.full(bias.shape, np.nan))

            breaks = keras.callbacks.LambdaCallback(on_train_batch_end=poison)
            with self.assertRaisesRegex(
                FloatingPointError, "epoch 2, step 1 of 1: .* in generator"
            ):
                gan.fit(
                    label_map,
                    image,
                    initial_epoch=1,
                    epochs=2,
                    batch_size=len(image),
                    callbacks=[breaks],
                    verbose=0,
                )
        image[:] = np.nan
        saved = []
        save = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda *args: saved.append(args)
        )
        with self.assertRaisesRegex(FloatingPointError, "discriminator/real"):
            gan.fit(label_map, image, verbose=0, callbacks=[save])
        self.assertEqual(saved, [])

    def test_two_time_scales_are_the_default(self):
        gan = tiny_pix2pixhd()
        gan.compile(AdamPair(learning_rate=2e-4))
        rates = [
            float(ops.convert_to_numpy(o.learning_rate))
            for o in (gan.optimizer.generator, gan.optimizer.discriminator)
        ]
        assert_all_close(rates, [1e-4, 4e-4])
        self.assertEqual(gan.optimizer.generator.beta_1, 0.0)
        gan = tiny_pix2pixhd()
        gan.compile(AdamPair(learning_rate=2e-4, ttur=False))
        self.assertEqual(gan.optimizer.discriminator.beta_1, 0.5)
        rate = ops.convert_to_numpy(gan.optimizer.discriminator.learning_rate)
        assert_all_close(rate, 2e-4)

    def test_mixed_precision_trains_with_finite_losses(self):
        if not half_precision.trains_in("mixed_bfloat16"):
            self.skipTest("no gradients of bfloat16 on this CPU")
        keras.config.set_dtype_policy("mixed_bfloat16")
        gan = tiny_pix2pixhd()
        gan.compile()
        logs = gan.train_on_batch(*batch(), return_dict=True)
        self.assertTrue(all(np.isfinite(float(v)) for v in logs.values()))
        image = gan.generator(batch()[0])
        self.assertEqual(
            keras.backend.standardize_dtype(image.dtype), "float32"
        )

    def test_a_saved_gan_goes_on_as_if_nothing_had_happened(self):
        gan = tiny_spade(ema_decay=0.9)
        gan.compile()
        label_map, image = batch(2)
        gan.train_on_batch(label_map, image)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            other = keras.models.load_model(path)
        for a, b in zip(values(gan), values(other), strict=True):
            np.testing.assert_array_equal(a, b)
        gan.train_on_batch(label_map, image)
        other.train_on_batch(label_map, image)
        for a, b in zip(values(gan), values(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)

    def test_style_logs_the_kl_term_and_draws_new_noise_in_each_call(self):
        gan = tiny_spade()
        gan.compile((sgd(), sgd()))
        logs = gan.train_on_batch(*batch(2), return_dict=True)
        self.assertGreater(float(logs["generator/kl"]), 0)
        first, second = (
            ops.convert_to_numpy(gan.draw_noise((2, 3))) for _ in range(2)
        )
        self.assertGreater(np.abs(first - second).max(), 0)

    def test_an_encoder_must_fit_the_generator(self):
        gan = tiny_spade()
        plain = SPADEGenerator(NUM_CLASSES, (SIZE, SIZE), filters=1)
        with self.assertRaisesRegex(ValueError, "style_dim"):
            SPADE(plain, gan.discriminator, gan.encoder)
        with self.assertRaisesRegex(ValueError, "must be equal"):
            SPADE(
                gan.generator,
                gan.discriminator,
                StyleEncoder(1, style_dim=STYLE_DIM + 1),
            )

    def test_without_an_encoder_the_style_code_is_noise(self):
        gan = tiny_spade()
        gan = SPADE(gan.generator, gan.discriminator)
        gan.build()
        self.assertNotIn("generator/kl", gan.term_names)
        inputs, image = batch(2)
        data = {"label_map": inputs, "edge_map": None, "image": image}
        first, second = (
            ops.convert_to_numpy(gan.synthesize(data)["image"])
            for _ in range(2)
        )
        self.assertGreater(np.abs(first - second).max(), 0)

    def test_an_average_of_statistics_is_no_copy(self):
        data = batch(2)
        for statistics in ("copy", "average"):
            gan = tiny_pix2pixhd(ema_decay=0.5, ema_statistics=statistics)
            gan.compile((sgd(), sgd()))
            old = ops.convert_to_numpy(gan.generator.first_norm.moving_mean)
            gan.train_on_batch(*data)
            new = ops.convert_to_numpy(gan.generator.first_norm.moving_mean)
            average = gan.ema_generator.first_norm.moving_mean
            expected = new if statistics == "copy" else (old + new) / 2
            np.testing.assert_allclose(
                ops.convert_to_numpy(average), expected, rtol=1e-6, atol=1e-9
            )

    def test_presets_name_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "spade_ade20k_256"):
            SPADE.from_preset("spade_ade20k")
        with self.assertRaisesRegex(ValueError, "gans.Pix2PixHD.from_preset"):
            SPADE.from_preset("pix2pixhd_ade20k_256")
        with self.assertRaisesRegex(ValueError, "vgg.pth` does not exist"):
            SPADE.from_preset("spade_ade20k_256", perceptual="/nowhere/vgg.pth")
        gan = SPADE.from_preset(
            "spade_ade20k_256",
            perceptual="off",
            generator={"filters": 1, "hidden_filters": 2},
            discriminator={"filters": 1},
        )
        self.assertEqual(gan.generator.num_classes, 151)

    def test_bad_arguments_say_what_was_expected(self):
        for kwargs, message in (
            ({"ema_decay": 1.0}, "between 0 and 1"),
            ({"discriminator_steps": 0}, "integer of at least 1"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                tiny_pix2pixhd(**kwargs)
        with self.assertRaisesRegex(ValueError, "clip_norm"):
            tiny_pix2pixhd().compile(clip_norm=-1)
