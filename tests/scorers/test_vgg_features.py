import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG16Features
from keras_semsynth.scorers import VGG19Features
from tests import golden
from tests.numpy_layers import convolution
from tests.vgg_case import VGGTestCase
from tests.vgg_case import image
from tests.vgg_case import torchvision_state


class VGGFeaturesTest(VGGTestCase):
    def test_features_have_the_sizes_and_widths_of_the_five_stages(self):
        for network_class in (VGG16Features, VGG19Features):
            network = network_class(width_divisor=16)
            shapes = [tuple(f.shape) for f in network(image(size=(35, 50)))]
            self.assertEqual(
                shapes,
                [
                    (2, 35, 50, 4),
                    (2, 17, 25, 8),
                    (2, 8, 12, 16),
                    (2, 4, 6, 32),
                    (2, 2, 3, 32),
                ],
            )

    def test_all_layers_of_vgg16_follow_the_equations(self):
        # Three stages; the others are larger alike.
        layers = ("conv1_1", "conv1_2", "conv2_2", "conv3_1", "conv3_3")
        state = torchvision_state(16)
        network = checkpoints.from_official(
            "vgg16", state, feature_layers=layers
        )
        x, expected = np.float64(image(size=(16, 19))), []
        for place, name in zip(
            (0, 2, 5, 7, 10, 12, 14),
            (
                "conv1_1",
                "conv1_2",
                "conv2_1",
                "conv2_2",
                "conv3_1",
                "",
                "conv3_3",
            ),
            strict=True,
        ):
            if place in (5, 10):
                height, width = (n // 2 * 2 for n in x.shape[1:3])
                x = x[:, :height, :width]
                x = x.reshape(2, height // 2, 2, width // 2, 2, -1)
                x = x.max(axis=(2, 4))
            kernel = state[f"features.{place}.weight"].transpose(2, 3, 1, 0)
            x = convolution(x, kernel, pad=1) + state[f"features.{place}.bias"]
            x = np.maximum(x, 0)
            expected += [x] * (name in layers)
        for actual, feature in zip(
            network(image(size=(16, 19))), expected, strict=True
        ):
            self.assertLess(
                golden.error(ops.convert_to_numpy(actual), feature), 1e-5
            )

    def test_full_size_has_the_weights_of_the_published_table(self):
        network = VGG19Features()
        with golden.undrawn_weights():
            network.build()
        shapes = [
            entry.official_shape for entry in checkpoints.naming_table(network)
        ]
        self.assertEqual(shapes[0], (64, 3, 3, 3))
        self.assertEqual(shapes[-2:], [(512, 512, 3, 3), (512,)])
        # The first 13 convolutions of VGG-19.
        self.assertEqual(network.count_params(), 12_944_960)
        # The first 11 of VGG-16.
        network = VGG16Features()
        with golden.undrawn_weights():
            network.build()
        self.assertEqual(network.count_params(), 9_995_072)

    def test_other_layers_are_those_of_the_same_network(self):
        state = torchvision_state()
        layers = ("conv1_2", "conv2_1", "conv3_2", "conv5_2")
        network = checkpoints.from_official(
            "vgg19", state, feature_layers=layers
        )
        self.assertEqual(network.convolutions[-1].name, "conv5_2")
        plain = checkpoints.from_official("vgg19", state)
        self.assertEqual(plain.convolutions[-1].name, "conv5_1")
        found, expected = network(image()), plain(image())
        np.testing.assert_array_equal(found[1], expected[1])
        after = ops.convert_to_numpy(network.convolutions[1](expected[0]))
        np.testing.assert_allclose(found[0], after, rtol=1e-5)
        self.assertEqual(found[3].shape, expected[4].shape)
        # What lies after the last feature is not needed, however much it is.
        short = checkpoints.from_official(
            "vgg19", state, feature_layers=("conv2_1",)
        )
        self.assertEqual(len(short.convolutions), 3)
        np.testing.assert_array_equal(short(image())[0], expected[1])
        for wrong in ((), ("conv2_1", "conv1_1"), ("relu1_1",)):
            with self.assertRaisesRegex(ValueError, "`feature_layers`"):
                VGG19Features(feature_layers=wrong)

    def test_it_is_frozen_before_and_after_it_is_built(self):
        network = VGG19Features(width_divisor=64)
        network(image())
        self.assertEqual(network.trainable_variables, [])
        self.assertEqual(len(network.weights), 26)

    def test_gradient_reaches_the_image(self):
        network = VGG19Features(width_divisor=64)

        def function(x):
            value = ops.sum(network(x)[0])
            return value, value

        _, (gradient,), _ = golden.gradients(function, [image()])
        self.assertGreater(np.abs(gradient).max(), 0.0)

    def test_torchvision_layout_is_read_without_the_parts_not_needed(self):
        state = torchvision_state()
        network = checkpoints.from_official("vgg19", state)
        self.assertEqual(network.width_divisor, 64)
        kept = checkpoints.to_official(network)
        self.assertEqual(len(kept), 26)
        for key, value in kept.items():
            np.testing.assert_array_equal(value, state[key])

    def test_whole_model_file_survives(self):
        network = VGG19Features(width_divisor=64)
        network(image())
        path = self.path("whole.keras")
        network.save(path)
        copy = keras.saving.load_model(path)
        self.assertEqual(copy.width_divisor, 64)
        self.assertSameFeatures(copy, network)

    def test_bad_arguments_and_images_are_errors(self):
        with self.assertRaisesRegex(ValueError, "width_divisor=3"):
            VGG19Features(width_divisor=3)
        network = VGG19Features(width_divisor=64)
        with self.assertRaisesRegex(ValueError, "at least 16 by 16"):
            network(image(size=(15, 32)))
        with self.assertRaisesRegex(ValueError, "height, width, 3"):
            VGG19Features(width_divisor=64).build((None, 32, 32, 4))


class VGG19GoldenTest(unittest.TestCase):
    def test_official_features_loss_and_gradient_to_the_image(self):
        file = golden.Golden("spade_perceptual_vgg")
        # The file names weights `slice<k>.<place>`, torchvision `features`.
        state = {
            f"features.{key.split('.', 1)[1]}": value
            for key, value in file.state().items()
        }
        network = checkpoints.from_official("vgg19", state)
        self.assertEqual(network.width_divisor, 16)
        loss = PerceptualLoss(network)
        fake, real = (
            golden.to_last(file[f"in/{kind}"]) for kind in ("fake", "real")
        )

        def function(fake):
            value = loss(fake, ops.convert_to_tensor(real))
            return value, value

        value, (gradient,), _ = golden.gradients(function, [fake])
        # Suggested with the file: layers 1e-5, losses 2e-5, gradients 5e-3.
        for i, feature in enumerate(network(fake)):
            expected = file[f"out/fake_features/{i}"]
            error = golden.error(golden.to_first(feature), expected)
            self.assertLess(error, 1e-5, i)
        self.assertLess(golden.error(value, file["out/perceptual"]), 2e-5)
        self.assertLess(
            golden.relative_l2(golden.to_first(gradient), file["grad/in/fake"]),
            5e-3,
        )
