"""What `keras_semsynth.commands.generate` reads and writes."""

import dataclasses
import pathlib

from keras_semsynth.commands.command_line import UsageError

SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


@dataclasses.dataclass(frozen=True)
class Job:
    """One label map and the files that come of it.

    Args:
        source: Path of the label map.
        relative: The same, relative to the input folder.
        images: List of paths, one an image.
        sheet: Path of the contact sheet, or `None`.
        layout: Path of the coloured label map, or `None`.
    """

    source: pathlib.Path
    relative: pathlib.Path
    images: list
    sheet: pathlib.Path | None
    layout: pathlib.Path | None


def plan(source, target, suffixes=("",), colorize=False, overwrite=False):
    """Lists what to read and what to write, before anything is computed.

    Args:
        source: Path of a label map, or of a folder of them.
        target: Path of the output folder.
        suffixes: tuple of str. What the names of a layout's images end with.
            With more than one there is a contact sheet too. Defaults to
            `("",)`.
        colorize: bool. Defaults to `False`.
        overwrite: bool. Defaults to `False`.

    Returns:
        List of `Job`.

    Raises:
        UsageError: If there is nothing to read, or a file would be lost.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    if source.is_file():
        files, base = [source], source.parent
    elif source.is_dir():
        base = source
        files = sorted(
            path
            for path in source.rglob("*")
            if path.suffix.lower() in SUFFIXES and path.is_file()
        )
        if target.resolve() != source.resolve():
            # An earlier output inside the input folder is no input.
            inside = target.resolve()
            files = [f for f in files if inside not in f.resolve().parents]
        if not files:
            raise UsageError(
                f"--input={source} holds no label maps ({', '.join(SUFFIXES)})."
            )
    else:
        raise UsageError(
            f"--input={source} does not exist: give a label map or a folder "
            "of label maps."
        )
    if target.exists() and not target.is_dir():
        raise UsageError(f"--output={target} is a file: give a folder.")
    jobs, writers = [], {}
    inputs = {path.resolve() for path in files}
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
                raise UsageError(
                    f"{result} is one of the label maps and would be "
                    "overwritten: choose another --output."
                )
            if resolved in writers:
                raise UsageError(
                    f"{path} and {writers[resolved]} would both be written to "
                    f"{result}: rename one of them."
                )
            if result.exists() and not overwrite:
                raise UsageError(
                    f"{result} exists already: choose another --output, or "
                    "add --overwrite."
                )
            writers[resolved] = path
        jobs.append(Job(path, relative, images, sheet, layout))
    return jobs
