"""The public files that hold the scorers' weights, and how to open them."""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Mapping

import keras

from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.files.checksum import file_sha256

ENVIRONMENT = "SEMSYNTH_WEIGHTS"
# Ending of catalogue names of the older of two generations.
_OLDER = "_older"


@dataclasses.dataclass(frozen=True)
class PublicFile:
    """A published file of weights.

    Args:
        names: tuple of str. File names it was published under, the newest
            first; all are good. A folder in front is part of the name, unless
            the published hash tells the file anyway.
        source: str. Where the public finds it.
        licence: str. Its terms.
        sha256: dict, file name -> published SHA-256, or the prefix of it that
            was published. Defaults to none published.
    """

    names: tuple[str, ...]
    source: str
    licence: str
    sha256: Mapping[str, str] = dataclasses.field(default_factory=dict)


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


_TORCHVISION = "https://download.pytorch.org/models/{} (torchvision)"
_IMAGENET = "code BSD-3-Clause; trained on ImageNet (research use)"
_UPERNET = (
    "https://github.com/CSAILVision/semantic-segmentation-pytorch, folder {} "
    "of its model page"
)
_UPERNET_LICENCE = "code BSD-3-Clause; ADE20K images for research use"


# Of files whose names have the start of it. The publishers tell no more; these
# are from public records of several projects that fetched the files.
_WHOLE_SHA256 = {
    whole[:8]: whole
    for whole in (
        "0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
    )
}


def _hashed(names, source, licence):
    """A file whose name ends in the start of its SHA-256."""
    starts = {n: n.rpartition("-")[2].removesuffix(".pth") for n in names}
    return PublicFile(
        names,
        source.format(names[0]),
        licence,
        {name: _WHOLE_SHA256.get(s, s) for name, s in starts.items()},
    )


def _torchvision(*names):
    return _hashed(names, _TORCHVISION, _IMAGENET)


def _upernet(folder):
    return {
        part: PublicFile(
            (f"{folder}/{part}_epoch_50.pth",),
            _UPERNET.format(folder),
            _UPERNET_LICENCE,
        )
        for part in ("encoder", "decoder")
    }


def _lpips_weights(name, sha256):
    return PublicFile(
        (f"v0.1/{name}",),
        "https://github.com/richzhang/PerceptualSimilarity, "
        "lpips/weights/v0.1 (also inside the lpips wheel)",
        "BSD-2-Clause",
        {f"v0.1/{name}": sha256},
    )


# Network -> part -> file. A network of one file has the part "weights".
CATALOGUE = {
    "inception_fid": {
        "weights": _hashed(
            (
                "pt_inception-2015-12-05-6726825d.pth",
                "weights-inception-2015-12-05-6726825d.pth",
            ),
            "https://github.com/mseitzer/pytorch-fid/releases, fid_weights, {}",
            "Apache-2.0 (from TensorFlow's models)",
        )
    },
    "inception_torchvision": {
        "weights": _torchvision(
            "inception_v3_google-0cc3c7bd.pth",
            "inception_v3_google-1a9a5a14.pth",
        )
    },
    "drn_d_105": {
        "weights": PublicFile(
            ("drn-d-105_ms_cityscapes.pth",),
            "https://github.com/fyu/drn, link page in its README",
            "code BSD-3-Clause; trained on Cityscapes (non-commercial terms)",
        )
    },
    "upernet101": _upernet("ade20k-resnet101-upernet"),
    "upernet101_older": _upernet("baseline-resnet101-upernet"),
    "deeplabv2_resnet101": {
        "weights": PublicFile(
            ("deeplabv2_resnet101_msc-cocostuff164k-100000.pth",),
            "https://github.com/kazuto1011/deeplab-pytorch, release v1.0",
            "code MIT; COCO-Stuff annotations CC BY 4.0, images under their "
            "own terms",
        )
    },
    "lpips_alex": {
        "trunk": _torchvision(
            "alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"
        ),
        "lin": _lpips_weights(
            "alex.pth",
            "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        ),
    },
    "lpips_vgg": {
        "trunk": _torchvision("vgg16-397923af.pth"),
        "lin": _lpips_weights(
            "vgg.pth",
            "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        ),
    },
    "vgg19": {"weights": _torchvision("vgg19-dcbb9e9d.pth")},
}


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
            `"lpips_vgg"` or `"vgg19"`.
        weights_dir: str or path-like. Folder of the files. Defaults to `None`:
            that of `SEMSYNTH_WEIGHTS`.

    Returns:
        `(paths, record)`: dict of part -> `pathlib.Path`, and `WeightsRecord`.

    Raises:
        ValueError: If the name is unknown, or a file is not the published one.
        FileNotFoundError: If a file is missing; says where it is published,
            under which licence, and where it is looked for.
    """
    if name not in CATALOGUE:
        raise ValueError(
            f"`name` must be one of {sorted(CATALOGUE)}. "
            f"Received: name={name!r}."
        )
    folder = find_weights_dir(weights_dir)
    paths, files = {}, []
    for part, public in CATALOGUE[name].items():
        found = _find(folder, public)
        if found is None:
            raise FileNotFoundError(_missing(name, part, public, folder))
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


# Keras publishes MD5 of its VGG-19, with and without its top.
_KERAS_MD5 = {
    "cbe5617147190e668d6c5d5026f83318",
    "253f8cb515780f3b799900260a226db6",
}


def record_file(path: str | os.PathLike) -> dict[str, str]:
    """Says which file a perceptual loss was read from, for a report.

    Args:
        path: str or path-like.

    Returns:
        dict with `file` (its name), `sha256` and `verified`: `"sha256"` or
        `"md5"` if it is the published VGG-19 of torchvision or of Keras,
        whatever its name, else `"unverified"`.
    """
    digest = file_sha256(path)
    public = CATALOGUE["vgg19"]["weights"]
    said = "sha256" if digest in public.sha256.values() else "unverified"
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
        weights_dir: str or path-like. Folder of the public files. Defaults to
            `None`: that of `SEMSYNTH_WEIGHTS`.
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
    return None


def _missing(name, part, public, folder):
    where = f"in {folder}" if folder else "anywhere: no folder was given"
    what = name if part == "weights" else f"{name} ({part})"
    return (
        f"The weights of {what} are not {where}. Needed is the file "
        f"{' or '.join(public.names)}, public at {public.source}; licence: "
        f"{public.licence}. Put it into the folder that `weights_dir` or the "
        f"environment variable {ENVIRONMENT} names."
    )
