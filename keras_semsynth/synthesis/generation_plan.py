"""What is read and written when a folder of label maps becomes images."""

import dataclasses
import os
import pathlib
from collections.abc import Collection
from collections.abc import Sequence

from keras_semsynth.files.listing import EXTENSIONS
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped


@dataclasses.dataclass(frozen=True)
class Job:
    """One label map or photograph, and the files that come of it.

    Args:
        source: Path of the label map or photograph.
        relative: The same, relative to the input folder.
        images: List of paths, one an image.
        sheet: Path of the contact sheet, or `None`.
        layout: Path of the coloured label map, or `None`.
    """

    source: pathlib.Path
    relative: pathlib.Path
    images: list[pathlib.Path]
    sheet: pathlib.Path | None
    layout: pathlib.Path | None


def plan(
    source: str | os.PathLike,
    target: str | os.PathLike,
    suffixes: Sequence[str] = ("",),
    colorize: bool = False,
    overwrite: bool = False,
    photographs: Collection[pathlib.Path] = (),
    argument: str = "input",
) -> list[Job]:
    """Lists what to read and what to write, before anything is computed.

    Args:
        source: Path of a label map, or of a folder of them.
        target: Path of the output folder.
        suffixes: Sequence of str. What the names of a layout's images end with.
            With more than one there is a contact sheet too. Defaults to
            `("",)`.
        colorize: bool. Defaults to `False`.
        overwrite: bool. Defaults to `False`.
        photographs: Collection of paths that must stay. Defaults to none.
        argument: str. Name of `source` for messages: `"input"` holds label
            maps, any other photographs. Defaults to `"input"`.

    Returns:
        List of `Job`.

    Raises:
        ValueError: If there is nothing to read, or a file would be lost.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    noun, extensions = "label map", LABEL_EXTENSIONS
    if argument != "input":
        noun, extensions = "photograph", EXTENSIONS
    if source.is_file():
        files, base = [source], source.parent
    elif source.is_dir():
        base = source
        paths = list_images(source, False, extensions)
        files = [pathlib.Path(path) for path in paths]
        if target.resolve() != source.resolve():
            # An earlier output inside the input folder is no input.
            inside = target.resolve()
            files = [f for f in files if inside not in f.resolve().parents]
        if not files:
            kind = ""
            if extensions is LABEL_EXTENSIONS:
                kind = ", which are PNG or other files without loss"
            raise ValueError(
                f"`{argument}={source}` holds no {noun}s"
                f"{kind}{say_skipped(source)}."
            )
    else:
        raise ValueError(
            f"`{argument}={source}` does not exist: give a {noun} or a folder "
            f"of {noun}s."
        )
    if target.exists() and not target.is_dir():
        raise ValueError(f"`output={target}` is a file: give a folder.")
    jobs, writers = [], {}
    inputs = {path.resolve() for path in files}
    kept = {path.resolve() for path in photographs}
    for path in files:
        relative = path.relative_to(base)
        stem = target / relative.with_suffix("")
        images = [stem.with_name(f"{stem.name}{end}.png") for end in suffixes]
        sheet = None
        if len(suffixes) > 1:
            sheet = stem.with_name(f"{stem.name}_sheet.png")
        layout = None
        if colorize:
            layout = target / "layouts" / relative.with_suffix(".png")
        for result in filter(None, [*images, sheet, layout]):
            resolved = result.resolve()
            if resolved in inputs:
                raise ValueError(
                    f"{result} is one of the {noun}s and would be "
                    "overwritten: choose another `output`."
                )
            if resolved in kept:
                raise ValueError(
                    f"{result} is one of the photographs and would be "
                    "overwritten: choose another `output`."
                )
            if resolved in writers:
                raise ValueError(
                    f"{path} and {writers[resolved]} would both be written to "
                    f"{result}: rename one of them."
                )
            if result.exists() and not overwrite:
                raise ValueError(
                    f"{result} exists already: choose another `output`, or "
                    "set `overwrite`."
                )
            writers[resolved] = path
        jobs.append(Job(path, relative, images, sheet, layout))
    return jobs
