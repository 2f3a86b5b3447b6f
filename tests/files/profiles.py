"""Colour profiles that differ from sRGB so much that nobody can overlook it."""

import struct

from PIL import ImageCms


def srgb_profile():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return profile.tobytes()


def swapped_profile():
    """Red is blue; it still calls itself sRGB."""
    table = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    profile = srgb_profile()
    for start in range(132, 132 + 12 * profile[131], 12):
        kind = profile[start : start + 4]
        new = table.get(kind, kind)
        profile = profile[:start] + new + profile[start + 4 :]
    return profile


def grey_profile(gamma):
    """A grey profile with a power as its curve."""
    curve = struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    return _profile(b"mntrGRAYXYZ ", {b"kTRC": b"curv\0\0\0\0" + curve})


def ink_profile():
    """A CMYK profile by which cyan ink prints red."""
    red, white, black = (135, 208, 195), (255, 128, 128), (0, 128, 128)
    colors = []
    for inks in range(16):  # cyan is the highest bit, black the lowest
        color = red if inks & 8 else white
        colors += black if inks & 1 else color
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    table += struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    table += 4 * straight + bytes(colors) + 3 * straight
    return _profile(b"prtrCMYKLab ", {b"A2B0": table})


def _profile(kind, tags):
    white = struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"wtpt": b"XYZ \0\0\0\0" + white, **tags}
    start = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">2I", start + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    header = (
        struct.pack(">I", start + len(content))
        + b"lcms"
        + struct.pack(">I", 0x02100000)
        + kind
        + struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
        + b"acsp"
    )
    header = header.ljust(68, b"\0") + white
    return header.ljust(128, b"\0") + table + content
