import json
import os
import struct
import tempfile
import unittest

import numpy as np

from keras_semsynth.checkpoints import read_safetensors

CODES = {"f4": "F32", "f8": "F64", "f2": "F16", "i8": "I64", "u1": "U8"}


def write_safetensors(path, state, codes=None, change=lambda header: header):
    """Writes arrays as the format has them.

    Args:
        path: Where to.
        state: dict, name -> array.
        codes: dict, name -> type, where it is not NumPy's. Defaults to none.
        change: Function of the header that returns the one to write.
    """
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, value in state.items():
        value = np.ascontiguousarray(value)
        kind = f"{value.dtype.kind}{value.dtype.itemsize}"
        code = (codes or {}).get(name) or CODES[kind]
        end = len(data) + value.nbytes
        header[name] = {
            "dtype": code,
            "shape": list(value.shape),
            "data_offsets": [len(data), end],
        }
        data += value.tobytes()
    text = json.dumps(change(header)).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class SafetensorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "a.safetensors")

    def test_numbers_of_every_type(self):
        state = {kind: np.arange(6, dtype=kind).reshape(2, 3) for kind in CODES}
        state["scalar"] = np.array(7)
        state["empty"] = np.zeros((0, 3), "f4")
        write_safetensors(self.path, state)
        found = read_safetensors(self.path)
        self.assertEqual(list(found), list(state))
        for name, value in state.items():
            self.assertEqual(found[name].dtype, value.dtype)
            np.testing.assert_array_equal(found[name], value, name)

    def test_bfloat16_becomes_the_same_number_in_float32(self):
        exact = np.array([[1.0, -2.5], [2.0**127, 0.0]], "f4")
        upper = (exact.view("u4") >> 16).astype("u2")
        write_safetensors(self.path, {"x": upper}, {"x": "BF16"})
        found = read_safetensors(self.path)["x"]
        self.assertEqual(found.dtype, np.float32)
        np.testing.assert_array_equal(found, exact)

    def test_damaged_files_are_refused_by_name(self):
        state = {"x": np.arange(4, dtype="f4")}

        def changed(**entry):
            return lambda header: {"x": {**header["x"], **entry}}

        for change, message in (
            (changed(shape=[5]), "does not fit its 16 bytes"),
            (changed(shape=[-4]), "does not fit"),
            (changed(data_offsets=[4, 20]), "in the middle of x"),
            (changed(data_offsets=[-16, 0]), "does not fit"),
            (changed(dtype="F8_E4M3"), "type F8_E4M3"),
            (lambda header: [1], "Cannot read"),
            (lambda header: {"x": 1}, "Cannot read"),
        ):
            with self.subTest(message=message):
                write_safetensors(self.path, state, change=change)
                with self.assertRaisesRegex(ValueError, message) as caught:
                    read_safetensors(self.path)
                self.assertIn("a.safetensors", str(caught.exception))
        for content, message in (
            (b"", "Cannot read"),
            (struct.pack("<Q", 2**40) + b"{}", "header claims"),
            (struct.pack("<Q", 2) + b"[", "header claims"),
        ):
            with open(self.path, "wb") as file:
                file.write(content)
            with self.assertRaisesRegex(ValueError, message):
                read_safetensors(self.path)
