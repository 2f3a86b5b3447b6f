"""Good files of weights, and what is left of them after random changes."""

import argparse
import pickle
import struct

from tests.checkpoints import hostile_pth as hostile
from tests.checkpoints import pth_files as pth

# Files to be damaged, and pickles to be damaged in an archive.
PICKLES = {
    "archive": pth.proto(
        pth.mapping(
            {
                "w": hostile.ONE,
                "v": pth.tensor(pth.storage("0", 12), (3, 4), (1, 3)),
            }
        )
    ),
    "around the weights": pth.proto(
        pth.mapping(
            {
                "epoch": pth.plain(7),
                "opt": pth.plain([{"lr": 0.1, "betas": (0.5, 0.9)}, "a", None]),
                "mean": hostile.numpy_array((1,)),
                "net": pth.mapping({"w": hostile.ONE}),
            }
        )
    ),
    "protocol 4": pickle.dumps({"a": [1, "b", (2.0, b"c")]}, protocol=4),
    "options": pickle.dumps(
        {"a": argparse.Namespace(b=1, c={2, 3}), "d": 2**70, "e": 1j},
        protocol=2,
    ),
}
FILES = {
    **{name: hostile.raw(content) for name, content in PICKLES.items()},
    "old": hostile.legacy(
        pth.mapping(
            {"w": pth.tensor(pth.storage("0", 12, view=b"N"), (12,), (1,))}
        ),
        struct.pack("<q", 12) + hostile.NUMBERS,
    ),
    "safetensors": hostile.safetensors({"w": hostile.entry([3, 4], [0, 48])}),
}


def mutated(content, draw):
    """Some bytes of a file exchanged, taken out, doubled or put in."""
    content = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        place = draw.randrange(len(content))
        length = draw.choice((1, 1, 2, 4, 8))
        kind = draw.randrange(5)
        if kind == 0:
            content[place] = draw.choice(b"(.0RbcdelopqrtuQVX\x80\x81\x8a\xff")
        elif kind == 1:
            content[place : place + length] = draw.randbytes(length)
        elif kind == 2:
            content[place : place + length] = b"\xff" * length
        elif kind == 3:
            del content[place : place + length]
        else:
            content[place:place] = content[place : place + 8 * length]
        if not content:
            return b""
    return bytes(content)
