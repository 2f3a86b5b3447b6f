"""`.keras` files that are damaged, or made to do harm, by what they are."""

import base64
import io
import json
import marshal
import pickle
import struct
import zipfile

import h5py
import numpy as np

from tests.files import hostile_json

CONFIG, METADATA = "config.json", "metadata.json"
WEIGHTS = "model.weights.h5"
_NO_MEMBERS = "members must be"


class _Evil:
    """Runs something when it is unpickled."""

    def __reduce__(self):
        return (print, ("executed",))


def members(config, weights):
    """The members of a whole archive, name -> bytes."""
    return {
        METADATA: json.dumps({"keras_version": "3.15.1"}).encode(),
        CONFIG: json.dumps(config).encode(),
        WEIGHTS: weights,
    }


def pack(content, compression=zipfile.ZIP_STORED):
    """Makes an archive of members: a mapping, or pairs of name and bytes."""
    buffer = io.BytesIO()
    pairs = content.items() if isinstance(content, dict) else content
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in pairs:
            archive.writestr(name, data)
    return buffer.getvalue()


def archives(whole):
    """Archives that are none of this package.

    Args:
        whole: dict, the members of a network's file.

    Returns:
        dict, name -> tuple of the bytes and of words of the sentence.
    """
    good = pack(whole)

    def without(name):
        return pack({k: v for k, v in whole.items() if k != name})

    def twice(name):
        # The writer itself warns of it.
        renamed = "z" * len(name)
        data = pack({**whole, renamed: b"{}"})
        return data.replace(renamed.encode(), name.encode())

    entry = good.rfind(b"PK\1\2", 0, good.rfind(b"PK\1\2"))
    last = good.rfind(b"PK\1\2")
    deflated = zipfile.ZIP_DEFLATED
    return {
        "nothing": (b"", "no archive"),
        "a text": (b"generator", "no archive"),
        "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(400), "no archive"),
        "a pickle": (pickle.dumps(_Evil()), "no archive"),
        "weights alone": (whole[WEIGHTS], "no archive"),
        "half": (good[: len(good) // 2], "its end is missing"),
        "its end alone": (good[-22:], "no whole archive"),
        "zeros in the middle": (
            good[:200] + bytes(len(good) - 400) + good[-200:],
            "archive|members",
        ),
        "without config": (without(CONFIG), _NO_MEMBERS),
        "without weights": (without(WEIGHTS), _NO_MEMBERS),
        "without metadata": (without(METADATA), _NO_MEMBERS),
        "nothing in it": (pack({}), "but are none"),
        "assets": (pack({**whole, "assets/a": b"x"}), _NO_MEMBERS),
        "a way out": (pack({**whole, "../../evil": b"x"}), _NO_MEMBERS),
        "an absolute name": (pack({**whole, "/tmp/evil": b"x"}), _NO_MEMBERS),
        "npz": (
            pack({**whole, "model.weights.npz": pickle.dumps(_Evil())}),
            _NO_MEMBERS,
        ),
        "config twice": (twice(CONFIG), _NO_MEMBERS),
        "many members": (
            pack({**whole, **{f"{i:0100d}": b"" for i in range(800)}}),
            "more members than a network",
        ),
        "512 MB of blanks": (_blanks(whole, CONFIG, 512), "is packed"),
        "512 MB of weights": (_blanks(whole, WEIGHTS, 512), "is packed"),
        "blanks as they are": (
            pack({**whole, CONFIG: b" " * (5 << 20)}),
            "its config.json has 5242880 bytes",
        ),
        "much metadata": (
            pack({**whole, METADATA: b" " * (1 << 17)}),
            "its metadata.json has 131072 bytes",
        ),
        "packed": (pack(whole, deflated), "is packed"),
        "packed by LZMA": (pack(whole, zipfile.ZIP_LZMA), "is packed"),
        "of method 99": (_patch(good, last + 10, "<H", 99), "is packed"),
        "encrypted": (_patch(good, last + 8, "<H", 1), "is packed"),
        "4 GB announced": (
            _patch(_patch(good, last + 20, "<L", 2**32 - 2), last + 24, "<L",
                   2**32 - 2),
            "has 4294967294 bytes",
        ),
        "sizes that differ": (
            _patch(good, last + 20, "<L", 7),
            "longer than the file",
        ),
        "a member far away": (
            _patch(good, entry + 42, "<L", 2**31),
            "no whole archive",
        ),
        "a wrong checksum": (
            good.replace(b"\x89HDF", b"\x89HDG", 1),
            "Bad CRC-32",
        ),
    }  # fmt: skip


def _blanks(whole, name, size):
    """An archive that unpacks to `size` MiB in one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, data in whole.items():
            if other != name:
                archive.writestr(other, data)
        with archive.open(name, "w") as file:
            for _ in range(size):
                file.write(b" " * 2**20)
    return buffer.getvalue()


def _patch(data, place, form, value):
    data = bytearray(data)
    struct.pack_into(form, data, place, value)
    return bytes(data)


def configs(config, sentinel):
    """Configurations that a file must not have.

    Args:
        config: dict of a network with the arguments `filters`, `depth` and
            `num_classes`.
        sentinel: Path of a file that none of them may make.

    Returns:
        dict, name -> tuple of the bytes and of words of the sentence.
    """
    code = compile(f"open({str(sentinel)!r}, 'w')", "evil", "eval")
    code = base64.b64encode(marshal.dumps(code)).decode()
    function = {
        "class_name": "__lambda__",
        "config": {"value": code, "defaults": None, "closure": None},
    }
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "registered_name": None,
        "config": {"name": "evil", "function": function},
    }
    system = {
        "module": "builtins",
        "class_name": "function",
        "config": "system",
        "registered_name": "os>system",
    }

    def changed(**arguments):
        return {**config, "config": {**config["config"], **arguments}}

    def of(name, module, registered):
        return {
            **config,
            "class_name": name,
            "module": module,
            "registered_name": registered,
        }

    foreign = "no network of keras_semsynth"
    model = {**layer, "class_name": "Functional", "module": "keras"}
    model["config"] = {"name": "f", "layers": [layer]}
    deep = {"class_names": ["a"]}
    for _ in range(80):
        deep = {"config": deep}
    cases = {
        "a Lambda layer": (layer, foreign),
        "a functional model": (model, foreign),
        "a Lambda inside": (changed(initializer=layer), foreign),
        "a lambda inside": (changed(class_names=[function]), "no text"),
        "os.system": (system, "must be an object, but is 'system'"),
        "os.system inside": (changed(dtype=system), foreign),
        "a class of others": (of("Evil", "evil", "other>Evil"), foreign),
        "our name, their module": (
            of("UNetSegmenter", "evil", "keras_semsynth>UNetSegmenter"),
            foreign,
        ),
        "another name": (
            of("Evil", "keras_semsynth.evil", "keras_semsynth>UNetSegmenter"),
            foreign,
        ),
        "no class of ours": (
            of("Evil", "keras_semsynth.evil", "keras_semsynth>Evil"),
            "this version has no class Evil",
        ),
        "a dense layer": (of("Dense", "keras.layers", None), foreign),
        "a layer of a SavedModel": (
            changed(dtype={**layer, "class_name": "TFSMLayer"}),
            foreign,
        ),
        "a module of PyTorch": (
            changed(dtype={**layer, "class_name": "TorchModuleWrapper"}),
            foreign,
        ),
        "a tensor": (
            changed(dtype={"class_name": "__tensor__", "config": {}}),
            "no text",
        ),
        "an initializer that is ours": (
            changed(dtype={**layer, "module": "keras.initializers",
                           "registered_name": "keras_semsynth>Evil"}),
            foreign,
        ),
        "a class that is a list": (changed(dtype={"class_name": []}), "text"),
        "deep": (changed(class_names=deep), "more than 64 deep"),
        "no arguments": ({**config, "config": {}}, "missing"),
        "arguments are a list": ({**config, "config": []}, "a list of 0"),
        "an unknown argument": (changed(evil=1), "evil"),
        "10^9 filters": (changed(filters=10**9), "filters .*1000000000"),
        "10^9 classes": (changed(num_classes=10**9), "num_classes .*holds"),
        "depth 10^9": (changed(depth=10**9), "depth of its config.json"),
        "a side of 10^9": (changed(image_size=[10**9, 64]), "image_size"),
        "-10^9 filters": (changed(filters=-(10**9)), "-1000000000"),
        "0 filters": (changed(filters=0), "`filters`|positive"),
        "half a filter": (changed(filters=2.5), "2.5|int"),
        "filters are a text": (changed(filters="2"), "`filters`|str|int"),
        "filters are a list": (changed(filters=[2]), "filters|list"),
        "twice the filters": (changed(filters=9), "numbers, but the file"),
        "60000 filters": (
            changed(filters=60000, max_filters=60000),
            "numbers, but the file holds",
        ),
        "depth 60000": (changed(depth=60000), "depth"),
        "a dtype of none": (changed(dtype="float7"), "float7"),
        "names of nobody": (changed(class_names=5), "names|int"),
    }  # fmt: skip
    made = {
        name: (json.dumps(content).encode(), words)
        for name, (content, words) in cases.items()
    }
    for name, (data, words) in hostile_json.texts().items():
        if name != "9 MiB of blanks":
            made[f"config: {name}"] = (data, words)
    return made


def hdf5_files(weights, secret):
    """HDF5 files that Keras must not see.

    Args:
        weights: bytes of the weights of a network.
        secret: Path of an HDF5 file with an array "0" of 300 float32.

    Returns:
        dict, name -> tuple of the bytes and of words of the sentence.
    """
    size = 300

    def made(fill):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            fill(file.create_group("layers/dense/vars"))
        return buffer.getvalue()

    def group_in_itself(group):
        group["again"] = group.parent

    def two_names(group):
        group["0"] = np.zeros(5, "f4")
        group["1"] = group["0"]

    def deep(group):
        for _ in range(60):
            group = group.create_group("g")

    def virtual(group):
        layout = h5py.VirtualLayout((size,), "f4")
        layout[:] = h5py.VirtualSource(str(secret), "0", (size,))
        group.create_virtual_dataset("0", layout)

    def large_attribute(group):
        group.attrs["name"] = np.zeros(4000)

    def fill(name, **options):
        return lambda group: group.create_dataset(name, **options)

    def link(value):
        return lambda group: group.__setitem__("0", value)

    zeros = {"data": np.zeros((2**24,), "f4"), "chunks": (2**22,)}
    packed = "is packed or elsewhere"
    cut = weights[: len(weights) * 3 // 4]
    return {
        "no HDF5": (b"x" * 5000, "no HDF5 file"),
        "nothing": (b"", "no HDF5 file"),
        "cut": (cut, "HDF5|announces|truncated"),
        "cut and filled": (
            cut + bytes(len(weights) - len(cut)),
            "HDF5|announces|hold|link|attribute|shape|numbers",
        ),
        "a link to a file": (
            made(link(h5py.ExternalLink(str(secret), "0"))),
            "is a link to somewhere else",
        ),
        "a soft link": (made(link(h5py.SoftLink("/layers"))), "is a link"),
        "a soft link in a circle": (
            made(link(h5py.SoftLink("/layers/dense/vars/0"))),
            "is a link",
        ),
        "a group in itself": (made(group_in_itself), "another name"),
        "one array of two names": (made(two_names), "another name"),
        "an array of another file": (
            made(fill("0", shape=(size,), dtype="f4",
                      external=[(str(secret), 0, 4 * size)])),
            packed,
        ),
        "a virtual array": (made(virtual), packed),
        "a thousandfold": (made(fill("0", compression="gzip", **zeros)),
                           packed),
        "4 TB never written": (
            made(fill("0", shape=(2**40,), dtype="f4", chunks=(2**20,))),
            packed,
        ),
        "4 TB in a row": (
            made(fill("0", shape=(2**40,), dtype="f4")),
            "announces 4398046511104 bytes",
        ),
        "16 KB never written": (
            made(fill("0", shape=(2**12,), dtype="f4")),
            "announces 16384 bytes, but the file holds 0",
        ),
        "texts": (made(fill("0", data=["a", "b"])), "holds no numbers"),
        "pairs": (
            made(fill("0", data=np.zeros(3, "f4,f4"))),
            "holds no numbers",
        ),
        "references": (
            made(fill("0", shape=(3,), dtype=h5py.ref_dtype)),
            "holds no numbers|announces",
        ),
        "no values": (
            made(fill("0", data=h5py.Empty("f4"))),
            "no shape of a weight|elsewhere",
        ),
        "a type": (made(link(np.dtype("f8"))), "neither a group nor"),
        "60 deep": (made(deep), "more than 32 deep"),
        "a large attribute": (made(large_attribute), "attribute 'name'"),
        "other arrays": (made(link(np.zeros(5, "f4"))), "numbers, but"),
    }  # fmt: skip


def network_files(whole, config, sentinel, secret):
    """All of them as files.

    Args:
        whole: dict, the members of a network's file.
        config: dict, its configuration.
        sentinel, secret: As for `configs` and `hdf5_files`.

    Returns:
        dict, name -> tuple of the bytes and of words of the sentence.
    """
    found = {f"zip: {k}": v for k, v in archives(whole).items()}
    for kind, member, made in (
        ("config", CONFIG, configs(config, sentinel)),
        ("weights", WEIGHTS, hdf5_files(whole[WEIGHTS], secret)),
    ):
        for name, (data, words) in made.items():
            name = name.removeprefix(f"{kind}: ")
            found[f"{kind}: {name}"] = (pack({**whole, member: data}), words)
    return found
