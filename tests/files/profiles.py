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
    tags = {
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0"
        + struct.pack(">IH", 1, round(gamma * 256))
        + b"\0\0",
    }
    start = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for kind, value in tags.items():
        table += kind + struct.pack(">2I", start + len(content), len(value))
        content += value
    header = (
        struct.pack(">I", start + len(content))
        + b"lcms"
        + struct.pack(">I", 0x02100000)
        + b"mntrGRAYXYZ "
        + struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
        + b"acsp"
    )
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + content
