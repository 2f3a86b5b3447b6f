"""Pairs the files of a user's own folders."""

import dataclasses
import os
from collections.abc import Mapping
from typing import NamedTuple

from keras_semsynth.data.name_patterns import NamePattern
from keras_semsynth.data.name_patterns import find_patterns
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_by_stem
from keras_semsynth.data.pairing import pair_key
from keras_semsynth.files.listing import JPEG_EXTENSIONS
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from keras_semsynth.files.own_pictures import without_own

_NOUNS = {"image": "image", "label": "label map", "instance": "instance map"}


class Pairs(NamedTuple):
    """The samples of some folders.

    Args:
        rows: List of paths `(image, label[, instance])`.
        problems: List of str, one sentence each.
        proposed: dict of arguments of `find` with which the rows are paired,
            but which were not given: a problem names them.
    """

    rows: list[tuple[str, ...]]
    problems: list[str]
    proposed: dict[str, str]


@dataclasses.dataclass
class _Files:
    """The files of one kind: all of its folder, and those of its pattern."""

    kind: str
    folder: str
    place: str
    pattern: NamePattern
    listed: list[str]
    files: list[str]

    @property
    def noun(self):
        return _NOUNS[self.kind]

    @property
    def cores(self):
        return {self.pattern.core(stem(path)) for path in self.files}


def pair_folders(
    image_dir: str | os.PathLike | None,
    label_dir: str | os.PathLike | None,
    instance_dir: str | os.PathLike | None = None,
    use_edge_map: bool | None = None,
    pairing: str = "stem",
    prefix: str = "",
    patterns: Mapping[str, NamePattern] | None = None,
) -> Pairs:
    """Pairs the files of two or three folders.

    One folder may be given for several kinds of files. Then names tell them
    apart if there are patterns; else JPEG files are the photographs.

    Args:
        image_dir: Path. Photographs.
        label_dir: Path. Label maps.
        instance_dir: Path or `None`. Defaults to `None`.
        use_edge_map: bool or `None`. See `find`. Defaults to `None`.
        pairing: str. See `find`. Defaults to `"stem"`.
        prefix: str. Prefix of the arguments in messages. Defaults to `""`.
        patterns: Mapping from `"image"`, `"label"` and `"instance"` to the
            `NamePattern` of such files. Defaults to none.

    Returns:
        `Pairs`.

    Raises:
        ValueError: If a folder is missing or was not given.
    """
    for name, value in (("image_dir", image_dir), ("label_dir", label_dir)):
        if value is None:
            raise ValueError(f"Dataset 'folder' needs `{prefix}{name}=FOLDER`.")
    if use_edge_map and instance_dir is None:
        raise ValueError(
            "`use_edge_map=true` needs instance maps; give "
            f"`{prefix}instance_dir=FOLDER`."
        )
    folders = {"image": image_dir, "label": label_dir}
    if instance_dir is not None and use_edge_map is not False:
        folders["instance"] = instance_dir
    patterns = dict(patterns or {})
    unchecked = pair_key(pairing) is None
    kinds = [
        _Files(
            kind,
            str(folder),
            os.path.realpath(folder),
            patterns.get(kind, NamePattern()),
            _list(kind, folder),
            [],
        )
        for kind, folder in folders.items()
    ]
    _choose(kinds)
    if unchecked:
        lists = {f"{kind.noun}s": kind.files for kind in kinds}
        return Pairs(*pair_by_position(lists, None, [*folders.values()]), {})
    problems = [problem for kind in kinds for problem in _empty(kind)]
    if problems:
        return Pairs([], problems, {})
    images, labels, *instances = kinds
    proposed = {}
    for pair in ((images, labels), *((labels, each) for each in instances)):
        proposed |= _propose(*pair, kinds, problems)
    if _are_alike(images, labels):
        raise ValueError(
            f"`{prefix}image_dir` and `{prefix}label_dir` are the same folder "
            f"{image_dir}, but it holds no JPEG files, which would be the "
            "photographs; keep photographs and label maps in two folders."
        )
    rows = _pair(images, labels, problems)
    if not images.cores & labels.cores:
        advice = "rename them"
        if len(images.files) == len(labels.files):
            advice += ", or pass `pairing=position` if the sorted files belong "
            advice += "together"
        problems = [
            f"No image in {images.folder} has the name of a label map in "
            f"{labels.folder}{say_skipped(images.folder, labels.folder)}, the "
            f"first are {images.files[0]} and {labels.files[0]}; {advice}."
        ]
    if instances:
        instance_of = {
            label: path for path, label in _pair(*instances, labels, problems)
        }
        rows = [
            (image, label, instance_of[label])
            for image, label in rows
            if label in instance_of
        ]
    return Pairs(rows, problems, proposed)


def _pair(partners, labels, problems):
    pairs, found = pair_by_stem(
        partners.folder,
        partners.files,
        labels.folder,
        labels.files,
        (partners.noun, labels.noun),
        (partners.pattern, labels.pattern),
    )
    problems += found
    return pairs


def _choose(kinds):
    """Decides which files are of which kind."""
    for kind in kinds:
        # A folder of label maps inside that of the photographs holds none.
        inside = tuple(
            other.place + os.sep
            for other in kinds
            if other.place.startswith(kind.place + os.sep)
        )
        others = [
            other.pattern
            for other in kinds
            if other is not kind and other.place == kind.place
        ]
        kind.files = [
            path
            for path in kind.listed
            if not (inside and _place(path).startswith(inside))
            and kind.pattern.fits(path)
            and (kind.pattern or not any(p and p.fits(path) for p in others))
        ]
    images = kinds[0]
    for kind in kinds[1:]:
        if kind.place == images.place:
            photos = [path for path in images.files if _is_jpeg(path)]
            if photos and not images.pattern:
                images.files = photos
            if not kind.pattern:
                kind.files = [p for p in kind.files if not _is_jpeg(p)]


def _place(path):
    return os.path.realpath(os.path.dirname(path)) + os.sep


def _list(kind, folder):
    """Lists the files that may be of a kind."""
    files = list_images(folder)
    # Photographs may be generated; label maps are not.
    return files if kind == "image" else without_own(files, folder)


def _empty(kind):
    """Yields why there are no files of a kind, if there are none."""
    if kind.files:
        return
    where = f"The folder {kind.folder} holds no {kind.noun}s"
    skipped = say_skipped(kind.folder)
    if not kind.listed:
        yield f"{where}{skipped}."
    elif kind.pattern:
        names = ", ".join(
            f"`{name}={value}`"
            for name, value in kind.pattern.arguments(kind.kind).items()
        )
        yield (
            f"{where} whose names {kind.pattern}, as {names} says{skipped}; "
            f"the first file there is {kind.listed[0]}, and its extension does "
            "not count."
        )
    elif kind.kind == "image":
        yield (
            f"{where}{skipped}: {kind.listed[0]} and the other files there are "
            "label or instance maps."
        )
    else:
        yield (
            f"{where}{skipped}: JPEG files, such as {kind.listed[0]}, are "
            "taken for the photographs."
        )


def _propose(first, second, kinds, problems):
    """Finds patterns that pair far more files than the names do."""
    matched = len(first.cores & second.cores)
    if _are_alike(first, second):
        matched = 0
    if 2 * matched >= min(len(first.cores), len(second.cores)):
        return {}
    found = find_patterns(
        first.cores, second.cores, (first.kind, second.kind)
    ) or (NamePattern(), NamePattern())
    new = [
        (kind, pattern)
        for kind, pattern in zip((first, second), found, strict=True)
        if pattern
    ]
    if not new or any(kind.pattern for kind, _ in new):
        return {}
    if first.kind == "label" and found[0]:
        # They have found their photographs as they are.
        return {}
    proposed, said = {}, []
    for kind, pattern in new:
        kind.pattern = pattern
        proposed |= pattern.arguments(kind.kind)
        said.append(f"of the {kind.noun}s in {kind.folder} {pattern}")
    _choose(kinds)
    *most, last = [f"`{name}={value}`" for name, value in proposed.items()]
    arguments = f"{', '.join(most)} and {last}" if most else last
    problems.append(
        f"The names {' and those '.join(said)}: set {arguments}, so that the "
        "rest of the names is compared."
    )
    return proposed


def _are_alike(kind, other):
    """Whether two kinds are the same files, as nothing tells them apart."""
    if kind.place != other.place or len(kind.files) != len(other.files):
        return False
    # One folder may be spelled in two ways.
    inside = [
        {os.path.relpath(path, files.folder) for path in files.files}
        for files in (kind, other)
    ]
    return inside[0] == inside[1]


def _is_jpeg(path):
    return extension(path) in JPEG_EXTENSIONS
