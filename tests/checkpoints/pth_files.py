"""Writes `.pth` files opcode by opcode: no PyTorch needed, any content."""

import pickle
import struct
import zipfile

STOP = pickle.STOP


def proto(body):
    return pickle.PROTO + b"\x02" + body + STOP


def plain(value):
    """Opcodes of a plain value."""
    return pickle.dumps(value, protocol=2)[2:-1]


def name(module, attribute):
    """Opcodes of `module.attribute`."""
    return f"c{module}\n{attribute}\n".encode()


def items(*values):
    """Opcodes of a tuple of values given as opcodes."""
    return pickle.MARK + b"".join(values) + pickle.TUPLE


def call(function, *arguments):
    return function + items(*arguments) + pickle.REDUCE


def mapping(values):
    """Opcodes of a dict of key -> opcodes."""
    body = b"".join(plain(key) + value for key, value in values.items())
    return pickle.EMPTY_DICT + pickle.MARK + body + pickle.SETITEMS


def storage(key, size, kind="FloatStorage", module="torch", view=b""):
    """Opcodes of a reference to a storage; `view` as old files add it."""
    return (
        items(
            plain("storage"),
            name(module, kind),
            plain(key),
            plain("cpu"),
            plain(size),
            *([view] if view else []),
        )
        + pickle.BINPERSID
    )


def tensor(reference, shape, strides, offset=0):
    """Opcodes of a tensor on a storage."""
    return call(
        name("torch._utils", "_rebuild_tensor_v2"),
        reference,
        plain(offset),
        plain(tuple(shape)),
        plain(tuple(strides)),
        plain(False),
        call(name("collections", "OrderedDict")),
    )


def write_zip(path, body, storages, byte_order=None, data_name="data.pkl"):
    """Write the format of PyTorch 1.6 and later."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"archive/{data_name}", proto(body))
        archive.writestr("archive/version", b"3\n")
        if byte_order:
            archive.writestr("archive/byteorder", byte_order)
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)


def write_legacy(path, body, storages, magic=0x1950A86A20F9469CFC6C):
    """Write the format before 1.6; `storages` maps key -> (size, bytes)."""
    with open(path, "wb") as file:
        for value in (magic, 1001, {"little_endian": True}):
            file.write(pickle.dumps(value, protocol=2))
        file.write(proto(body))
        file.write(pickle.dumps(list(storages), protocol=2))
        for size, data in storages.values():
            file.write(struct.pack("<q", size) + data)
