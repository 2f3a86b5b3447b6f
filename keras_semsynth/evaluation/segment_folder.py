"""Makes label maps of a folder of photographs."""

import dataclasses
import json
import os
import pathlib
import sys
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
from PIL import Image

from keras_semsynth import backend
from keras_semsynth.data import write_palette
from keras_semsynth.evaluation.photo_labeler import PhotoLabeler
from keras_semsynth.evaluation.photo_labeler import open_labeler
from keras_semsynth.evaluation.segment_sheet import draw_sheet
from keras_semsynth.files import ProgressLine
from keras_semsynth.files import atomic
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_size
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.outputs import require_results
from keras_semsynth.files.pictures import write_png

LABELS = "labels"
DESCRIPTION = "classes.json"
PALETTE = "palette.txt"
SHEET = "contact_sheet.png"


@dataclasses.dataclass(frozen=True)
class SegmentedFolder:
    """What became of a folder of photographs.

    Args:
        image_dir: str.
        label_dir: str. Folder of the label maps.
        palette: str. File of the names and colours of their classes.
        sheet: str or `None`. Picture to look at.
        made: int. Label maps that were made now.
        kept: int. Label maps that had been made before.
        skipped: tuple of str. For each photograph that could not be used,
            its path and why.
    """

    image_dir: str
    label_dir: str
    palette: str
    sheet: str | None
    made: int
    kept: int
    skipped: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Job:
    photograph: str
    label_map: pathlib.Path


def segment_folder(
    image_dir: str | os.PathLike,
    output_dir: str | os.PathLike,
    scorer: str | os.PathLike,
    weights_dir: str | os.PathLike | None = None,
    max_side: int | None = None,
    batch_size: int = 4,
    sheet_samples: int = 8,
    on_skip: Callable[[str], None] | None = None,
) -> SegmentedFolder:
    """Makes label maps of photographs with a segmentation network.

    For photographs without label maps, as SPADE's paper does with landscapes
    of Flickr. Each photograph, at any depth, gets a label map of its name and
    size under `labels/` in the output folder: an indexed PNG of the class ids
    of the dataset that the network knows. Names and colours are in
    `palette.txt`, what was used in `classes.json`, and `contact_sheet.png`
    shows some of them. Called again, it goes on where it ended.

    Args:
        image_dir: str. Folder of photographs.
        output_dir: str. Folder for the label maps and what belongs to them.
        scorer: str. Network that names the classes: `deeplabv2_resnet101`
            (COCO-Stuff, the one of SPADE's paper), `upernet101` (ADE20K),
            `drn_d_105` (Cityscapes), `landscapes`, or a .keras file of
            train_scorer.
        weights_dir: str or `None`. Folder of the public weight files, or
            `download` to fetch those that the environment variable
            SEMSYNTH_WEIGHTS has no folder of, once, into Keras' cache. Unset:
            that folder. Defaults to `None`.
        max_side: int or `None`. Longest side that the network is shown,
            pixels. It sees larger photographs reduced, and their label maps
            are enlarged by the nearest pixel. Unset: the size that a network
            of train_scorer was trained at, else 1024. Defaults to `None`.
        batch_size: int. Photographs of one size that go through the network
            at once. Defaults to `4`.
        sheet_samples: int. Photographs on the contact sheet; `0` draws none.
            Defaults to `8`.
        on_skip: Function that is told in a sentence what was skipped.
            Defaults to `None`, which prints it as an error.

    Returns:
        `SegmentedFolder`.

    Raises:
        ValueError: If the arguments do not fit each other or the files.
        FileNotFoundError: If the weights are not in `weights_dir`.
        DiskFullError: If the disk filled up.

    Example:

    >>> keras_semsynth.evaluation.segment_folder(
    ...     "photos", "segmented", "deeplabv2_resnet101", "weights")

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), section 4,
          Flickr Landscapes
    """
    for name, value, least in (
        ("batch_size", batch_size, 1),
        ("sheet_samples", sheet_samples, 0),
    ):
        if value < least:
            raise ValueError(
                f"`{name}` must be at least {least}. Received: {name}={value}."
            )
    output = pathlib.Path(output_dir)
    jobs = _plan(pathlib.Path(image_dir), output)
    labeler = open_labeler(scorer, weights_dir, max_side)
    _prepare(output, labeler)
    open_jobs = [job for job in jobs if not job.label_map.exists()]
    skipped = _check_sizes(set(jobs) - set(open_jobs))
    tell = on_skip or _print_skipped
    for sentence in skipped:
        tell(f"Skipped {sentence}")
    skipped += _label_all(open_jobs, labeler, batch_size, tell)
    sheet = output / SHEET
    if sheet_samples:
        _draw(sheet, jobs, labeler.classes, sheet_samples)
    kept = len(jobs) - len(open_jobs)
    made = sum(job.label_map.exists() for job in open_jobs)
    return SegmentedFolder(
        str(image_dir),
        str(output / LABELS),
        str(output / PALETTE),
        str(sheet) if sheet.exists() else None,
        made,
        kept,
        tuple(skipped),
    )


def _plan(image_dir, output):
    """Pairs every photograph with the label map that it gets."""
    require_folder(output, "output_dir")
    folder = output / LABELS
    if folder.resolve().is_relative_to(image_dir.resolve()):
        raise ValueError(
            f"The label maps would be written to {folder}, where they would "
            f"count as photographs of `image_dir={image_dir}`: choose an "
            "`output_dir` outside of it."
        )
    photographs = list_images(image_dir)
    if not photographs:
        raise ValueError(
            f"`image_dir={image_dir}` holds no photographs"
            f"{say_skipped(image_dir)}."
        )
    sources = {}
    for path in photographs:
        relative = pathlib.Path(os.path.relpath(path, image_dir))
        if ".." in relative.parts:
            # `files.list` may name files anywhere.
            relative = pathlib.Path(relative.name)
        target = folder / relative.with_suffix(".png")
        if target in sources:
            raise ValueError(
                f"{sources[target]} and {path} would get the same label map "
                f"{target}: rename one of them."
            )
        sources[target] = path
    require_results(sources, output)
    return [_Job(path, target) for target, path in sources.items()]


def _prepare(output, labeler):
    """Writes what the label maps mean, or checks that it still is so."""
    path = output / DESCRIPTION
    description = {
        **labeler.description,
        "classes": [
            {"id": number, "name": name, "color": color}
            for number, (name, color) in enumerate(
                zip(
                    labeler.classes.names,
                    labeler.classes.palette.tolist(),
                    strict=True,
                )
            )
        ],
    }
    description = json.loads(json.dumps(description))
    if path.exists():
        known = read_json(
            path,
            mapping_of(ANYTHING),
            "remove it together with the label maps beside it, or choose "
            "another `output_dir`",
        )
        for key, value in description.items():
            if known.get(key) != value:
                raise ValueError(
                    f"The label maps in {output} were made in another way "
                    f"({path} differs in {key!r}): give the same `scorer` and "
                    "`max_side` to go on, or choose another `output_dir`."
                )
    else:
        for name in (LABELS, PALETTE, SHEET):
            if (output / name).exists():
                raise ValueError(
                    f"{output / name} exists, and semsynth segment has not "
                    "written it: choose another `output_dir`."
                )
        output.mkdir(parents=True, exist_ok=True)
        atomic.write_json(path, description)
    atomic.remove_leftovers(output)
    # Also where an earlier call ended before it came to them.
    (output / LABELS).mkdir(exist_ok=True)
    palette = output / PALETTE
    if not palette.exists():
        with atomic.atomic_path(palette) as temporary:
            write_palette(
                str(temporary), labeler.classes.palette, labeler.classes.names
            )


def _check_sizes(jobs):
    """Says which label maps do not fit their photographs any more."""
    wrong = []
    for job in sorted(jobs, key=lambda job: job.photograph):
        try:
            if read_size(job.photograph) == read_size(job.label_map):
                continue
            reason = (
                f"its label map {job.label_map} has another size; remove it "
                "to have it made again"
            )
        except ValueError as error:
            reason = str(error)
        wrong.append(f"{job.photograph}: {reason}")
    return wrong


def _label_all(jobs, labeler, batch_size, tell):
    """Makes the label maps; returns what could not be read."""
    line = ProgressLine("Segmenting", max(len(jobs), 1), "photographs")
    skipped = []

    def skip(path, error):
        line.end()
        skipped.append(f"{path}: {' '.join(str(error).split())}")
        tell(f"Skipped {skipped[-1]}")

    done = 0
    for batch in _batches(jobs, labeler, batch_size, skip):
        with backend.memory_for(
            f"A batch of {len(batch)} photographs",
            "lower `batch_size` or `max_side`",
        ):
            label_maps = labeler.label([photograph for _, photograph in batch])
        for (job, _), label_map in zip(batch, label_maps, strict=True):
            _write(job.label_map, label_map, labeler.classes)
        done += len(batch)
        line.update(done + len(skipped), images=done)
    line.end()
    return skipped


def _batches(
    jobs: list[_Job],
    labeler: PhotoLabeler,
    batch_size: int,
    skip: Callable[[str, Exception], None],
) -> Iterator[list[tuple[_Job, np.ndarray]]]:
    """Yields photographs in their order, those of one size together."""
    batch, size = [], None
    for job in jobs:
        try:
            photograph = read_image(job.photograph)
        except (ValueError, OSError) as error:
            skip(job.photograph, error)
            continue
        shown = labeler.shown_size(*photograph.shape[:2])
        if batch and (shown != size or len(batch) == batch_size):
            yield batch
            batch = []
        if size != shown:
            size = shown
            count = min(batch_size, len(jobs))
            scores = len(labeler.classes)
            backend.require_memory(
                # Class scores of every pixel.
                4 * count * size[0] * size[1] * scores,
                f"Batches of {count} photographs of {size[0]}x{size[1]}",
                "`batch_size` or `max_side`",
            )
        batch.append((job, photograph))
    if batch:
        yield batch


def _write(path, label_map, classes):
    image = Image.fromarray(label_map)
    if label_map.dtype == np.uint8:
        # Indexed, so that a viewer shows the colours of the classes.
        image.putpalette(classes.palette.tobytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.atomic_path(path) as temporary:
        image.save(temporary, format="PNG")


def _draw(path, jobs, classes, count):
    ready = [job for job in jobs if job.label_map.exists()]
    if not ready:
        return
    places = np.linspace(0, len(ready) - 1, min(count, len(ready)))
    pairs = []
    for place in places.round().astype(int):
        try:
            pairs.append(
                (
                    read_image(ready[place].photograph),
                    read_label_values(str(ready[place].label_map)),
                )
            )
        except (ValueError, OSError):
            continue  # Said of it already.
    if pairs:
        picture = draw_sheet(*zip(*pairs, strict=True), classes)
        write_png(path, picture)


def _print_skipped(sentence):
    print(sentence, file=sys.stderr)
