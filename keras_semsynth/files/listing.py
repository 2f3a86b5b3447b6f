"""Lists the images of a folder: one rule for the whole package."""

import collections
import os
import pathlib
import re
import unicodedata
from collections.abc import Collection
from collections.abc import Iterator

JPEG_EXTENSIONS = frozenset((".jfif", ".jpe", ".jpeg", ".jpg"))
# JPEG changes ids, so no label map is one.
LABEL_EXTENSIONS = frozenset(
    ".bmp .gif .pbm .pgm .png .pnm .ppm .tif .tiff .webp".split()
)
EXTENSIONS = JPEG_EXTENSIONS | LABEL_EXTENSIONS
# What archivers, file servers and systems leave beside the user's files.
_LEFTOVERS = frozenset(("__MACOSX", "@eaDir", "$RECYCLE.BIN"))
# Files that nobody takes for pictures.
_TEXTS = frozenset(
    ".cfg .csv .db .htm .html .ini .json .list .log .md .py .rst .sh .toml "
    ".tsv .txt .xml .yaml .yml".split()
)


def composed(text: str) -> str:
    """Returns a name in Unicode's composed form (NFC).

    macOS writes an accent as a character of its own, other systems do not.
    """
    return unicodedata.normalize("NFC", str(text))


def natural_key(path: str) -> tuple:
    """Sort key which compares runs of digits as numbers."""
    path = composed(path)
    parts = re.split(r"([0-9]+)", path)
    # Odd positions are digit runs, so numbers only ever meet numbers. The
    # text itself breaks ties such as "01" and "1".
    return [int(p) if i % 2 else p for i, p in enumerate(parts)], path


def extension(path: str | os.PathLike) -> str:
    """Extension of a file in lower case, with its dot."""
    return os.path.splitext(path)[1].lower()


def stem(path: str | os.PathLike) -> str:
    """File name without folder and extension, in the composed form."""
    return composed(os.path.splitext(os.path.basename(path))[0])


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that users do not see or want."""
    return name.startswith(".") or name in _LEFTOVERS


def is_image(path: str, extensions: Collection[str] = EXTENSIONS) -> bool:
    """Whether a file below a folder counts as one of its images.

    Args:
        path: str, with `/`, relative to the folder.
        extensions: Collection of str. Defaults to `EXTENSIONS`.

    Returns:
        bool. Hidden files and what lies in hidden folders do not count.
    """
    return extension(path) in extensions and not any(
        is_hidden(part) for part in path.split("/")
    )


def list_images(
    folder: str | os.PathLike,
    read_list: bool = True,
    extensions: Collection[str] = EXTENSIONS,
) -> list[str]:
    """Lists the image files under a folder in natural order.

    Folders are walked recursively; hidden files and folders are left out. A
    text file `files.list` in the folder replaces the walk: one path a line,
    absolute or relative to the folder.

    Args:
        folder: Path.
        read_list: bool. Whether `files.list` counts. Defaults to `True`.
        extensions: Collection of str. What names may end with, in lower case.
            The names themselves may be in any case. Defaults to `EXTENSIONS`.

    Returns:
        List of paths.

    Raises:
        ValueError: If there is no such folder, or `files.list` names a file
            that does not exist.
    """
    if not os.path.isdir(folder):
        raise ValueError(f"The folder {folder} does not exist.")
    listing = os.path.join(folder, "files.list")
    if read_list and os.path.isfile(listing):
        paths = _listed(folder, listing)
    else:
        paths = [p for p in _walk(folder) if extension(p) in extensions]
    return sorted(paths, key=natural_key)


def say_skipped(*folders: str | os.PathLike) -> str:
    """Says which files of folders were left out because of their extension.

    Args:
        *folders: Paths. Those that do not exist count as empty.

    Returns:
        str: a remark in brackets after a space, or nothing.
    """
    counts = collections.Counter(
        extension(path)
        for folder in dict.fromkeys(map(os.path.realpath, folders))
        if not os.path.isfile(os.path.join(folder, "files.list"))
        for path in _walk(folder)
    )
    for name in EXTENSIONS | _TEXTS:
        del counts[name]
    without = counts.pop("", 0)
    said = []
    if counts:
        names = [name for name, _ in counts.most_common(5)]
        more = ", ..." if len(counts) > 5 else ""
        kinds = "extension" if len(counts) == 1 else "extensions"
        said.append(
            f"{count_of(counts.total(), 'file')} with the {kinds} "
            f"{', '.join(names)}{more}"
        )
    if without:
        said.append(f"{count_of(without, 'file')} without an extension")
    if not said:
        return ""
    verb = "was" if counts.total() + without == 1 else "were"
    return f" ({' and '.join(said)} {verb} skipped; JPEG and PNG are read)"


def count_of(number: int, noun: str) -> str:
    """Returns a number with its noun, such as `1 file` or `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def read_lines(path: str | os.PathLike) -> list[str]:
    """Reads the lines of a text file that are not empty.

    Raises:
        ValueError: If it is no text in UTF-8.
    """
    try:
        # Windows marks the start of a text; the mark is no part of it.
        text = pathlib.Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not a text file in UTF-8: save it in this encoding."
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _listed(folder, listing):
    paths = [os.path.join(folder, line) for line in read_lines(listing)]
    missing = [path for path in paths if not os.path.isfile(path)]
    if missing:
        # The list may have been written on another system than the names.
        spelled = {composed(path): path for path in _walk(folder)}
        paths = [
            path if os.path.isfile(path) else spelled.get(composed(path), path)
            for path in paths
        ]
        missing = [path for path in paths if not os.path.isfile(path)]
    if missing:
        verb = "does" if len(missing) == 1 else "do"
        raise ValueError(
            f"{listing} names {count_of(len(missing), 'file')} that {verb} "
            f"not exist, the first is {missing[0]}."
        )
    return paths


def _walk(root: str | os.PathLike) -> Iterator[str]:
    """Yields visible files; links are followed, but never in a circle."""
    # A link to a folder around the root is the beginning of a circle, too.
    seen = set(map(str, pathlib.Path(os.path.realpath(root)).parents))
    for parent, folders, names in os.walk(root, followlinks=True):
        here = os.path.realpath(parent)
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(f for f in folders if not is_hidden(f))
        yield from (
            os.path.join(parent, name) for name in names if not is_hidden(name)
        )
