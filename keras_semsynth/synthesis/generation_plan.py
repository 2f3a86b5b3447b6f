"""What is read and written when a folder of label maps becomes images."""

import dataclasses
import os
import pathlib
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence

from keras_semsynth.files import atomic
from keras_semsynth.files.listing import EXTENSIONS
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.outputs import identity
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.outputs import require_results
from keras_semsynth.files.own_pictures import without_own
from keras_semsynth.synthesis.room import require_room


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

    @property
    def results(self) -> list[pathlib.Path]:
        """All files that come of it."""
        return [*self.images, *filter(None, (self.sheet, self.layout))]

    @property
    def is_done(self) -> bool:
        """Whether all its files are there."""
        return all(path.exists() for path in self.results)


def plan(
    source: str | os.PathLike,
    target: str | os.PathLike,
    suffixes: Sequence[str] = ("",),
    colorize: bool = False,
    overwrite: bool = False,
    skip_existing: bool = False,
    kept: Mapping[str, Collection[pathlib.Path]] | None = None,
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
        overwrite: bool. Whether files that exist are replaced. Defaults to
            `False`.
        skip_existing: bool. Whether files that exist are kept. Defaults to
            `False`.
        kept: Mapping, what a file is -> paths of such files that are read,
            too. Defaults to none.
        argument: str. Name of `source` for messages: `"input"` holds label
            maps, any other photographs. Defaults to `"input"`.

    Returns:
        List of `Job`.

    Raises:
        ValueError: If there is nothing to read, or a file would be lost.
    """
    if overwrite and skip_existing:
        raise ValueError("`overwrite` and `skip_existing` exclude each other.")
    source, target = pathlib.Path(source), pathlib.Path(target)
    noun = "label map" if argument == "input" else "photograph"
    files, base = _sources(source, target, argument, noun)
    require_folder(target)
    require_room(len(files), len(suffixes), target, "`count` or `interpolate`")
    jobs = [
        _job(path, path.relative_to(base), target, suffixes, colorize)
        for path in files
    ]
    require_results((path for job in jobs for path in job.results), target)
    inputs = {
        identity(path): kind
        for kind, paths in {**(kept or {}), noun: files}.items()
        for path in paths
    }
    writers = {}
    for job in jobs:
        for result in job.results:
            there = result.exists()
            known = inputs.get(identity(result))
            if known:
                raise ValueError(
                    f"{result} is one of the {known}s and would be "
                    "overwritten: choose another `output`."
                )
            resolved = result.resolve()
            if resolved in writers:
                raise ValueError(
                    f"{job.source} and {writers[resolved]} would both be "
                    f"written to {result}: rename one of them."
                )
            if there and not overwrite and not skip_existing:
                raise ValueError(
                    f"{result} exists already: choose another `output`, set "
                    "`overwrite` to replace it, or `skip_existing` to go on "
                    "where an earlier call was stopped."
                )
            writers[resolved] = job.source
    return jobs


def remove_leftovers(jobs: Sequence[Job]) -> None:
    """Removes what a killed call left half written beside the results."""
    folders = {path.parent for job in jobs for path in job.results}
    atomic.remove_leftovers(*folders)


def _sources(source, target, argument, noun):
    """Lists what is read, and the folder that names are relative to."""
    if source.is_file():
        return [source], source.parent
    if not source.is_dir():
        raise ValueError(
            f"`{argument}={source}` does not exist: give a {noun} or a folder "
            f"of {noun}s."
        )
    extensions = LABEL_EXTENSIONS if noun == "label map" else EXTENSIONS
    paths = list_images(source, False, extensions)
    files = [pathlib.Path(path) for path in paths]
    if target.resolve() != source.resolve():
        # An earlier output inside the input folder is no input.
        inside = target.resolve()
        files = [f for f in files if inside not in f.resolve().parents]
    if noun == "label map":
        files = without_own(files, source)
    if not files:
        kind = ""
        if extensions is LABEL_EXTENSIONS:
            kind = ", which are PNG or other files without loss"
        raise ValueError(
            f"`{argument}={source}` holds no {noun}s{kind}"
            f"{say_skipped(source)}."
        )
    return files, source


def _job(path, relative, target, suffixes, colorize):
    """Names the files that come of one."""
    stem = target / relative.with_suffix("")
    images = [stem.with_name(f"{stem.name}{end}.png") for end in suffixes]
    sheet = layout = None
    if len(suffixes) > 1:
        sheet = stem.with_name(f"{stem.name}_sheet.png")
    if colorize:
        layout = target / "layouts" / relative.with_suffix(".png")
    return Job(path, relative, images, sheet, layout)
