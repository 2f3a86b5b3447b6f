"""Small `.pth` and `.safetensors` files that ask for a lot, or try to act."""

import io
import json
import pickle
import struct
import zipfile

from keras_semsynth.generators import SPADEGenerator
from tests.checkpoints import pth_files as pth

NUMBERS = b"\0" * 48
ONE = pth.tensor(pth.storage("0", 12), (12,), (1,))
_MAGIC = 0x1950A86A20F9469CFC6C
# What a file that runs code would make, in the folder it is read in.
SENTINEL = "executed"


def zipped(body, storages=None, whole=None, **kwargs):
    """The bytes of an archive, its pickle given as opcodes."""
    file = io.BytesIO()
    storages = {"0": NUMBERS} if storages is None else storages
    pth.write_zip(file, body, storages, **kwargs)
    if whole is not None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", whole)
            archive.writestr("archive/data/0", NUMBERS)
    return file.getvalue()


def raw(opcodes):
    """An archive with a pickle of its own protocol."""
    return zipped(b"", whole=opcodes)


def legacy(body, tail, protocol=1001, keys=("0",)):
    """The old format; `tail` follows the keys of the storages."""
    head = [_MAGIC, protocol, {"little_endian": True}]
    return (
        b"".join(pickle.dumps(value, protocol=2) for value in head)
        + pth.proto(body)
        + pickle.dumps(
            list(keys) if isinstance(keys, tuple) else keys, protocol=2
        )
        + tail
    )


def state(**values):
    return zipped(pth.mapping(values))


def shape(shape, strides, size=12, offset=0):
    return state(
        w=pth.tensor(pth.storage("0", size), shape, strides, offset=offset)
    )


def members(changes):
    """An archive of which `changes(archive)` writes the members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        changes(archive)
    return file.getvalue()


def shared(empty, depth, width=10):
    """Opcodes of containers that hold the one before many times over."""
    body = empty + b"q\x00"
    for i in range(depth):
        body += b"(" + b"h" + bytes([i]) + (b"h" + bytes([i])) * (width - 1)
        body += (b"l" if empty == b"]" else b"t") + b"q" + bytes([i + 1])
    return body


def shared_dicts(depth, width):
    """Dicts by name, each of which holds the one before many times."""
    body = pth.mapping({"w": ONE}) + b"q\x00"
    for i in range(depth):
        body += b"}("
        for name in range(width):
            body += pth.plain(f"k{name}").partition(b"q")[0] + b"h" + bytes([i])
        body += b"uq" + bytes([i + 1])
    return body


def compressed():
    def write(archive):
        archive.writestr("archive/data.pkl", pth.proto(pth.mapping({"w": ONE})))
        archive.writestr(
            "archive/data/0", b"\0" * 2_000_000, zipfile.ZIP_DEFLATED
        )

    return members(write)


def bomb():
    def write(archive):
        archive.writestr(
            "archive/data.pkl",
            b"\x80\x02" + b"N0" * 2_000_000 + b"N.",
            zipfile.ZIP_DEFLATED,
        )

    return members(write)


def patched(old, new, content=None):
    """A good file in whose directory bytes are exchanged."""
    content = content or state(w=ONE)
    head, mark, tail = content.partition(b"PK\x01\x02")
    return head + (mark + tail).replace(old, new)


def twice():
    def write(archive):
        archive.writestr("archive/data.pkl", pth.proto(pth.mapping({"w": ONE})))
        for name in ("archive/data/0", "archive/data/1"):
            archive.writestr(name, NUMBERS)

    return patched(b"archive/data/1", b"archive/data/0", members(write))


def overlapping():
    """Many names for the bytes of one member."""
    content = state(w=ONE)
    start = content.index(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entries = content[start:end]
    last = entries[entries.rindex(b"PK\x01\x02") :]
    more = b"".join(
        last.replace(b"data/0", b"data/" + bytes([97 + i])) for i in range(20)
    )
    count = struct.pack(
        "<HH", *[content[start:end].count(b"PK\x01\x02") + 20] * 2
    )
    tail = content[end : end + 8] + count
    tail += struct.pack("<L", len(entries + more)) + content[end + 16 :]
    return content[:end] + more + tail


def safetensors(header, numbers=NUMBERS, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    claimed = len(text) if length is None else length
    return struct.pack("<Q", claimed) + text + numbers


def entry(shape, offsets, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def acting(module, function, argument=f"touch {SENTINEL}"):
    return state(w=pth.call(pth.name(module, function), pth.plain(argument)))


def numpy_array(shape, data=b"\0" * 8, code="f8"):
    dtype = pth.call(pth.name("numpy", "dtype"), pth.plain(code))
    made = pth.call(
        pth.name("numpy.core.multiarray", "_reconstruct"),
        pth.name("numpy", "ndarray"),
        pth.plain((0,)),
        pth.plain("b"),
    )
    given = pth.call(
        pth.name("_codecs", "encode"),
        pth.plain(data.decode("latin1")),
        pth.plain("latin1"),
    )
    return (
        made
        + pth.items(
            pth.plain(1), pth.plain(shape), dtype, pth.plain(False), given
        )
        + b"b"
    )


_LONG = "conv_bases.99999999999"
FILES = {
    # Shapes.
    "zero strides": shape((10**5, 10**5), (0, 0)),
    "zero strides, one number": shape((2**40,), (0,), size=12),
    "shape beyond 64 bits": shape((2**62, 2**62), (0, 0)),
    "shape of a thousand digits": shape((10**600,), (0,)),
    "fifty axes": shape((2,) * 50, (0,) * 50),
    "5,000 axes": shape((1,) * 5000, (0,) * 5000),
    "overlapping strides": shape((8, 8, 8), (1, 1, 1)),
    "empty and long": shape((0, 10**12), (1, 1)),
    "view past its end": shape((13,), (1,)),
    "storage of 2^40": shape((2**40,), (1,), size=2**40),
    "storage without data": state(
        w=pth.tensor(pth.storage("9", 4), (4,), (1,))
    ),
    "many views of one storage": zipped(
        pth.mapping(
            {
                f"w{i}": pth.tensor(
                    pth.storage("0", 2**16, "ByteStorage"), (2**16 - i,), (1,)
                )
                for i in range(60)
            }
        ),
        {"0": bytes(2**16)},
    ),
    # Lengths.
    "memo of 2^31": raw(b"\x80\x02Nr\xff\xff\xff\x7f."),
    "memo of 2^31 in text": raw(b"\x80\x02Np2147483646\n."),
    "memo of a googol": raw(b"\x80\x02Np" + b"9" * 100 + b"\n0."),
    "text of 2^40": raw(b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"."),
    "bytes of 2^40": raw(b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"."),
    "bytearray of 2^40": raw(b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"."),
    "bytes of 2^31": raw(b"\x80\x03B\xff\xff\xff\x7f."),
    "text of 2^32": raw(b"\x80\x02X\xff\xff\xff\xff."),
    "integer of 2^31 bytes": raw(b"\x80\x02\x8b\xff\xff\xff\x7f."),
    "frame of 2^40": raw(b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"N."),
    "negative length": raw(b"\x80\x02T\xff\xff\xff\xff."),
    "integer of 20,000 digits": raw(b"\x80\x02L" + b"9" * 20_000 + b"L\n."),
    "integer of 8,000 bytes": raw(
        b"\x80\x02\x8b" + struct.pack("<i", 8000) + b"\x7f" * 8000 + b"."
    ),
    # The old format.
    "ten bytes, old": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "old text of 2^40": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b".",
    "old storage of 2^40": legacy(
        pth.mapping(
            {"w": pth.tensor(pth.storage("0", 2**40, view=b"N"), (1,), (1,))}
        ),
        struct.pack("<q", 2**40),
    ),
    "old storage of negative size": legacy(
        pth.mapping(
            {"w": pth.tensor(pth.storage("0", 4, view=b"N"), (4,), (1,))}
        ),
        struct.pack("<q", -4),
    ),
    "old version that repeats itself": legacy(
        b"N", b"", protocol=[[["x" * 500] * 9] * 9] * 9
    ),
    "old keys that are no list": legacy(b"}", b"", keys=7),
    # Containers.
    "lists that share themselves": zipped(shared(b"]", 40)),
    "tuples that share themselves": zipped(shared(b")", 40)),
    "shared tuple as a key": zipped(
        shared(b")", 40) + b"0}h" + bytes([40]) + b"Ns"
    ),
    "shared tuple in a set": zipped(
        shared(b")", 40) + b"0\x8f(h" + bytes([40]) + b"\x90"
    ),
    "dicts that share themselves": zipped(shared_dicts(40, 10)),
    "a list in itself": zipped(b"]q\x00h\x00a"),
    "a dict in itself": zipped(b"}q\x09" + pth.plain("a") + b"h\x09s"),
    "5,000 lists in one another": zipped(b"]" * 5000 + b"a" * 4999),
    "5,000 tuples as a key": zipped(b"})" + b"\x85" * 5000 + b"Ns"),
    "5,000 marks": zipped(b"(" * 5000),
    "copies of a text": zipped(
        b"]"
        + pth.name("torch", "Size")
        + b"q\x010"
        + pth.plain("x" * 3000).replace(b"q\x00", b"")
        + b"q\x020"
        + b"h\x01h\x02\x85Ra" * 700
    ),
    "1,200 classes": zipped(
        b"".join(pth.name("a", f"A{i}") + b"0" for i in range(1200)) + b"N"
    ),
    "60 storages of one": zipped(
        b"".join(pth.storage(str(i), 1) + b"0" for i in range(60)) + b"}"
    ),
    "the path of another file": zipped(pth.plain("other.pth")),
    # NumPy.
    "numpy of 2^40": state(w=numpy_array((2**40,))),
    "numpy of zero bytes": state(w=numpy_array((0, 2**40), b"")),
    "numpy of a huge type": state(w=numpy_array((1,), code="V99")),
    # Code.
    "os.system": acting("os", "system"),
    "posix.system": acting("posix", "system"),
    "exec": acting("builtins", "exec", f"open('{SENTINEL}', 'w')"),
    "eval, named by texts": raw(
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R."
    ),
    "instance": raw(b"(Vtrue\nios\nsystem\n."),
    "object": zipped(b"(cos\nsystem\n" + pth.plain("true") + b"o"),
    "new object": zipped(
        pth.name("os", "system") + pth.items(pth.plain("true")) + b"\x81"
    ),
    "extension": zipped(b"\x82\x01"),
    "out-of-band buffer": raw(b"\x80\x05\x97."),
    "changed function": zipped(
        pth.name("torch._utils", "_rebuild_tensor_v2")
        + pth.plain({"function": 1})
        + b"b"
    ),
    "changed class": zipped(
        pth.name("a", "A") + pth.plain({"__init__": 1}) + b"b"
    ),
    # Archives.
    "a storage that unpacks a thousandfold": compressed(),
    "a pickle that unpacks a thousandfold": bomb(),
    "one member twice": twice(),
    "members over one another": overlapping(),
    "encrypted": patched(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00",
        b"PK\x01\x02\x14\x03\x14\x00\x01\x00",
    ),
    "cut short": state(w=ONE)[:-30],
    "an archive of nothing": b"PK\x05\x06" + b"\0" * 18,
    "two pickles": members(
        lambda a: [a.writestr(f"{f}/data.pkl", b"N.") for f in "ab"]
    ),
    # Names that count.
    "a part of a high number": state(**{f"head_0.{_LONG}.weight": ONE}),
    "a key of 5,000 letters": state(**{"a." * 2500: ONE}),
    "60 prefixes": state(**{"module." * 60 + "w": ONE}),
    # safetensors.
    "safetensors: header of 2^40": safetensors({}, length=2**40),
    "safetensors: deep": safetensors(b'{"a":' + b"[" * 5000),
    "safetensors: no numbers": safetensors({"w": entry([10**6, 0], [0, 0])}),
    "safetensors: long and empty": safetensors(
        {"w": entry([10**12, 0], [0, 0])}, b""
    ),
    "safetensors: shape beyond 64 bits": safetensors(
        {"w": entry([2**62, 2**62, 12], [0, 48])}
    ),
    "safetensors: one place twice": safetensors(
        {f"w{i}": entry([12], [0, 48]) for i in range(50)}
    ),
    "safetensors: a gap": safetensors({"w": entry([11], [4, 48])}),
    "safetensors: one name twice": safetensors(
        b'{"w":{"dtype":"F32","shape":[12],"data_offsets":[0,48]},"w":{}}'
    ),
    "safetensors: beyond its end": safetensors({"w": entry([24], [0, 96])}),
    "safetensors: digits": safetensors(
        b'{"w":{"dtype":"F32","shape":['
        + b"9" * 9000
        + b'],"data_offsets":[0,48]}}'
    ),
    # Nothing at all.
    "empty": b"",
    "one byte": b"\x80",
    "a picture": b"GIF89a" + b"\0" * 40,
    "HDF5": b"\x89HDF\r\n\x1a\n" + b"\xff" * 100,
    # A width that its own numbers do not justify.
    "width of empty tensors": state(
        **{
            f"{name}.conv_1.weight": pth.tensor(
                pth.storage("0", 12), (10**6, 0, 3, 3), (1, 1, 1, 1)
            )
            for name in ("head_0", "up_0", "up_1", "up_2")
        }
    ),
    "width of a bias": zipped(
        pth.mapping(
            {
                "head_0.conv_1.bias": pth.tensor(
                    pth.storage("0", 2**14, "ByteStorage"), (2**14,), (1,)
                )
            }
        ),
        {"0": bytes(2**14)},
    ),
}
# These hold no network, which `semsynth convert` says of each.
READ_BUT_OF_NO_NETWORK = {"a part of a high number", "60 prefixes"}


def tiny_generator():
    """The network that a good file holds."""
    return SPADEGenerator(
        3, filters=1, hidden_filters=2, image_size=(64, 64), use_edge_map=False
    )
