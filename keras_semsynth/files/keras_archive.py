"""Looks through a `.keras` file before Keras sees it."""

import dataclasses
import io
import os
import pathlib
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from keras_semsynth.files.hdf5_file import StoredArrays
from keras_semsynth.files.hdf5_file import check_hdf5
from keras_semsynth.files.json_file import JSONError
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import optional

PACKAGE = "keras_semsynth"
CONFIG, METADATA = "config.json", "metadata.json"
WEIGHTS = "model.weights.h5"
_LONGEST = {CONFIG: 4 * 2**20, METADATA: 2**16}
_CONFIG = fields(
    {
        "module": TEXT,
        "class_name": TEXT,
        "registered_name": optional(TEXT),
        "config": mapping_of(ANYTHING),
    }
)
# Of Keras, networks of this package hold nothing else.
_OF_KERAS = {("keras", "DTypePolicy")}
_INITIALIZERS = "keras.initializers"
# Sizes of images, class ids, widths of tiny networks: no array is as large.
_HARMLESS = 2**16


@dataclasses.dataclass(frozen=True)
class KerasArchive:
    """What a `.keras` file says and holds.

    Args:
        config: dict. Class and arguments of the network.
        stored: `StoredArrays`, its weights.
    """

    config: dict[str, Any]
    stored: StoredArrays


def read_archive(path: str | os.PathLike) -> KerasArchive:
    """Checks that a `.keras` file is one that this package writes.

    Sizes that the file announces are held against the file, and nothing of
    what it names is made.

    Args:
        path: Path of the file.

    Returns:
        `KerasArchive`.

    Raises:
        OSError: If the file cannot be read.
        ValueError: Says what is wrong, without the name of the file.
    """
    path = pathlib.Path(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        _check_directory(file, size)
        try:
            with zipfile.ZipFile(file) as archive:
                _check_members(archive, size)
                # Read as a whole, each is held against its checksum.
                texts = {name: archive.read(name) for name in _LONGEST}
                weights = archive.read(WEIGHTS)
        except (
            zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError,
            struct.error,
        ) as error:  # fmt: skip
            raise ValueError(f"it is no whole archive: {error}") from error
    forms = {CONFIG: _CONFIG, METADATA: mapping_of(ANYTHING)}
    found = {}
    for name, form in forms.items():
        try:
            found[name] = parse_json(texts[name], name, form)
        except JSONError as error:
            raise ValueError(f"its {name}: {error.reason}") from error
    config = found[CONFIG]
    stored = check_hdf5(io.BytesIO(weights), len(weights))
    _check_config(config, stored)
    return KerasArchive(config, stored)


def _check_directory(file, size):
    """Checks that the list of members is short, before it is read."""
    file.seek(max(0, size - (2**16 + 22)))
    end = file.read()
    place = end.rfind(b"PK\5\6")
    if place < 0 or len(end) < place + 22:
        raise ValueError("it is no archive, or its end is missing")
    (length,) = struct.unpack_from("<L", end, place + 12)
    # Files of more than 4 GiB have a second, longer entry.
    if end[max(0, place - 20) : place].startswith(b"PK\6\7") and place >= 76:
        (length,) = struct.unpack_from("<Q", end, place - 76 + 40)
    if length > _LONGEST[METADATA]:
        raise ValueError("it has more members than a network")
    file.seek(0)


def _check_members(archive, size):
    members = archive.infolist()
    names = sorted(member.filename for member in members)
    expected = sorted((*_LONGEST, WEIGHTS))
    if names != expected:
        raise ValueError(
            f"its members must be {', '.join(expected)}, but are "
            f"{', '.join(names)[:80] or 'none'}"
        )
    for member in members:
        name = member.filename
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
            raise ValueError(f"its {name} is packed, which Keras never does")
        if member.file_size > _LONGEST.get(name, size):
            raise ValueError(f"its {name} has {member.file_size} bytes")
        if member.file_size != member.compress_size or member.file_size > size:
            raise ValueError(f"its {name} is longer than the file")


def _check_config(config, stored):
    """Checks that a configuration names nothing of others, and no bomb."""
    title = config["class_name"]
    if config["registered_name"] != f"{PACKAGE}>{title}":
        raise ValueError(f"it holds a {title[:40]}, no network of {PACKAGE}")
    for place, value in _walk(config):
        if isinstance(value, dict) and "class_name" in value:
            _check_class(value)
        if type(value) is not int or place == "seed":
            continue
        if abs(value) > max(_HARMLESS, stored.numbers):
            raise ValueError(
                f"{place} of its {CONFIG} is {value}, but its {WEIGHTS} holds "
                f"{stored.numbers} numbers in all"
            )


def _check_class(value):
    name, module = value["class_name"], value.get("module")
    registered = value.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str):
        raise ValueError(f"its {CONFIG} names a class that is no text")
    if registered == f"{PACKAGE}>{name}" and module.startswith(f"{PACKAGE}."):
        return
    # Keras takes what is registered before what it has itself.
    own = registered in (None, name)
    if own and ((module, name) in _OF_KERAS or module == _INITIALIZERS):
        return
    raise ValueError(
        f"its {CONFIG} asks for {module[:40]}.{name[:40]}, which is in no "
        f"network of {PACKAGE}"
    )


def _walk(config) -> Iterator[tuple[str, Any]]:
    """Yields every value, with the name of the argument that it is of."""
    pending = [("the network", config)]
    while pending:
        place, value = pending.pop()
        yield place, value
        if isinstance(value, dict):
            pending += [(str(name)[:40], item) for name, item in value.items()]
        elif isinstance(value, list):
            pending += [(place, item) for item in value]
