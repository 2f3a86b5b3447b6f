"""Reads the `.pth` files of PyTorch without PyTorch and without trusting them.

Two formats are understood: the zip archive that `torch.save` writes since
PyTorch 1.6, and the sequence of pickles it wrote before, in which the official
SPADE weights of 2019 were published.
"""

import io
import os
import struct
import zipfile
from typing import Any

import numpy as np

from keras_semsynth.checkpoints.archives import TorchArchive
from keras_semsynth.checkpoints.inert import Inert
from keras_semsynth.checkpoints.instructions import BoundedReader
from keras_semsynth.checkpoints.pickled import PickledTensor
from keras_semsynth.checkpoints.pickled import item_size
from keras_semsynth.checkpoints.pickled_numpy import PickledArray
from keras_semsynth.checkpoints.reasons import reason_of
from keras_semsynth.checkpoints.unpickler import RestrictedUnpickler

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
# Views of one storage that a file may have, and what is too little to count.
_MOST_COPIES = 16
_COPIES_OF_A_SMALL_FILE = 2**20
_DEEPEST = 100
_AS_IT_IS = (
    bool, int, float, complex, str, bytes, set, frozenset, Inert, type(None),
)  # fmt: skip

_RESAVE = (
    "If you trust where the file comes from, re-save its weights with PyTorch: "
    "`torch.save({k: v.contiguous() for k, v in net.state_dict().items()}, "
    "'clean.pth')`."
)


def read_pth(path: str | os.PathLike) -> Any:
    """Read a `.pth` file.

    Args:
        path: str or path-like. A file written by `torch.save` that holds
            tensors in plain containers.

    Returns:
        What was saved, with every tensor as an `np.ndarray` (bfloat16 as
        float32, which holds it exactly). Mostly a `dict` of arrays. Objects
        of classes that have nothing to do with weights, such as the options
        of a training script, are `Inert` placeholders.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, in a format that is not understood,
            names functions, or holds a whole module. Nothing it names is
            imported or called.

    Example:

    >>> state = keras_semsynth.checkpoints.read_pth("latest_net_G.pth")
    >>> state["fc.bias"].shape
    (1024,)
    """
    path = os.fspath(path)
    try:
        size = os.path.getsize(path)
        if zipfile.is_zipfile(path):
            return _read_zip(path, size)
        with open(path, "rb") as file:
            return _read_legacy(file, size)
    except FileNotFoundError:
        raise
    # A damaged or forged pickle may raise nearly anything.
    except Exception as error:
        raise ValueError(
            f"Cannot read {path!r}: {reason_of(error)} {_RESAVE}"
        ) from error


def _read_zip(path, size):
    with TorchArchive(path) as archive:
        data = archive.read("data.pkl")
        unpickler = RestrictedUnpickler(
            BoundedReader(io.BytesIO(data), len(data))
        )
        content = unpickler.load()
        for key, storage in unpickler.storages.items():
            expected = storage.size * item_size(storage.dtype or "u1")
            there = archive.size(f"data/{key}")
            if there is None:
                raise ValueError(f"storage {key} (data/{key}) is missing.")
            if there != expected:
                raise ValueError(
                    f"storage {key} should have {expected} bytes; "
                    f"{there} are there."
                )
            storage.data = archive.read(f"data/{key}")
        order = "<"
        if archive.size("byteorder") is not None:
            order = {b"little": "<", b"big": ">"}[archive.read("byteorder")]
    return _content(content, order, size)


def _read_legacy(file, size):
    if file.read(1) != b"\x80":
        raise ValueError(
            "it is neither a zip archive nor a pickle, so not a file of "
            "`torch.save` (or one from before PyTorch 0.1.10)."
        )
    file.seek(0)
    reader = BoundedReader(file, size)
    magic = RestrictedUnpickler(reader).load()
    if type(magic) is not int or magic != _LEGACY_MAGIC:
        raise ValueError("it is a pickle, but not one of `torch.save`.")
    version = RestrictedUnpickler(reader).load()
    system = RestrictedUnpickler(reader).load()
    if type(version) is not int or version != _LEGACY_PROTOCOL:
        raise ValueError("its protocol version is unknown.")
    little = system.get("little_endian", True)
    unpickler = RestrictedUnpickler(reader)
    content = unpickler.load()
    keys = RestrictedUnpickler(reader).load()
    order = "<" if little else ">"
    if not isinstance(keys, list):
        raise ValueError("it has no list of its storages.")
    for key in keys:
        storage = unpickler.storages[key if type(key) is str else f"{key:d}"]
        (count,) = struct.unpack(f"{order}q", reader.read(8))
        if count != storage.size:
            raise ValueError(
                f"storage {key} should have {storage.size} elements; "
                f"{count} are there."
            )
        length = count * item_size(storage.dtype or "u1")
        if length > reader.left:
            raise ValueError("it ends in the middle of a tensor.")
        storage.data = reader.read(length)
    missing = [k for k, s in unpickler.storages.items() if s.data is None]
    if missing:
        raise ValueError(f"storage {missing[0]} has no data.")
    return _content(content, order, size)


def _content(pickled, byte_order, size):
    """What was saved, if it is more than a placeholder."""
    content = _Arrays(byte_order, size).convert(pickled)
    if isinstance(content, Inert):
        raise ValueError(
            f"it holds a whole {type(content).__name__}, not its weights."
        )
    return content


class _Arrays:
    """Puts arrays in the place of what the pickle describes.

    What the pickle has once is made once, however often it refers to it.

    Args:
        byte_order: `"<"` or `">"`.
        size: int. Bytes of the file.
    """

    def __init__(self, byte_order: str, size: int):
        self._byte_order = byte_order
        self._may_copy = _MOST_COPIES * size + _COPIES_OF_A_SMALL_FILE
        # By identity: the pickle's own objects live as long as this.
        self._made = {}
        self._tensors = {}

    def convert(self, value: Any, depth: int = 0) -> Any:
        """Returns the value with arrays for tensors.

        Args:
            value: What the pickle holds.
            depth: int. Containers around it. Defaults to `0`.

        Raises:
            ValueError: If it nests too deep or contains itself, or its arrays
                are many times as large as the file.
        """
        if isinstance(value, _AS_IT_IS):
            return value
        if id(value) in self._made:
            made = self._made[id(value)]
            if made is _Arrays:
                raise ValueError("it has a container that contains itself.")
            return made
        if depth > _DEEPEST:
            raise ValueError(f"it nests deeper than {_DEEPEST} containers.")
        self._made[id(value)] = _Arrays
        self._made[id(value)] = made = self._convert(value, depth + 1)
        return made

    def _convert(self, value, depth):
        if isinstance(value, PickledTensor):
            return self._tensor(value)
        if isinstance(value, PickledArray):
            return self._counted(value.to_array())
        if isinstance(value, dict):
            return {k: self.convert(v, depth) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self.convert(v, depth) for v in value)
        # Dtypes and the like, which a state dict has no use for.
        return None

    def _tensor(self, tensor):
        # Tied weights are several tensors of the same place.
        key = (id(tensor.storage), *tensor[1:])
        if key not in self._tensors:
            self._tensors[key] = self._counted(
                tensor.to_array(self._byte_order)
            )
        return self._tensors[key]

    def _counted(self, array: np.ndarray | None):
        self._may_copy -= 0 if array is None else array.nbytes
        if self._may_copy < 0:
            raise ValueError(
                f"its tensors have more than {_MOST_COPIES} times the numbers "
                "in the file."
            )
        return array


__all__ = ["read_pth"]
