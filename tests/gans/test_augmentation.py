"""Augmentation inside the step of two players."""

import os
import tempfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import losses
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans import OASIS
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.saved_state import describe_state
from keras_semsynth.gans.saved_state import load_state
from keras_semsynth.layers.image_transformation import OUTSIDE
from tests.gans.terms import discriminator_terms
from tests.gans.test_mirrored import in_new_process
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd
from tests.gans.tiny_gans import tiny_spade
from tests.losses.test_class_balanced_cross_entropy import numpy_cross_entropy
from tests.losses.test_class_balanced_cross_entropy import numpy_weights
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import settle_spectral_vectors

MOVES = ("translation", "cutout", "flip")
COLORS = random((NUM_CLASSES, 3))


def numpy(x):
    return ops.convert_to_numpy(x)


def painted(size=3):
    """A batch whose images, and edges, are functions of its label maps."""
    label_map, _ = batch(size)
    values = {
        "label_map": label_map,
        "image": COLORS[label_map],
        "edge_map": (label_map == 1)[..., None].astype("float32"),
    }
    return {k: ops.convert_to_tensor(v) for k, v in values.items()}


def repainted(label_map):
    colors = np.concatenate([COLORS, np.zeros((1, 3), "float32")])
    return colors[numpy(label_map)]


class AugmentationTest(SemsynthTestCase):
    def test_layouts_move_with_both_pictures(self):
        for gan in (
            tiny_spade(augmentation=MOVES),
            OASIS(
                TinyStyleGenerator(),
                OASISDiscriminator(NUM_CLASSES, (2, 2), 2),
                augmentation=MOVES,
            ),
        ):
            calls = []

            def judge(batch, image, training, calls=calls):
                calls.append((batch, image))
                return {"scores": image, "features": [[image]], "logits": image}

            gan.judge = judge
            data = painted()
            seen = gan.see(data, data["image"])
            self.assertIsNotNone(seen["fake.scores"])
            self.assertIsNotNone(seen["real.scores"])
            # One pass or two, each with the pictures of its layouts.
            self.assertEqual(len(calls), 1 if gan.judges_together else 2)
            for layout, image in calls:
                ids = numpy(layout["label_map"])
                self.assertIn(OUTSIDE, ids)
                np.testing.assert_array_equal(numpy(image), repainted(ids))
                if layout.get("edge_map") is not None:
                    edges = numpy(layout["edge_map"])[..., 0]
                    np.testing.assert_array_equal(edges, ids == 1)
            # A later pass is about the same layouts.
            np.testing.assert_array_equal(
                numpy(seen["judged.shown"]),
                numpy(seen["judged.label_map"]) != OUTSIDE,
            )
            seen["judge"](data["image"])
            np.testing.assert_array_equal(
                numpy(calls[-1][0]["label_map"]),
                numpy(seen["judged.label_map"]),
            )
            # Other pictures in the next step.
            again = gan.see(data, data["image"])["judged.label_map"]
            self.assertTrue(
                (numpy(again) != numpy(seen["judged.label_map"])).any()
            )

    def test_only_the_discriminator_reads_augmented_pictures(self):
        gan = tiny_spade(augmentation=("color", *MOVES))
        data = painted()
        fake = data["image"] + 1.0
        seen = gan.see(data, fake)
        for name in ("fake", "real"):
            self.assertGreater(
                np.abs(numpy(seen[f"judged.{name}"] - data["image"])).max(), 0.1
            )
        for term in (losses.Perceptual(), losses.SemanticVector(), losses.KL()):
            for read in term.reads:
                self.assertNotIn("judged", read)
        self.assertIs(seen["generated.image"], fake)
        for name, value in data.items():
            self.assertIs(seen[name], value)

    def test_without_augmentation_nothing_is_added(self):
        gan, data = tiny_spade(), painted()
        self.assertIsNone(gan.augmenter)
        fake = data["image"] + 1.0
        for seen in (
            gan.see(data, fake),
            # Nor is anything augmented in an evaluation.
            tiny_spade(augmentation=MOVES).see(data, fake, training=False),
        ):
            self.assertIs(seen["judged.label_map"], data["label_map"])
            self.assertIs(seen["judged.real"], data["image"])
            self.assertIs(seen["judged.fake"], fake)
            self.assertIsNone(seen["judged.shown"])
        self.assertEqual(
            gan.term_names, tiny_spade(augmentation=MOVES).term_names
        )

    def test_targets_of_pixels_move_along(self):
        gan = OASIS(
            TinyStyleGenerator(),
            OASISDiscriminator(NUM_CLASSES, (2, 2), 2),
            ignore_label=2,
            augmentation=("color", *MOVES),
        )
        gan.build()
        settle_spectral_vectors(gan.discriminator)
        label_map, image = batch(3)
        data = painted()
        data["image"] = ops.convert_to_tensor(image)
        fake = random(image.shape)
        numbers = random((3, 12)) % 1.0
        moved = gan.augmenter.draw(
            ops.convert_to_tensor(numbers.astype("float32")), (SIZE, SIZE)
        )
        gan.draw_transformation = lambda image: moved
        coins = np.array([1.0, -1.0, -1.0, 1.0], "float32")
        gan.draw_noise = lambda shape, **kwargs: ops.convert_to_tensor(coins)
        self.keep_spectral_vectors(gan)
        terms = discriminator_terms(gan, data, ops.convert_to_tensor(fake))

        ids = numpy(moved.of_label_map(label_map))
        shown = ids != OUTSIDE
        self.assertLess(shown.mean(), 0.9)
        real, generated = (
            numpy(gan.discriminator(moved.of_image(x))["logits"]).astype(
                "float64"
            )
            for x in (image, fake)
        )
        known = np.where(shown, ids, 0)
        weights = numpy_weights(np.where(shown, ids, 2), 2)
        cross_entropy = numpy_cross_entropy(real, known + 1)
        self.assert_close(terms["real"], (weights * cross_entropy).mean(), 1e-5)
        cross_entropy = numpy_cross_entropy(generated, 0 * known)
        self.assert_close(terms["fake"], cross_entropy[shown].mean(), 1e-5)
        mask = (coins[known] > 0)[..., None]
        mixed = np.where(mask, *map(numpy, map(moved.of_image, (image, fake))))
        mixed = numpy(gan.discriminator(mixed)["logits"])
        expected = mixed - np.where(mask, real, generated)
        self.assert_close(terms["label_mix"], (expected**2).mean(), 1e-4)

    def keep_spectral_vectors(self, gan):
        """Lets passes in training compute what inference does."""
        judge = gan.judge
        gan.judge = lambda batch, image, training: judge(batch, image, False)

    def test_a_saved_run_goes_on_with_its_probability(self):
        options = {
            "augmentation": ("color", *MOVES),
            "adaptive_target": 0.0,
            "adaptive_images": 80,
            "discriminator_steps": 2,
        }
        gan = tiny_pix2pixhd(**options)
        # The compiled step goes on bit by bit in `tests/training`.
        gan.compile(run_eagerly=True, jit_compile=False)
        data = batch()
        logs = [gan.train_on_batch(*data, return_dict=True) for _ in range(3)]
        self.assertTrue(all(np.isfinite(float(v)) for v in logs[-1].values()))
        self.assertEqual(float(logs[0]["augmentation/probability"]), 0.0)
        # 6 mini-batches of 2: changed once by 8 / 80, at most, and 2 wait.
        changed = float(numpy(gan.augmenter.present_probability))
        self.assertIn(round(changed, 6), (0.0, 0.1))
        self.assertEqual(numpy(gan.augmenter.window)[:2].tolist(), [2.0, 4.0])
        gan.augmenter.present_probability.assign(0.5)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            other = keras.models.load_model(path)
            self.check_load_state(gan, folder, options)
        self.assertEqual(other.augmentation, ("color", *MOVES))
        for _ in range(2):
            gan.train_on_batch(*data)
            other.train_on_batch(*data)
        # Moved by the same steps, with the same draws.
        self.assertNotEqual(
            float(numpy(gan.augmenter.present_probability)), 0.5
        )
        for one, two in zip(gan.variables, other.variables, strict=True):
            self.assertEqual(one.shape, two.shape)
            np.testing.assert_allclose(
                numpy(one), numpy(two), rtol=1e-5, atol=1e-6, err_msg=one.path
            )
        np.testing.assert_array_equal(
            *(numpy(g.augmenter.present_probability) for g in (gan, other))
        )

    def check_load_state(self, gan, folder, options):
        """Runs with other settings of augmentation read the checkpoint."""
        path = os.path.join(folder, "gan.weights.h5")
        gan.save_weights(path)
        fixed = tiny_pix2pixhd(augmentation=("color",))
        fixed.compile()
        load_state(fixed, path, describe_state(gan))
        np.testing.assert_array_equal(
            *(numpy(g.generator.weights[0]) for g in (gan, fixed))
        )
        fixed.save_weights(path)
        adaptive = tiny_pix2pixhd(**options, augmentation_probability=0.25)
        adaptive.compile()
        load_state(adaptive, path, describe_state(fixed))
        chance = numpy(adaptive.augmenter.present_probability)
        self.assertEqual(float(chance), 0.25)

    def test_an_evaluation_says_how_sure_the_discriminator_is(self):
        gan = tiny_pix2pixhd(
            augmentation=MOVES, adaptive_target=0.6, adversarial="hinge"
        )
        gan.compile(run_eagerly=True, jit_compile=False)
        label_map, image = batch()
        logs = gan.evaluate(label_map, image, return_dict=True, verbose=0)
        scores = gan.discriminator(image, label_map)["scores"]
        expected = np.mean([np.sign(numpy(s)).mean() for s in scores])
        self.assert_close(logs["augmentation/certainty"], expected, 1e-5)
        self.assertEqual(float(numpy(gan.augmenter.window).sum()), 0.0)

    def test_what_cannot_be_augmented_or_adapted_says_so(self):
        gan = tiny_spade()
        networks = (gan.generator, gan.discriminator, gan.encoder)
        for arguments, message in (
            ({"adaptive_target": 0.6}, "`adaptive_target` needs `augment"),
            ({"augmentation_probability": 0.5}, "`augmentation_prob.* needs"),
            (
                {
                    "adversarial": "wasserstein",
                    "augmentation": MOVES,
                    "adaptive_target": 0.6,
                },
                "`adaptive_target` needs a loss that says how sure",
            ),
        ):
            with self.assertRaisesRegex(ValueError, message):
                SPADE(*networks, **arguments)
        with self.assertRaisesRegex(ValueError, "there is none: leave it out"):
            SemanticGAN(
                gan.generator,
                terms=(losses.Content(reads=("generated.image",)),),
                augmentation=MOVES,
            )


SCRIPT = """
import sys

import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
from tests.gans.tiny_gans import batch, tiny_pix2pixhd

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    gan = tiny_pix2pixhd(
        augmentation=("cutout", "translation"),
        adaptive_target=0.6,
        adaptive_images=1000,
    )
    gan.compile()

@tf.function
def adapt():
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    # One alone is above the target, their mean is below.
    gan.augmenter.adapt(tf.where(replica == 0, 1.0, 0.0), 5)

@tf.function
def draw():
    return gan.draw_transformation(tf.ones((3, 8, 8, 3))).shown

gan.augmenter.present_probability.assign(0.5)
for _ in range(4):
    strategy.run(adapt)
after = [v.numpy() for v in strategy.experimental_local_results(
    gan.augmenter.present_probability.value)]
gan.augmenter.present_probability.assign(1.0)
shown = strategy.experimental_local_results(strategy.run(draw))
gan.fit(*batch(4), batch_size=4, epochs=5, verbose=0)
np.savez(
    sys.argv[1],
    after=after,
    shown=[s.numpy() for s in shown],
    window=gan.augmenter.window.numpy(),
)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="MirroredStrategy is TensorFlow's",
)
def test_replicas_share_one_probability_and_draw_for_themselves(tmp_path):
    found = in_new_process(SCRIPT, os.path.join(tmp_path, "found.npz"))
    # 4 steps of 2 times 5 images.
    np.testing.assert_allclose(found["after"], 0.5 - 40 / 1000, rtol=1e-6)
    first, second = found["shown"]
    assert (first != second).any()
    # 5 steps more, of 4 images all in all; one came after the last change.
    np.testing.assert_array_equal(found["window"][:2], [1.0, 4.0])
