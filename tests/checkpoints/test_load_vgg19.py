import pathlib

import h5py
import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import VGG19Features
from tests import golden
from tests.checkpoints.test_weights import write_state
from tests.vgg19_case import VGG19TestCase
from tests.vgg19_case import image
from tests.vgg19_case import keras_layers
from tests.vgg19_case import torchvision_state


class LoadVGG19Test(VGG19TestCase):
    def test_legacy_keras_layout_gives_the_same_features(self):
        state = torchvision_state()
        path = self.path("vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5")
        with h5py.File(path, "w") as file:
            for name, kernel, bias in keras_layers(state):
                group = file.create_group(name)
                # The names inside, as in the published file.
                group[f"{name}_W_1:0"] = kernel
                group[f"{name}_b_1:0"] = bias
        self.assertSameFeatures(
            checkpoints.load_vgg19(path),
            checkpoints.from_official("vgg19", state),
        )

    def test_weights_file_of_a_keras_model_gives_the_same_features(self):
        state = torchvision_state()
        model = keras.Sequential([keras.Input((None, None, 3))])
        layers = list(keras_layers(state))
        for name, kernel, _ in layers:
            model.add(keras.layers.Conv2D(kernel.shape[-1], 3, name=name))
        for layer, (_, kernel, bias) in zip(model.layers, layers, strict=True):
            layer.set_weights([kernel, bias])
        path = self.path("keras.weights.h5")
        model.save_weights(path)
        self.assertSameFeatures(
            checkpoints.load_vgg19(path),
            checkpoints.from_official("vgg19", state),
        )

    def test_its_own_weights_file_gives_the_same_features(self):
        network = VGG19Features(width_divisor=64)
        network.build()
        path = self.path("own.weights.h5")
        network.save_weights(path)
        self.assertSameFeatures(checkpoints.load_vgg19(path), network)

    def test_caffe_weights_read_an_rgb_image_over_channel_deviations(self):
        state = torchvision_state()
        path = self.path("caffe.h5")
        with h5py.File(path, "w") as file:
            for name, kernel, bias in keras_layers(state):
                file[f"{name}/kernel"], file[f"{name}/bias"] = kernel, bias
        plain = checkpoints.load_vgg19(path)
        adapted = checkpoints.load_vgg19(path, caffe_input=True)
        x = image()
        # What the Caffe network was trained on, for the same picture.
        deviations = np.array([0.229, 0.224, 0.225], "float32")
        bgr = (255.0 * deviations * x)[..., ::-1].copy()
        for actual, expected in zip(adapted(x), plain(bgr), strict=True):
            self.assertLess(
                golden.error(
                    ops.convert_to_numpy(actual),
                    ops.convert_to_numpy(expected),
                ),
                1e-5,
            )

    def test_a_missing_file_says_where_to_get_it_and_how_to_do_without(self):
        with self.assertRaises(FileNotFoundError) as caught:
            checkpoints.load_vgg19("/nowhere/vgg19-dcbb9e9d.pth")
        message = str(caught.exception)
        for part in (
            "/nowhere/vgg19-dcbb9e9d.pth",
            'torchvision.models.vgg19(weights="IMAGENET1K_V1")',
            "`perceptual=off`",
            "perceptual=None",
        ):
            self.assertIn(part, message)

    def test_a_file_of_another_network_is_an_error(self):
        path = self.path("other.h5")
        with h5py.File(path, "w") as file:
            file["kernel"] = np.zeros((3, 3, 3, 64), "float32")
        with self.assertRaisesRegex(ValueError, "13 convolutions .* 1 are"):
            checkpoints.load_vgg19(path)
        with open(path, "wb") as file:
            file.write(b"no HDF5")
        with self.assertRaisesRegex(ValueError, "Cannot read .*other.h5"):
            checkpoints.load_vgg19(path)

    def test_the_content_tells_the_layout_not_the_name(self):
        state = torchvision_state()
        expected = checkpoints.from_official("vgg19", state)
        path = self.path("renamed.h5")
        write_state(pathlib.Path(path), state)
        self.assertFalse(checkpoints.is_of_keras_applications(path))
        self.assertSameFeatures(checkpoints.load_vgg19(path), expected)
        path = self.path("renamed.pth")
        with h5py.File(path, "w") as file:
            for name, kernel, bias in keras_layers(state):
                file[f"{name}/kernel"], file[f"{name}/bias"] = kernel, bias
        self.assertTrue(checkpoints.is_of_keras_applications(path))
        self.assertSameFeatures(checkpoints.load_vgg19(path), expected)
        network = VGG19Features(width_divisor=64)
        network.build()
        path = self.path("own.weights.h5")
        network.save_weights(path)
        self.assertFalse(checkpoints.is_of_keras_applications(path))

    def test_arrays_that_a_file_only_announces_are_not_made(self):
        path = self.path("small.h5")
        shape = (10**5, 10**5, 3, 3)
        kernels = {
            "announced": {"shape": shape},
            "in pieces": {"shape": shape, "chunks": (10, 10, 3, 3)},
            "packed": {"data": np.zeros((99, 99, 3, 3)), "compression": "gzip"},
            "elsewhere": {"shape": (3,) * 4, "external": "/etc/passwd"},
            "objects": {"shape": (1,) * 4, "dtype": h5py.string_dtype()},
        }
        for name, kernel in kernels.items():
            with self.subTest(name=name):
                with h5py.File(path, "w") as file:
                    file.create_dataset("kernel", **{"dtype": "f4", **kernel})
                with self.assertRaisesRegex(
                    ValueError, "small.h5.* as HDF5: /kernel has .* bytes"
                ):
                    checkpoints.load_vgg19(path)
