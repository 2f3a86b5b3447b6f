"""Finds, checks and opens the public files of weights."""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Mapping

import keras

from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.checkpoints.public_files import CATALOGUE
from keras_semsynth.files.checksum import file_sha256
from keras_semsynth.files.fetching import FetchError
from keras_semsynth.files.fetching import fetch
from keras_semsynth.files.fetching import fetched_files_dir

ENVIRONMENT = "SEMSYNTH_WEIGHTS"
# Said in the place of a folder.
DOWNLOAD = "download"
# Ending of catalogue names of the older of two generations.
_OLDER = "_older"


@dataclasses.dataclass(frozen=True)
class WeightsRecord:
    """Which weights a scorer has, for a report.

    Args:
        name: str. Name of the network in the catalogue.
        files: tuple of dict, one a file: `part`, `file`, `sha256` (of the file
            read, whole), `published_sha256` (as far as published, or `None`),
            `verified` (what was compared: `"sha256"`, `"sha256 prefix (8
            digits)"` or `"unverified"`), `source` and `licence`.
    """

    name: str
    files: tuple[Mapping, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over those of the files: the key of a cache."""
        text = "\n".join(file["sha256"] for file in self.files)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict:
        """The record as plain data; can be written as JSON."""
        return {"name": self.name, "files": [dict(f) for f in self.files]}


def find_weights_dir(
    weights_dir: str | os.PathLike | None = None,
) -> pathlib.Path | None:
    """Finds the folder of the public weights.

    Args:
        weights_dir: str or path-like. The folder, if one was named. Defaults
            to `None`: the environment variable `SEMSYNTH_WEIGHTS`.

    Returns:
        `pathlib.Path`, or `None` if neither is set.
    """
    folder = weights_dir or os.environ.get(ENVIRONMENT)
    return pathlib.Path(folder).expanduser() if folder else None


def find_weights(
    name: str, weights_dir: str | os.PathLike | None = None
) -> tuple[dict[str, pathlib.Path], WeightsRecord]:
    """Finds and checks the files of one network.

    Args:
        name: str. A name in the catalogue: `"inception_fid"`,
            `"inception_torchvision"`, `"drn_d_105"`, `"upernet101"`,
            `"upernet101_older"`, `"deeplabv2_resnet101"`, `"lpips_alex"`,
            `"lpips_vgg"`, `"vgg19"`, `"vgg16"` or `"efficientnet_lite0"`.
        weights_dir: str or path-like. Folder of the files, or `"download"`:
            what is not in the folder of `SEMSYNTH_WEIGHTS` is fetched once
            into Keras' cache, where its address and its SHA-256 are public.
            Defaults to `None`: that folder.

    Returns:
        `(paths, record)`: dict of part -> `pathlib.Path`, and `WeightsRecord`.
        A `.safetensors` file of the same name stands in for a missing `.pth`.

    Raises:
        ValueError: If the name is unknown, or a file is not the published one.
        FileNotFoundError: If a file is missing and cannot be fetched; says
            where it is published, under which licence, and where it is looked
            for.
    """
    if name not in CATALOGUE:
        raise ValueError(
            f"`name` must be one of {sorted(CATALOGUE)}. "
            f"Received: name={name!r}."
        )
    fetches = weights_dir == DOWNLOAD
    folder = find_weights_dir(None if fetches else weights_dir)
    paths, files = {}, []
    for part, public in CATALOGUE[name].items():
        found = _find(folder, public)
        if found is None and fetches:
            found = _fetched(public)
        if found is None:
            what = name if part == "weights" else f"{name} ({part})"
            raise FileNotFoundError(_missing(what, public, folder, fetches))
        paths[part], published_name = found
        published = public.sha256.get(published_name)
        digest = file_sha256(paths[part])
        if published and not digest.startswith(published):
            raise ValueError(
                f"{paths[part]} is not the published file: its SHA-256 is "
                f"{digest}, published is {published}"
                f"{'' if len(published) == 64 else '...'}. Fetch it again "
                f"from {public.source}."
            )
        files.append(
            {
                "part": part,
                "file": published_name,
                "sha256": digest,
                "published_sha256": published,
                "verified": verified(published),
                "source": public.source,
                "licence": public.licence,
            }
        )
    return paths, WeightsRecord(name, tuple(files))


def _fetched(public):
    """What `_find` finds in Keras' cache, fetched if it is not there yet."""
    folder = fetched_files_dir()
    found = _find(folder, public)
    if public.address is None:
        return found
    if found is not None:
        path, name = found
        if file_sha256(path).startswith(public.sha256[name]):
            return found
        print(f"{path} was damaged since it was fetched: it is fetched again.")
    name = public.names[0]
    path, sha256 = folder / name, public.sha256[name]
    try:
        if public.member is None:
            fetch(public.address, sha256, path)
        else:
            fetch(
                public.address,
                public.archive_sha256,
                path,
                public.member,
                sha256,
            )
    except FetchError as error:
        inside = f", {public.member} inside it," if public.member else ""
        raise FileNotFoundError(
            f"{error}: get {public.address}{inside} elsewhere and put it at "
            f"{path}, or into the folder that the environment variable "
            f"{ENVIRONMENT} names."
        ) from error
    return path, name


def verified(published: str | None) -> str:
    """Says what of a file's hash was compared with a published one.

    Args:
        published: str or `None`. The SHA-256, or the prefix of it, that is
            published and that the file has.

    Returns:
        str: `"sha256"`, `"sha256 prefix (8 digits)"` or `"unverified"`.
    """
    if not published:
        return "unverified"
    if len(published) == 64:
        return "sha256"
    return f"sha256 prefix ({len(published)} digits)"


# Keras publishes MD5 of its VGG-19 and VGG-16, with and without their tops.
_KERAS_MD5 = {
    "cbe5617147190e668d6c5d5026f83318",
    "253f8cb515780f3b799900260a226db6",
    "64373286793e3c8b2b4e3219cbf3544b",
    "6d6bbae143d832006294945121d1f1fc",
}


def record_file(path: str | os.PathLike) -> dict[str, str]:
    """Says which file a perceptual loss was read from, for a report.

    Args:
        path: str or path-like.

    Returns:
        dict with `file` (its name), `sha256` and `verified`: `"sha256"` if
        it is a published file of the catalogue, or `"md5"` if it is the
        VGG-19 or VGG-16 of Keras, whatever its name, else `"unverified"`.
    """
    digest = file_sha256(path)
    published = {
        sha256
        for files in CATALOGUE.values()
        for public in files.values()
        for sha256 in public.sha256.values()
    }
    said = "sha256" if digest in published else "unverified"
    with open(path, "rb") as file:
        if hashlib.file_digest(file, _md5).hexdigest() in _KERAS_MD5:
            said = "md5"
    name = pathlib.Path(path).name
    return {"file": name, "sha256": digest, "verified": said}


def _md5():
    return hashlib.md5(usedforsecurity=False)


def open_scorer(
    name: str, /, weights_dir: str | os.PathLike | None = None, **options
) -> tuple[keras.Model, WeightsRecord]:
    """Builds a scorer with its public weights.

    Args:
        name: str. A name in the catalogue; see `find_weights`.
        weights_dir: str or path-like. Folder of the public files, or
            `"download"`; see `find_weights`. Defaults to `None`: that of
            `SEMSYNTH_WEIGHTS`.
        **options: Constructor arguments of the network. `"upernet101"` with
            `generation="older"` is `"upernet101_older"`.

    Returns:
        `(network, record)`: the Keras model and a `WeightsRecord`.

    Raises:
        FileNotFoundError: If a file is missing; see `find_weights`.
        ValueError: If a file is not the published one, or does not fit.

    Example:

    >>> network, record = keras_semsynth.checkpoints.open_scorer("vgg19")
    >>> record.as_dict()["files"][0]["sha256"][:8]
    'dcbb9e9d'
    """
    if name.endswith(_OLDER):
        name = name.removesuffix(_OLDER)
        options["generation"] = "older"
    if name == "upernet101":
        options.setdefault("generation", "current")
    older = options.get("generation") == "older"
    paths, record = find_weights(name + _OLDER * older, weights_dir)
    state = paths["weights"] if set(paths) == {"weights"} else paths
    return from_official(name, state, **options), record


def _find(folder, public):
    """`(path, published name)` of the first name there is, or `None`."""
    if folder is None:
        return None
    for name in public.names:
        places = [name]
        if name in public.sha256:
            places.append(name.rpartition("/")[2])
        for place in places:
            if (folder / place).is_file():
                return folder / place, name
    for name in public.names:
        # The same numbers in another form, whose hash nobody published.
        name = str(pathlib.PurePath(name).with_suffix(".safetensors"))
        if (folder / name).is_file():
            return folder / name, name
    return None


def _missing(what, public, folder, fetches):
    where = f"in {folder}" if folder else "anywhere: no folder was given"
    how = (
        "Put it into the folder that `weights_dir` or the environment "
        f"variable {ENVIRONMENT} names"
    )
    if fetches:
        places = [*([folder] if folder else []), fetched_files_dir()]
        where = f"in {' or '.join(map(str, places))}"
        how = (
            "It cannot be fetched, since no SHA-256 of it is published: put it "
            f"at {fetched_files_dir() / public.names[0]}"
        )
    elif public.address is not None:
        how += f", or give `weights_dir={DOWNLOAD}` to fetch it"
    return (
        f"The weights of {what} are not {where}. Needed is the file "
        f"{' or '.join(public.names)}, public at {public.source}; licence: "
        f"{public.licence}. {how}."
    )
