"""TIFF files of kinds that Pillow cannot write."""

import struct

import numpy as np

_SIZES = {3: ("H", 2), 4: ("I", 4)}


def tiff(values, photometric=2, planar=1, sample_format=1):
    """Encodes values `(height, width, channels)` without compression."""
    height, width, channels = values.shape
    bits = 8 * values.dtype.itemsize
    planes = [values]
    if planar == 2:
        planes = [np.ascontiguousarray(values[..., i]) for i in range(channels)]
    strips = [plane.tobytes() for plane in planes]
    starts = [8 + sum(map(len, strips[:i])) for i in range(len(strips))]
    entries = [
        (256, 3, [width]),
        (257, 3, [height]),
        (258, 3, [bits] * channels),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, 4, starts),
        (277, 3, [channels]),
        (278, 3, [height]),
        (279, 4, [len(strip) for strip in strips]),
        (284, 3, [planar]),
        (339, 3, [sample_format] * channels),
    ]
    directory = 8 + sum(map(len, strips))
    place = directory + 2 + 12 * len(entries) + 4
    table, more = struct.pack("<H", len(entries)), b""
    for tag, kind, numbers in entries:
        letter, size = _SIZES[kind]
        packed = struct.pack(f"<{len(numbers)}{letter}", *numbers)
        if len(packed) > 4:
            more, packed = more + packed, struct.pack("<I", place + len(more))
        table += struct.pack("<HHI", tag, kind, len(numbers))
        table += packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", directory)
    return head + b"".join(strips) + table + bytes(4) + more
