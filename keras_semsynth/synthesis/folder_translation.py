"""Photographs of a folder, repainted in the style of others."""

import os
import pathlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Literal

import numpy as np

from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.outputs import require_file
from keras_semsynth.files.pictures import draw_matrix
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.files.pictures import write_png
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_result import Work
from keras_semsynth.synthesis.folder_result import print_skipped
from keras_semsynth.synthesis.folder_result import work_through
from keras_semsynth.synthesis.generation_plan import plan
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.synthesis.synthesizer import Synthesizer


def translate_folder(
    run: str | os.PathLike,
    source: str | os.PathLike,
    reference: str | os.PathLike,
    output: str | os.PathLike,
    seed: int | None = None,
    grid: int = 0,
    rounding: Literal["nearest", "truncate"] = "nearest",
    overwrite: bool = False,
    skip_existing: bool = False,
    skip_errors: bool = True,
    on_skip: Callable[[str], None] = print_skipped,
) -> FolderResult:
    """Repaints all photographs of a folder in the style of references.

    Every source, at any depth, becomes one PNG of the same name and size.

    Args:
        run: str. Run directory of unpaired translation.
        source: str. Photograph, or folder of photographs, to be repainted.
        reference: str. Photograph that sets the style of all results, or
            folder of photographs: source `i` then gets reference `i`, both in
            the order of their names, and the references start anew when they
            are used up.
        output: str. Folder for the images.
        seed: int or `None`. With a style encoder, draws the code of each
            source around its mean. Unset: the mean code. Defaults to `None`.
        grid: int. Sources and references of a table, written beside the
            output folder as `OUTPUT_grid.png`: the first sources in the style
            of each of the first references; `0` draws none. Defaults to `0`.
        rounding: str. How images become 8-bit: `"nearest"` level, or
            `"truncate"` as the official programs export. Defaults to
            `"nearest"`.
        overwrite: bool. Whether images that exist already are replaced.
            Defaults to `False`.
        skip_existing: bool. Whether images that exist already are kept, to go
            on where an earlier call was stopped. Defaults to `False`.
        skip_errors: bool. Whether a photograph that cannot be used is named
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

    >>> synthesis.translate_folder("runs/dusk", "day", "dusk", "images")
    """
    if grid < 0:
        raise ValueError(
            f"`grid` must be an integer of at least 0. Received: grid={grid}."
        )
    if seed is not None and seed < 0:
        raise ValueError(
            f"`seed` must be an integer of at least 0. Received: seed={seed}."
        )
    references = _references(reference)
    for argument, folder in (("source", source), ("reference", reference)):
        _require_outside(output, argument, folder)
    jobs = plan(
        source,
        output,
        overwrite=overwrite,
        skip_existing=skip_existing,
        kept={"reference": references},
        argument="source",
    )
    table = pathlib.Path(output).resolve()
    # Not in the folder, whose images may be scored.
    table = table.with_name(f"{table.name}_grid.png")
    if grid:
        require_file(
            table,
            "output",
            overwrite or skip_existing,
            [*references, *(job.source for job in jobs)],
        )
    synthesizer = Synthesizer.from_preset(run)
    synthesizer.require_translation()
    if seed is not None and not synthesizer.has_latent:
        print(
            "Note: this generator has no random input; the seed has no effect."
        )
    # Before any is left out: each source keeps its reference and seed.
    places = {job.source: i for i, job in enumerate(jobs)}
    shown = [job.source for job in jobs[:grid]]

    def read(job):
        i = places[job.source]
        photograph = read_image(str(job.source))
        style = read_image(str(references[i % len(references)]))
        code = ()
        if synthesizer.encoder is not None:
            (code,) = synthesizer.encode(photograph)
        look = Look(None if seed is None else seed + i, *code)
        return Repainting.fit(synthesizer.inputs, photograph, style), look

    def draw(several):
        repaintings, looks = zip(*several, strict=True)
        return synthesizer.renderer.render(repaintings, looks)

    def write(job, given, image):
        write_png(job.images[0], to_uint8(image, rounding))

    work = Work(read, draw, write)
    result = work_through(
        jobs, work, "photographs", skip_errors, on_skip, skip_existing
    )
    if grid and not result.skipped and not (skip_existing and table.exists()):
        write_png(
            table, translation_table(synthesizer, shown, references[:grid])
        )
    return result


def translation_table(
    synthesizer: Synthesizer,
    sources: Sequence[str | os.PathLike],
    references: Sequence[str | os.PathLike],
) -> np.ndarray:
    """Draws sources in the style of references (SC-GAN, figures 9 and 11).

    Args:
        synthesizer: `Synthesizer` of unpaired translation.
        sources: Sequence of paths, one a row.
        references: Sequence of paths, one a column.

    Returns:
        `uint8` array `(height, width, 3)`.
    """
    left = [read_image(str(path)) for path in sources]
    top = [read_image(str(path)) for path in references]
    made = synthesizer.translate(
        [photograph for photograph in left for _ in top], top * len(left)
    )
    cells = [made[i : i + len(top)] for i in range(0, len(made), len(top))]
    return draw_matrix(cells, left, top, ("source", "reference"))


def _require_outside(output, argument, folder):
    """Keeps images out of a folder whose photographs the next call reads."""
    folder = pathlib.Path(folder)
    inside = pathlib.Path(output).resolve().is_relative_to(folder.resolve())
    if folder.is_dir() and inside:
        raise ValueError(
            f"`output={output}` lies in `{argument}={folder}`, where images "
            "would count as its photographs: choose a folder outside of it."
        )


def _references(reference):
    path = pathlib.Path(reference)
    if path.is_file():
        read_image(str(path))  # all results need it
        return [path]
    if not path.is_dir():
        raise ValueError(
            f"`reference={path}` does not exist: give a photograph or a "
            "folder of photographs."
        )
    found = [pathlib.Path(p) for p in list_images(path, False)]
    if not found:
        raise ValueError(
            f"`reference={path}` holds no photographs{say_skipped(path)}."
        )
    return found
