"""Pairs photographs with label maps."""

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Sequence

from keras_semsynth.data.name_patterns import NamePattern
from keras_semsynth.files.listing import JPEG_EXTENSIONS
from keras_semsynth.files.listing import composed
from keras_semsynth.files.listing import count_of
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem

_ANY_NAME = NamePattern()


def pair_by_stem(
    image_dir: str,
    images: Sequence[str],
    label_dir: str,
    labels: Sequence[str],
    nouns: tuple[str, str] = ("image", "label map"),
    patterns: tuple[NamePattern, NamePattern] = (_ANY_NAME, _ANY_NAME),
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs files by their stem, whatever the folders they are in.

    Files with the same path below their folders, extension aside, belong
    together; the rest is paired by stem, which then must be unique.

    Args:
        image_dir: str. Folder of `images`.
        images: Sequence of paths.
        label_dir: str. Folder of `labels`.
        labels: Sequence of paths.
        nouns: Tuple of str. What a message calls one file of each kind.
            Defaults to `("image", "label map")`.
        patterns: Tuple of `NamePattern`. What names of each kind begin and
            end with, left out when they are compared. Defaults to nothing.

    Returns:
        Tuple of the pairs `(image, label)` in the order of `labels`, and a
        list of problems, one sentence each.
    """
    problems, by_key = [], []
    for folder, paths, pattern in zip(
        (image_dir, label_dir), (images, labels), patterns, strict=True
    ):
        table, again = {}, []
        for path in paths:
            key = composed(pattern.key(path, folder))
            if key in table:
                again.append((table[key], path))
            else:
                table[key] = path
        by_key.append(table)
        if again:
            problems.append(_of_one_name(folder, again))
    image_by_key, label_by_key = by_key
    image_of = {
        label: image_by_key[key]
        for key, label in label_by_key.items()
        if key in image_by_key
    }
    rest = [{}, {}]
    for table, own, other, pattern in zip(
        rest, by_key, (label_by_key, image_by_key), patterns, strict=True
    ):
        for key, path in own.items():
            if key not in other:
                core = pattern.core(stem(path))
                table.setdefault(core, []).append(path)
    image_rest, label_rest = rest
    ambiguous = []
    for name, paths in label_rest.items():
        partners = image_rest.get(name, [])
        if len(partners) == 1 and len(paths) == 1:
            image_of[paths[0]] = partners[0]
        elif partners:
            ambiguous.append(
                f"{', '.join(partners[:3])} and {', '.join(paths[:3])} share "
                f"the name {name!r}"
            )
    if ambiguous:
        more = len(ambiguous) - 1
        more = f", and so do files of {count_of(more, 'other name')}"
        problems.append(
            f"{ambiguous[0]}{more if len(ambiguous) > 1 else ''}, so it is "
            "unclear which belong together; rename them or arrange both "
            "folders alike."
        )
    for own, other, folder, counterpart, (noun, partner) in (
        (label_rest, image_rest, label_dir, image_dir, nouns[::-1]),
        (image_rest, label_rest, image_dir, label_dir, nouns),
    ):
        alone = [
            path for n, paths in own.items() if n not in other for path in paths
        ]
        if alone:
            verb = "has" if len(alone) == 1 else "have"
            problems.append(
                f"{count_of(len(alone), noun)} in {folder} {verb} no "
                f"{partner} of the same name in {counterpart}"
                f"{say_skipped(counterpart)}, the first is {alone[0]}; add "
                "what is missing, or move such files to another folder."
            )
    pairs = [(image_of[p], p) for p in labels if p in image_of]
    return pairs, problems


def _of_one_name(folder, twice):
    """Sentence about files that differ in their extension only."""
    first = sorted(
        twice[0], key=lambda path: extension(path) not in JPEG_EXTENSIONS
    )
    photo, label = (extension(path) for path in first)
    verb = "occurs" if len(twice) == 1 else "occur"
    names = f"{count_of(len(twice), 'name')} in {folder} {verb} twice, "
    names += f"the first as {first[0]} and {first[1]}: "
    if photo in JPEG_EXTENSIONS and label not in JPEG_EXTENSIONS:
        return (
            f"{names}the {photo} files are probably photographs and the "
            f"{label} files their label maps, so move the label maps to a "
            "folder of their own."
        )
    return f"{names}move those that do not belong to a pair to another folder."


def pair_by_position(
    lists: dict[str, Sequence[str]],
    key: Callable[[str], Hashable] | None = stem,
    folders: Sequence[str] = (),
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Pairs sorted lists element by element.

    Args:
        lists: Dict from a noun such as `"images"` to a sorted list of paths.
        key: Callable from path to what must agree within a pair. `None` does
            not check. Defaults to the file stem.
        folders: Sequence of folders. A message about missing files says what
            was skipped there. Defaults to none.

    Returns:
        Tuple of the pairs and a list of problems, one sentence each.
    """
    counts = {noun: len(paths) for noun, paths in lists.items()}
    problems = []
    if len(set(counts.values())) > 1:
        listed = ", ".join(
            count_of(count, noun.removesuffix("s"))
            for noun, count in counts.items()
        )
        problems.append(
            f"The folders hold different numbers of files: {listed}"
            f"{say_skipped(*folders)}; each sample needs one of each kind"
            f"{_first_difference(lists, key)}."
        )
        return [], problems
    pairs = list(zip(*lists.values(), strict=True))
    if key is not None:
        wrong = [pair for pair in pairs if len({key(p) for p in pair}) > 1]
        if wrong:
            verb = "has" if len(wrong) == 1 else "have"
            problems.append(
                f"{count_of(len(wrong), 'pair')} {verb} different names, the "
                "first is "
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
