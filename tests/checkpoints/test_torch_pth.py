"""The reader of `.pth` files against what PyTorch writes."""

import collections
import importlib.util
import pickle
import unittest

import numpy as np

from keras_semsynth.checkpoints import read_pth
from tests.checkpoints.test_pth import PthTestCase

HAS_TORCH = importlib.util.find_spec("torch") is not None


@unittest.skipUnless(HAS_TORCH, "compares with torch.save")
class TorchPthTest(PthTestCase):
    """The reader against what PyTorch really writes."""

    def state(self):
        import torch

        torch.manual_seed(0)
        shared = torch.randn(6, 5)
        state = {
            "shared": shared,
            "transposed": shared.t(),
            "row": shared[3],
            "parameter": torch.nn.Parameter(torch.randn(2, 3)),
            "scalar": torch.tensor(3),
            "empty": torch.zeros(0, 4),
            "expanded": torch.randn(4, 3)[:1].expand(4, 3),
            "channels_last": torch.randn(2, 3, 4, 5).to(
                memory_format=torch.channels_last
            ),
        }
        for name in (
            "float64", "float16", "bfloat16", "int64", "int32", "int16",
            "int8", "uint8", "bool", "complex64",
        ):  # fmt: skip
            values = torch.tensor([0, 1, 1, 0])
            state[name] = values.to(getattr(torch, name))
        return collections.OrderedDict(state)

    def check(self, state):
        import torch

        read = read_pth(self.path)
        self.assertEqual(list(read), list(state))
        for key, tensor in state.items():
            tensor = tensor.detach()
            if tensor.dtype == torch.bfloat16:
                tensor = tensor.float()
            self.assertEqual(read[key].dtype, tensor.numpy().dtype, key)
            np.testing.assert_array_equal(read[key], tensor.numpy(), key)

    def test_zip_format(self):
        import torch

        state = self.state()
        # Has no storage class of its own, so is written another way.
        state["uint16"] = torch.tensor([1, 2, 65535], dtype=torch.uint16)
        torch.save(state, self.path)
        self.check(state)

    def test_old_format(self):
        import torch

        state = self.state()
        torch.save(state, self.path, _use_new_zipfile_serialization=False)
        self.check(state)

    def test_every_protocol_of_pickles(self):
        import torch

        state = self.state()
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for new in (True, False):
                with self.subTest(protocol=protocol, new=new):
                    torch.save(
                        state,
                        self.path,
                        pickle_protocol=protocol,
                        _use_new_zipfile_serialization=new,
                    )
                    self.check(state)

    def test_tied_weights_are_read_once(self):
        import torch

        weight = torch.randn(3, 4)
        torch.save({f"w{i}": weight.detach() for i in range(100)}, self.path)
        read = read_pth(self.path)
        self.assertEqual(len(read), 100)
        np.testing.assert_array_equal(read["w99"], weight.numpy())

    def test_expanded_tensors_are_refused_until_they_are_copied(self):
        import torch

        state = {"bias": torch.randn(1, 3).expand(4, 3)}
        torch.save(state, self.path)
        with self.assertRaisesRegex(
            ValueError, r"larger than its storage.*v\.contiguous\(\)"
        ):
            read_pth(self.path)
        state = {key: value.contiguous() for key, value in state.items()}
        torch.save(state, self.path)
        self.check(state)

    def test_module_state_with_its_metadata(self):
        import torch

        module = torch.nn.Sequential(
            torch.nn.utils.spectral_norm(torch.nn.Conv2d(3, 4, 3)),
            torch.nn.BatchNorm2d(4),
        )
        state = module.state_dict()
        for new in (True, False):
            torch.save(state, self.path, _use_new_zipfile_serialization=new)
            self.check(state)

    def test_a_whole_module_is_refused(self):
        import torch

        torch.save(torch.nn.Linear(2, 2), self.path)
        with self.assertRaisesRegex(ValueError, "torch.nn.modules.linear"):
            read_pth(self.path)
