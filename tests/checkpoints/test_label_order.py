import unittest

import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.experiments import preset_options
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import OASISGenerator
from tests import golden
from tests.checkpoints.test_converter import convert
from tests.checkpoints.test_converter import official

CLASSES = 5
SIZE = {"num_classes": CLASSES, "image_size": (32, 32), "filters": 1}
UNET = {
    "num_classes": CLASSES,
    "encoder_filters": [2, 2, 2],
    "last_filters": 2,
}
GENERATORS = {
    "oasis_generator": (OASISGenerator, {"hidden_filters": 2}),
    "dpgan_generator": (DPGANGenerator, {"pyramid_filters": 2}),
}
DISCRIMINATORS = {
    "oasis_discriminator": (OASISDiscriminator, UNET),
    "dpgan_discriminator": (DPGANDiscriminator, {"patch_filters": 2, **UNET}),
}


def state_of(name, **options):
    """A random official state of a small network."""
    network_class, arguments = {**GENERATORS, **DISCRIMINATORS}[name]
    if name in GENERATORS:
        arguments = {**SIZE, "noise_dim": 2, **arguments}
    network = network_class(**{**arguments, **options})
    with golden.undrawn_weights():
        network.build()
    random = np.random.RandomState(0)
    state = {}
    for key, value in checkpoints.to_official(network).items():
        if key.endswith("num_batches_tracked"):
            state[key] = value
            continue
        drawn = random.standard_normal(value.shape)
        if key.endswith("running_var"):
            drawn = np.abs(drawn) + 0.5
        state[key] = (0.5 * drawn).astype(value.dtype)
    return state


def ours_of(raw):
    """Ids of our `coco_stuff` for those in the files of COCO-Stuff."""
    return np.where(raw == 255, CLASSES - 1, raw).astype("int32")


def official_of(raw):
    """Ids as the official code makes them: one further, unknown first."""
    return ((raw + 1) % 256).astype("int32")


def raw_label_map(seed=0):
    """Classes 0 to 3, and 255 for unknown."""
    random = np.random.RandomState(seed)
    return random.choice([0, 1, 2, 3, 255], (1, 32, 32))


class LabelOrderTest(unittest.TestCase):
    def both(self, name):
        """The networks of one file in its order and in ours.

        Checks that the latter is written back as the file was.
        """
        state = state_of(name)
        options = {}
        if name in GENERATORS:
            options = {"noise_dim": 2, "image_size": SIZE["image_size"]}
        theirs, ours = (
            convert(name, state, label_order=order, **options)
            for order in ("file", "unknown_last")
        )
        written = checkpoints.to_official(ours, label_order="unknown_last")
        self.assertEqual(set(written), set(state))
        for key, value in state.items():
            np.testing.assert_array_equal(written[key], value, key)
        return theirs, ours

    @golden.slow_on_jax
    def test_a_generator_reads_our_ids_as_the_official_one_reads_its_own(self):
        raw = raw_label_map()
        latent = np.ones((1, 2), "float32")
        for name in GENERATORS:
            with self.subTest(network=name):
                theirs, ours = self.both(name)
                expected = theirs(official_of(raw), latent=latent)
                found = ours(ours_of(raw), latent=latent)
                expected, found = map(ops.convert_to_numpy, (expected, found))
                np.testing.assert_allclose(found, expected, atol=1e-5)
                other = theirs(ours_of(raw), latent=latent)
                difference = expected - ops.convert_to_numpy(other)
                self.assertGreater(np.abs(difference).max(), 1e-4)

    @golden.slow_on_jax
    def test_a_discriminator_gives_logits_in_our_order(self):
        random = np.random.RandomState(0)
        image = random.uniform(-1, 1, (1, 32, 32, 3)).astype("float32")
        for name in DISCRIMINATORS:
            with self.subTest(network=name):
                theirs, ours = self.both(name)
                expected = ops.convert_to_numpy(theirs(image)["logits"])
                found = ops.convert_to_numpy(ours(image)["logits"])
                # Fake, then the classes, the unknown one at the end.
                expected = expected[..., [0, 2, 3, 4, 5, 1]]
                np.testing.assert_allclose(found, expected, rtol=1e-5)

    def test_the_order_of_coco_stuff_must_be_given(self):
        state = state_of("oasis_discriminator", num_classes=183)
        with self.assertRaisesRegex(
            checkpoints.UntoldOptionsError, "`label_order`.*coco_stuff"
        ):
            convert("oasis_discriminator", state)
        convert("oasis_discriminator", state, label_order="unknown_last")

    def test_other_networks_and_orders_are_refused(self):
        with self.assertRaisesRegex(ValueError, "`label_order` must be one of"):
            state = state_of("oasis_discriminator")
            convert("oasis_discriminator", state, label_order="first")
        state = official(FPSEDiscriminator(3, filters=1))
        with self.assertRaisesRegex(ValueError, "option of OASIS's"):
            convert(
                "ccfpse_discriminator",
                state,
                label_order="unknown_last",
                use_edge_map=False,
            )

    def test_presets_know_the_order_of_their_dataset(self):
        for preset, order in (
            ("oasis_ade20k_256", "file"),
            ("oasis_cityscapes_512", "file"),
            ("oasis_coco_stuff_256", "unknown_last"),
        ):
            options = preset_options(preset, "oasis_generator")
            self.assertEqual(options["label_order"], order)
        options = preset_options("spade_coco_stuff_256", "spade_generator")
        self.assertNotIn("label_order", options)
