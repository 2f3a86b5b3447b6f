"""Images of all label maps of a folder."""

import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Literal

import numpy as np

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import write_png
from keras_semsynth.synthesis.folder_looks import FolderLooks
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_result import Work
from keras_semsynth.synthesis.folder_result import print_skipped
from keras_semsynth.synthesis.folder_result import work_through
from keras_semsynth.synthesis.generation_plan import Job
from keras_semsynth.synthesis.generation_plan import plan
from keras_semsynth.synthesis.layout_reading import read_layout
from keras_semsynth.synthesis.partner import partner
from keras_semsynth.synthesis.pictures import make_pictures
from keras_semsynth.synthesis.style_matrix import StyleMatrix
from keras_semsynth.synthesis.synthesizer import Synthesizer


def generate_folder(
    run: str | os.PathLike,
    input: str | os.PathLike,
    output: str | os.PathLike,
    seed: int | None = None,
    count: int = 1,
    style: str | None = None,
    style_matrix: bool = False,
    interpolate: int | None = None,
    to: int | str | None = None,
    resample: int | str | None = None,
    instances: str | None = None,
    colorize: bool = False,
    rounding: Literal["nearest", "truncate"] = "nearest",
    size: Literal["layout", "network"] = "layout",
    overwrite: bool = False,
    skip_existing: bool = False,
    skip_errors: bool = True,
    on_skip: Callable[[str], None] = print_skipped,
) -> FolderResult:
    """Generates images of all label maps of a folder.

    Every label map, at any depth, becomes one PNG of the same name and size,
    or several and a contact sheet. Where the generator cannot make that size,
    the image is made at the nearest one and brought back, which is said.

    Args:
        run: str. Run directory, `generator.keras`, or name of a model.
        input: str. Label map, or folder of label maps.
        output: str. Folder for the images.
        seed: int or `None`. Seed of the first image of every layout; each
            further one has the next number. Without it, the mean look of
            `style`, or the seed 0. Defaults to `None`.
        count: int. Images for each label map. Defaults to `1`.
        style: str or `None`. Photograph that sets the look (runs with a style
            encoder). Or a folder, whose photograph named like a label map sets
            the look of its image; or `own` for photographs beside the label
            maps. Or looks of classes, `sky=dusk.jpg,sea=beach.jpg:labels.png,
            car=12`: that of a photograph, of the same class in a photograph
            with a label map, or of a seed (INADE; seeds also OASIS and
            DP-GAN). Defaults to `None`.
        style_matrix: bool. Whether every label map is generated in the style
            of every photograph of the folder `style`, with a picture of all,
            style_matrix.png (SPADE, figure 1). Defaults to `False`.
        interpolate: int or `None`. Images on the way from the look of `seed`
            or `style` to that of `to`, both included. Defaults to `None`.
        to: int, str or `None`. Where `interpolate` ends: a seed or a
            photograph. Without it, the next seed. Defaults to `None`.
        resample: int, str or `None`. Class (name or id) whose region gets new
            noise in each of `count` images, while the rest keeps that of
            `seed` (INADE, OASIS, DP-GAN). Defaults to `None`.
        instances: str or `None`. Folder of instance maps named like the label
            maps, for runs that use them. Without it, boundaries between
            classes. Defaults to `None`.
        colorize: bool. Whether every label map is also written in the colours
            of its classes, under `layouts/` in the output folder. Defaults to
            `False`.
        rounding: str. How images become 8-bit: `"nearest"` level, or
            `"truncate"` as the official programs export. Defaults to
            `"nearest"`.
        size: str. Whether images have the size of their `"layout"`, or the
            nearest that the generator makes, `"network"`. Defaults to
            `"layout"`.
        overwrite: bool. Whether images that exist already are replaced.
            Defaults to `False`.
        skip_existing: bool. Whether images that exist already are kept, to go
            on where an earlier call was stopped. Defaults to `False`.
        skip_errors: bool. Whether a label map that cannot be used is named
            and skipped, instead of ending it all. Defaults to `True`.
        on_skip: Function that is told in a sentence what was skipped. Defaults
            to `print_skipped`.

    Returns:
        `FolderResult`.

    Raises:
        ValueError: If the arguments do not fit each other, the run or the
            files.
        DiskFullError: If the disk filled up.

    Example:

    >>> synthesis.generate_folder("runs/mine", "labels", "images", count=4)
    """
    looks = FolderLooks(
        seed, count, style, style_matrix, interpolate, to, resample
    )
    suffixes = looks.suffixes()
    if style_matrix and skip_existing:
        raise ValueError(
            "`style_matrix` shows all images in one picture, which needs each "
            "of them: leave `skip_existing` out."
        )
    jobs = plan(
        input,
        output,
        suffixes,
        colorize,
        overwrite,
        skip_existing,
        {
            "photograph": looks.photographs(),
            "instance map": _files(instances),
        },
    )
    matrix = None
    if style_matrix:
        matrix = StyleMatrix(pathlib.Path(output), jobs, overwrite)
    synthesizer = Synthesizer.from_preset(run)
    synthesizer.require_layouts()
    looks.prepare(synthesizer)
    if instances is not None and not synthesizer.inputs.use_edge_map:
        raise ValueError(
            "`instances` was given, but this generator takes no edge map."
        )
    resized = []

    def read(job):
        label_map = read_layout(job.source, synthesizer.classes)
        found = partner(
            instances, job.relative, "instance map", LABEL_EXTENSIONS
        )
        layout = synthesizer.layout(label_map, found, size)
        return layout, looks.of(synthesizer, job, label_map), label_map

    def draw(several):
        layouts, looks_of_each, _ = zip(*several, strict=True)
        return make_pictures(
            synthesizer.renderer, layouts, looks_of_each, rounding
        )

    def write(job, given, images):
        resized.extend((job.source, note) for note in images.notes)
        label_map = given[2]
        for path, picture in _pictures(synthesizer, job, label_map, images):
            # A sheet shows images that may have been made just now.
            keep = skip_existing and path != job.sheet
            if not (keep and path.exists()):
                write_png(path, picture)
        if matrix is not None:
            matrix.add(synthesizer.classes.colors(label_map), images)

    work = Work(read, draw, write)
    result = work_through(
        jobs, work, "label maps", skip_errors, on_skip, skip_existing
    )
    if matrix is not None:
        matrix.write(looks.styles)
    if resized:
        source, note = resized[0]
        print(
            f"Note: {len(resized)} label maps have a size that the generator "
            f"cannot make, such as {source}: {note}"
        )
    return result


def _files(folder):
    """Lists the pictures of a folder that may be there."""
    if folder is None or not os.path.isdir(folder):
        return []
    return [pathlib.Path(path) for path in list_images(folder, False)]


def _pictures(
    synthesizer: Synthesizer,
    job: Job,
    label_map: np.ndarray,
    images: np.ndarray,
) -> Iterator[tuple[pathlib.Path, np.ndarray]]:
    """Yields path and picture of all files of a job."""
    yield from zip(job.images, images, strict=True)
    if job.layout is not None:
        yield job.layout, synthesizer.classes.colors(label_map)
    if job.sheet is not None:
        layout = resize_nearest(label_map, images.shape[1:3])
        cells = [synthesizer.classes.colors(layout), *images]
        names = ["layout", *(path.stem for path in job.images)]
        yield job.sheet, draw_grid([cell[None] for cell in cells], names)
