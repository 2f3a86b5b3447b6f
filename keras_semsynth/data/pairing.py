"""Pairs photographs with label maps."""

import os
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Sequence

from keras_semsynth.files.listing import stem


def pair_by_stem(
    image_dir: str, images: Sequence[str], label_dir: str, labels: Sequence[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs files by their stem, whatever the folders they are in.

    Files with the same path below their folders, extension aside, belong
    together; the rest is paired by stem, which then must be unique.

    Args:
        image_dir: str. Folder of `images`.
        images: Sequence of paths.
        label_dir: str. Folder of `labels`.
        labels: Sequence of paths.

    Returns:
        Tuple of the pairs `(image, label)` in the order of `labels`, and a
        list of problems, one sentence each.
    """
    problems = []
    by_key = [{}, {}]
    for table, folder, paths in zip(
        by_key, (image_dir, label_dir), (images, labels), strict=True
    ):
        for path in paths:
            key = os.path.splitext(os.path.relpath(path, folder))[0]
            if key in table:
                problems.append(
                    f"{table[key]} and {path} differ in their extension only; "
                    "remove one of them."
                )
            else:
                table[key] = path
    image_by_key, label_by_key = by_key
    image_of = {
        label: image_by_key[key]
        for key, label in label_by_key.items()
        if key in image_by_key
    }
    rest = [{}, {}]
    for table, own, other in zip(
        rest, by_key, (label_by_key, image_by_key), strict=True
    ):
        for key, path in own.items():
            if key not in other:
                table.setdefault(stem(path), []).append(path)
    image_rest, label_rest = rest
    for name, paths in label_rest.items():
        partners = image_rest.get(name, [])
        if len(partners) == 1 and len(paths) == 1:
            image_of[paths[0]] = partners[0]
        elif partners:
            problems.append(
                f"{', '.join(partners[:3])} and {', '.join(paths[:3])} share "
                f"the stem {name!r}, so pairing is ambiguous; rename them or "
                "arrange both folders alike."
            )
    for noun, folder, own, other in (
        ("image", label_dir, label_rest, image_rest),
        ("label map", image_dir, image_rest, label_rest),
    ):
        alone = [paths[0] for n, paths in own.items() if n not in other]
        if alone:
            of = "label maps" if noun == "image" else "images"
            counterpart = image_dir if noun == "image" else label_dir
            problems.append(
                f"{len(alone)} {of} in {folder} have no {noun} with the same "
                f"file stem in {counterpart}, the first is {alone[0]}."
            )
    pairs = [(image_of[p], p) for p in labels if p in image_of]
    return pairs, problems


def pair_by_position(
    lists: dict[str, Sequence[str]],
    key: Callable[[str], Hashable] | None = stem,
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Pairs sorted lists element by element.

    Args:
        lists: Dict from a noun such as `"images"` to a sorted list of paths.
        key: Callable from path to what must agree within a pair. `None` does
            not check. Defaults to the file stem.

    Returns:
        Tuple of the pairs and a list of problems, one sentence each.
    """
    counts = {noun: len(paths) for noun, paths in lists.items()}
    problems = []
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{count} {n}" for n, count in counts.items())
        problems.append(
            f"The folders hold different numbers of files: {listed}; each "
            f"needs one of each kind{_first_difference(lists, key)}."
        )
        return [], problems
    pairs = list(zip(*lists.values(), strict=True))
    if key is not None:
        wrong = [pair for pair in pairs if len({key(p) for p in pair}) > 1]
        if wrong:
            problems.append(
                f"{len(wrong)} pairs have different names, the first is "
                f"{' with '.join(wrong[0])}; rename the files or pass "
                "`pairing=position` if the order is right."
            )
    return pairs, problems


def pair_key(
    pairing: str, key: Callable[[str], Hashable] = stem
) -> Callable[[str], Hashable] | None:
    """Returns what the files of a pair must have in common.

    Args:
        pairing: str, `"stem"` or `"position"`.
        key: Callable from a path to what its name stands for. Defaults to the
            file stem.

    Returns:
        `key`, or `None` if positions alone count.

    Raises:
        ValueError: If `pairing` is something else.
    """
    if pairing not in ("stem", "position"):
        raise ValueError(
            "`pairing` must be 'stem' or 'position'. Received: "
            f"pairing={pairing!r}."
        )
    return key if pairing == "stem" else None


def phase_of(split: str, held_out: str = "val") -> str:
    """Returns the name that a dataset's files have for a split.

    Args:
        split: str, `"train"`, `"val"` or `"test"`.
        held_out: str. The name for the latter two. Defaults to `"val"`.

    Returns:
        str.

    Raises:
        ValueError: If there is no such split.
    """
    if split not in ("train", "val", "test"):
        raise ValueError(
            f"`split` must be 'train', 'val' or 'test'. Received: {split!r}."
        )
    return "train" if split == "train" else held_out


def _first_difference(lists, key):
    if key is None:
        return ""
    names = [{key(path) for path in paths} for paths in lists.values()]
    lonely = sorted(set.union(*names) - set.intersection(*names))
    return f" (first incomplete: {lonely[0]!r})" if lonely else ""
