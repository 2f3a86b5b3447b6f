"""Looks through an HDF5 file before anything in it is read."""

import dataclasses
import math
import os
from typing import BinaryIO

import h5py

# What HDF5 files of Keras have: some ten groups, one in another.
_MAX_DEPTH = 32
_MAX_RANK = 8
_MAX_ATTRIBUTE = 4096


@dataclasses.dataclass(frozen=True)
class StoredArrays:
    """What an HDF5 file holds.

    Args:
        arrays: int. Number of arrays.
        numbers: int. Numbers in all of them.
    """

    arrays: int
    numbers: int


def check_hdf5(file: str | os.PathLike | BinaryIO, size: int) -> StoredArrays:
    """Checks that an HDF5 file is one of plain arrays, as Keras writes it.

    HDF5 can read other files (external storage, links, virtual arrays),
    announce arrays larger than the file, and unpack a little into a lot. All
    of these are refused before an array is read.

    Args:
        file: Path, or binary file.
        size: int. Bytes of the file.

    Returns:
        `StoredArrays`.

    Raises:
        ValueError: Says what is in it that must not be, without its name.
    """
    try:
        with h5py.File(file, "r") as root:
            return _check_all(root, size)
    # A file that is none raises errors of any kind.
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        reason = str(error).strip("'\"").splitlines() or [type(error).__name__]
        raise ValueError(f"it is no HDF5 file of Keras: {reason[0]}") from error


def _check_all(root, size):
    pending = [(root, 0)]
    seen = {_address(root)}
    arrays = numbers = stored = 0
    while pending:
        group, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ValueError(f"its groups are more than {_MAX_DEPTH} deep")
        _check_attributes(group)
        for name in group:
            place = f"{group.name.rstrip('/')}/{name}"[:80]
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"{place} is a link to somewhere else")
            member = group[name]
            address = _address(member)
            if address in seen:
                raise ValueError(f"{place} is another name of something else")
            seen.add(address)
            if isinstance(member, h5py.Group):
                pending.append((member, depth + 1))
                continue
            if not isinstance(member, h5py.Dataset):
                raise ValueError(f"{place} is neither a group nor an array")
            _check_attributes(member)
            stored += _check_array(member, place, size)
            arrays += 1
            numbers += math.prod(member.shape)
            # So that arrays cannot share their bytes.
            if stored > size:
                raise ValueError("its arrays are larger than the file")
    return StoredArrays(arrays, numbers)


def _address(member):
    return h5py.h5o.get_info(member.id).addr


def _check_array(array, place, size):
    """Returns the bytes of an array that lies in the file as it is."""
    creation = array.id.get_create_plist()
    if (
        creation.get_layout() != h5py.h5d.CONTIGUOUS
        or creation.get_nfilters()
        or creation.get_external_count()
    ):
        raise ValueError(
            f"{place} is packed or elsewhere, not as Keras writes it"
        )
    shape, dtype = array.shape, array.dtype
    # bfloat16, which HDF5 does not know, is two bytes of any kind.
    plain = dtype.kind in "fiub" and dtype.itemsize <= 8
    if not (plain or (dtype.kind == "V" and dtype == "V2")):
        raise ValueError(f"{place} holds no numbers, but {dtype!s:.40}")
    if shape is None or len(shape) > _MAX_RANK:
        raise ValueError(f"{place} has no shape of a weight")
    announced = math.prod(shape) * dtype.itemsize
    held = array.id.get_storage_size()
    start = array.id.get_offset() or 0
    if announced != held or start + held > size:
        raise ValueError(
            f"{place} announces {announced} bytes, but the file holds "
            f"{min(held, max(size - start, 0))} of them"
        )
    return held


def _check_attributes(member):
    for name in member.attrs:
        attribute = member.attrs.get_id(name)
        if attribute.get_storage_size() > _MAX_ATTRIBUTE or attribute.shape:
            raise ValueError(f"its attribute {name[:40]!r} is none of Keras")
