import collections
import os
import pickle
import sys
import tempfile
import unittest
import unittest.mock

import numpy as np

from keras_semsynth.checkpoints import read_pth
from tests.checkpoints import pth_files as pth

DATA = np.arange(12, dtype="<f4")


class PthTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "latest_net_G.pth")

    def read(self, body, storages=None, **kwargs):
        if storages is None:
            storages = {"0": DATA.tobytes()}
        pth.write_zip(self.path, body, storages, **kwargs)
        return read_pth(self.path)

    def assertRefused(self, pattern, body, storages=None, **kwargs):
        with self.assertRaisesRegex(ValueError, pattern) as caught:
            self.read(body, storages, **kwargs)
        # Every refusal names the file and tells what to do.
        self.assertIn("latest_net_G.pth", str(caught.exception))
        self.assertIn("re-save", str(caught.exception))


class ReadPthTest(PthTestCase):
    def test_views_of_one_storage_are_cut_by_offset_and_strides(self):
        reference = pth.storage("0", 12)
        state = self.read(
            pth.mapping(
                {
                    "whole": pth.tensor(reference, (3, 4), (4, 1)),
                    "transposed": pth.tensor(reference, (4, 3), (1, 4)),
                    "part": pth.tensor(reference, (2, 2), (4, 2), offset=1),
                    "spread": pth.tensor(reference, (2, 3), (0, 1)),
                    "scalar": pth.tensor(reference, (), (), offset=7),
                    "empty": pth.tensor(reference, (0, 3), (3, 1)),
                }
            )
        )
        grid = DATA.reshape(3, 4)
        expected = {
            "whole": grid,
            "transposed": grid.T,
            "part": [[1, 3], [5, 7]],
            "spread": [[0, 1, 2], [0, 1, 2]],
            "scalar": 7,
            "empty": np.zeros((0, 3)),
        }
        self.assertEqual(list(state), list(expected))
        for key, value in expected.items():
            np.testing.assert_array_equal(state[key], value, key)
            self.assertTrue(state[key].flags.c_contiguous)
            self.assertTrue(state[key].flags.writeable)

    def test_every_usual_type_is_read(self):
        kinds = {
            "FloatStorage": "f4",
            "DoubleStorage": "f8",
            "HalfStorage": "f2",
            "LongStorage": "i8",
            "IntStorage": "i4",
            "ShortStorage": "i2",
            "CharStorage": "i1",
            "ByteStorage": "u1",
            "BoolStorage": "b1",
        }
        values = [0, 1, 1, 0, 1]
        body = pth.mapping(
            {
                kind: pth.tensor(pth.storage(kind, 5, kind), (5,), (1,))
                for kind in kinds
            }
        )
        state = self.read(
            body,
            {
                k: np.array(values, dtype).tobytes()
                for k, dtype in kinds.items()
            },
        )
        for kind, dtype in kinds.items():
            self.assertEqual(state[kind].dtype, np.dtype(dtype))
            np.testing.assert_array_equal(state[kind], values)

    def test_bfloat16_becomes_the_same_number_in_float32(self):
        exact = np.array([1.0, -2.5, 3e38, 0.0], "f4")
        upper = (exact.view("u4") >> 16).astype("<u2")
        state = self.read(
            pth.mapping(
                {
                    "x": pth.tensor(
                        pth.storage("0", 4, "BFloat16Storage"), (2, 2), (1, 2)
                    )
                }
            ),
            {"0": upper.tobytes()},
        )
        self.assertEqual(state["x"].dtype, np.float32)
        expected = (upper.astype("u4") << 16).view("f4").reshape(2, 2).T
        np.testing.assert_array_equal(state["x"], expected)

    def test_big_endian_files_are_turned(self):
        state = self.read(
            pth.mapping({"x": pth.tensor(pth.storage("0", 12), (12,), (1,))}),
            {"0": DATA.astype(">f4").tobytes()},
            byte_order=b"big",
        )
        np.testing.assert_array_equal(state["x"], DATA)
        self.assertTrue(state["x"].dtype.isnative)

    def test_containers_and_numbers_around_tensors_stay(self):
        content = self.read(
            pth.mapping(
                {
                    "epoch": pth.plain(7),
                    "losses": pth.plain([0.5, None, "text"]),
                    "state_dict": pth.mapping(
                        {"w": pth.tensor(pth.storage("0", 12), (12,), (1,))}
                    ),
                }
            )
        )
        self.assertEqual(content["epoch"], 7)
        self.assertEqual(content["losses"], [0.5, None, "text"])
        np.testing.assert_array_equal(content["state_dict"]["w"], DATA)

    def test_old_format_with_a_view_of_a_storage(self):
        view = pth.items(pth.plain("1"), pth.plain(2), pth.plain(5))
        body = pth.mapping(
            {
                "whole": pth.tensor(
                    pth.storage("a", 12, view=pth.plain(None)), (12,), (1,)
                ),
                "view": pth.tensor(
                    pth.storage("a", 12, view=view), (3,), (1,), offset=1
                ),
            }
        )
        pth.write_legacy(self.path, body, {"a": (12, DATA.tobytes())})
        state = read_pth(self.path)
        np.testing.assert_array_equal(state["whole"], DATA)
        np.testing.assert_array_equal(state["view"], [3, 4, 5])

    def test_a_missing_file_is_reported_as_such(self):
        with self.assertRaises(FileNotFoundError):
            read_pth(self.path)


class HostilePthTest(PthTestCase):
    """Files that try to run code or to read what is not theirs."""

    def test_naming_any_other_function_is_refused_before_it_is_called(self):
        marker = os.path.join(os.path.dirname(self.path), "executed")
        for module, attribute in (
            ("os", "system"),
            ("posix", "system"),
            ("builtins", "exec"),
            ("builtins", "getattr"),
            ("torch", "load"),
            ("torch.hub", "load"),
            ("numpy", "load"),
            ("collections", "OrderedDict.fromkeys"),
            ("subprocess", "Popen"),
            ("__main__", "Options.parse"),
        ):
            with self.subTest(name=f"{module}.{attribute}"):
                self.assertRefused(
                    f"`{module}.{attribute}`.*could run any code",
                    pth.call(
                        pth.name(module, attribute),
                        pth.plain(f"touch {marker}"),
                    ),
                )
        self.assertFalse(os.path.exists(marker))

    def test_the_old_format_is_no_way_around(self):
        body = pth.call(pth.name("os", "system"), pth.plain("true"))
        pth.write_legacy(self.path, body, {})
        with self.assertRaisesRegex(ValueError, "`os.system`"):
            read_pth(self.path)
        # Nor are the pickles before the state.
        with open(self.path, "wb") as file:
            file.write(pth.proto(body))
        with self.assertRaisesRegex(ValueError, "`os.system`"):
            read_pth(self.path)

    def test_a_library_function_cannot_be_changed(self):
        function = pth.name("torch._utils", "_rebuild_tensor_v2")
        state = pth.plain({"function": 1})
        self.assertRefused("changes a library", function + state + b"b")
        state = pth.items(pth.plain(None), pth.plain({"function": 1}))
        self.assertRefused("changes a library", function + state + b"b")
        self.assertRefused(
            "Cannot read",
            pth.name("collections", "OrderedDict")
            + pth.plain({"items": 1})
            + b"b",
        )
        self.assertTrue(callable(collections.OrderedDict.items))

    def test_other_classes_are_neither_imported_nor_called(self):
        marker = os.path.join(os.path.dirname(self.path), "executed")
        module = os.path.join(os.path.dirname(self.path), "hostile.py")
        with open(module, "w") as file:
            file.write(f"open({marker!r}, 'w')\nclass Options: pass\n")
        with unittest.mock.patch.object(
            sys, "path", [os.path.dirname(module), *sys.path]
        ):
            options = pth.name("hostile", "Options")
            made = pth.call(options, pth.plain(1)) + pth.plain({"a": 1}) + b"b"
            self.read(pth.mapping({"options": made, "class": options}))
        self.assertNotIn("hostile", sys.modules)
        self.assertFalse(os.path.exists(marker))
        self.assertRefused("whole hostile.Options", made)

    def test_a_view_beyond_its_storage_is_refused(self):
        reference = pth.storage("0", 12)
        for shape, strides, offset in (
            ((13,), (1,), 0),
            ((2, 2), (100_000, 1), 0),
            ((1,), (1,), 12),
            ((2**40,), (2**40,), 0),
        ):
            with self.subTest(shape=shape, strides=strides, offset=offset):
                self.assertRefused(
                    "reaches element",
                    pth.tensor(reference, shape, strides, offset),
                )
        for shape, strides, offset in (
            ((2,), (-1,), 5),
            ((2,), (1,), -1),
            ((-2,), (1,), 0),
            ((2.0,), (1,), 0),
        ):
            with self.subTest(shape=shape, strides=strides, offset=offset):
                self.assertRefused(
                    "whole numbers",
                    pth.tensor(reference, shape, strides, offset),
                )
        self.assertRefused("strides", pth.tensor(reference, (2,), (1, 1)))

    def test_storages_that_are_not_what_they_claim_are_refused(self):
        tensor = pth.tensor(pth.storage("0", 2**40), (1,), (1,))
        self.assertRefused("48 are there", tensor)
        tensor = pth.tensor(pth.storage("1", 12), (1,), (1,))
        self.assertRefused("data/1", tensor)
        tensor = pth.tensor(pth.storage("0", 12, "Tensor"), (1,), (1,))
        self.assertRefused("torch.Tensor", tensor)
        tensor = pth.tensor(pth.storage("0", 12, "float32"), (1,), (1,))
        self.assertRefused("no known type", tensor)
        self.assertRefused(
            "not built on a storage", pth.tensor(pth.plain(1), (1,), (1,))
        )

    def test_other_files_are_refused_with_their_kind(self):
        self.assertRefused("data.pkl", pth.plain(1), data_name="other.pkl")
        cases = {
            b"": "neither a zip archive nor a pickle",
            b"GIF89a": "neither a zip archive nor a pickle",
            pickle.dumps({"a": 1}): "not one of `torch.save`",
            pickle.dumps(0x1950A86A20F9469CFC6C): "Cannot read",
        }
        for content, pattern in cases.items():
            with open(self.path, "wb") as file:
                file.write(content)
            with self.subTest(content=content):
                with self.assertRaisesRegex(ValueError, pattern):
                    read_pth(self.path)

    def test_a_truncated_old_file_is_refused(self):
        body = pth.mapping(
            {"x": pth.tensor(pth.storage("a", 12, view=b"N"), (12,), (1,))}
        )
        pth.write_legacy(self.path, body, {"a": (12, DATA.tobytes()[:-1])})
        with self.assertRaisesRegex(ValueError, "middle of a tensor"):
            read_pth(self.path)
