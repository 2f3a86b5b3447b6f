"""Draws instance maps from COCO's JSON file of instances."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.files import ProgressLine
from keras_semsynth.files import atomic
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from keras_semsynth.files.outputs import identity
from keras_semsynth.files.outputs import require_file
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.outputs import require_results
from keras_semsynth.files.own_pictures import is_marked
from keras_semsynth.files.own_pictures import without_own
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import write_png

_SHEET_SIDE = 256
_SHEET_SAMPLES = 8
# The file of the training split has 450 MB.
_LONGEST = 2**30
_ADVICE = (
    "give instances_train2017.json or instances_val2017.json of COCO, not the "
    "captions, key points or panoptic segments"
)
_INSTANCES = fields(
    {
        "images": list_of(
            fields(
                {
                    "id": whole(),
                    "file_name": TEXT,
                    "height": whole(1, 65536),
                    "width": whole(1, 65536),
                }
            )
        ),
        "annotations": list_of(
            fields(
                {
                    "id": whole(),
                    "image_id": whole(),
                    "segmentation": Form(
                        "a list of polygons or an object of run lengths",
                        lambda value: isinstance(value, (list, dict)),
                    ),
                }
            )
        ),
    }
)


@dataclasses.dataclass(frozen=True)
class InstanceMaps:
    """What was drawn.

    Args:
        folder: str. Folder of the instance maps.
        made: int. Instance maps that were drawn now.
        kept: int. Files that were there already.
        instances: int. Objects in those that were drawn now.
        crowds: int. Annotations of crowds that were left out.
    """

    folder: str
    made: int
    kept: int
    instances: int
    crowds: int


def draw_coco_instances(
    annotations: str | os.PathLike,
    label_dir: str | os.PathLike,
    output_dir: str | os.PathLike,
    crowds: bool = False,
    sheet: str | os.PathLike | None = None,
) -> InstanceMaps:
    """Draws the instance maps of COCO-Stuff, which its archives do not have.

    An instance map is the label map, in which the polygons of object `k` of
    the photograph, counted from 0 in the order of the file, are filled with
    `k`. This is how SPADE's are made; only where numbers differ matters. The
    polygons move by one pixel towards the origin, as theirs do.

    Args:
        annotations: str. `instances_train2017.json` or
            `instances_val2017.json` of COCO.
        label_dir: str. Folder of the label maps of COCO-Stuff of the same
            split.
        output_dir: str. Folder for the instance maps. Dataset `coco_stuff`
            reads `train_inst` and `val_inst` in its `data_dir`.
        crowds: bool. Also fill the regions of crowds (run lengths), each as
            one object; SPADE's maps leave them out. Defaults to `False`.
        sheet: str or `None`. PNG file to draw some label maps, instance maps
            and edges into. Defaults to `None`.

    Returns:
        `InstanceMaps`.

    Raises:
        ValueError: If the files do not fit together.
        DiskFullError: If the disk filled up.

    Example:

    >>> keras_semsynth.data.draw_coco_instances(
    ...     "annotations/instances_val2017.json",
    ...     "coco/stuffthingmaps/val2017", "coco/val_inst")
    """
    labels = without_own(
        list_images(label_dir, extensions=LABEL_EXTENSIONS), label_dir
    )
    if not labels:
        raise ValueError(
            f"`label_dir={label_dir}` holds no label maps"
            f"{say_skipped(label_dir)}."
        )
    if (
        pathlib.Path(output_dir)
        .resolve()
        .is_relative_to(pathlib.Path(label_dir).resolve())
    ):
        raise ValueError(
            f"`output_dir={output_dir}` lies in `label_dir={label_dir}`, where "
            "instance maps would count as label maps: choose another folder."
        )
    require_folder(output_dir, "output_dir")
    output = pathlib.Path(output_dir)
    targets = [output / f"{stem(path)}.png" for path in labels]
    require_results(targets, output)
    if sheet is not None:
        # An earlier sheet may be drawn anew.
        replace = is_marked(sheet) or None
        require_file(sheet, "sheet", replace, [annotations, *labels])
        if identity(sheet) in {identity(p) for p in (output, *targets)}:
            raise ValueError(
                f"`sheet={sheet}` is the place of the instance maps or of one "
                "of them: choose another name."
            )
    line = ProgressLine("Drawing", len(labels), "instance maps")
    # It takes a while.
    line.show([f"Reading {annotations}"], last=True)
    images = _read_annotations(annotations)
    unknown = [path for path in labels if stem(path) not in images]
    if unknown:
        raise ValueError(
            f"{unknown[0]} belongs to no image of {annotations}: give the "
            "annotations and the label maps of one split."
        )
    made = instances = left_out = 0
    atomic.remove_leftovers(output)
    for done, (path, target) in enumerate(
        zip(labels, targets, strict=True), start=1
    ):
        image = images[stem(path)]
        if not target.exists():
            instance_map, drawn = draw_instances(
                _label_map(path, image, annotations),
                image["annotations"],
                crowds,
            )
            write_png(target, instance_map)
            made += 1
            instances += drawn
            left_out += len(image["annotations"]) - drawn
        line.update(done)
    if sheet is not None:
        _draw_sheet(sheet, labels, output)
    return InstanceMaps(
        str(output), made, len(labels) - made, instances, left_out
    )


def draw_instances(
    label_map: np.ndarray,
    annotations: Sequence[Mapping[str, Any]],
    crowds: bool = False,
) -> tuple[np.ndarray, int]:
    """Draws the objects of one photograph over its label map.

    Args:
        label_map: Integer array `(height, width)`.
        annotations: Sequence of COCO's annotations: Mappings with
            `segmentation`, a list of polygons `[x, y, x, y, ...]` or a
            mapping with run lengths as `counts`.
        crowds: bool. See `draw_coco_instances`. Defaults to `False`.

    Returns:
        Array `(height, width)`, uint8 or, with more than 256 numbers, uint16,
        and the number of objects.

    Raises:
        ValueError: If an annotation is malformed.
    """
    values = label_map.astype("int32")
    number = 0
    for annotation in annotations:
        shape = annotation["segmentation"]
        if isinstance(shape, list):
            for polygon in filter(None, shape):
                _fill(values, _points(polygon, annotation), number)
        elif crowds:
            values[_decode(annotation, values.shape)] = number
        else:
            continue
        number += 1
    return values.astype("uint8" if values.max() < 256 else "uint16"), number


def _read_annotations(path):
    """Returns for every stem its size and annotations, in their order."""
    if not os.path.isfile(path):
        raise ValueError(
            f"The file {path} does not exist: give COCO's "
            "instances_train2017.json or instances_val2017.json as "
            "`annotations`."
        )
    content = read_json(path, _INSTANCES, _ADVICE, _LONGEST)
    images: dict[int, dict[str, Any]] = {
        image["id"]: {
            "stem": stem(image["file_name"]),
            "size": (image["height"], image["width"]),
            "annotations": [],
        }
        for image in content["images"]
    }
    for annotation in content["annotations"]:
        kept = {"id": annotation["id"]}
        kept["segmentation"] = annotation["segmentation"]
        image = images.get(annotation["image_id"])
        if image is None:
            raise ValueError(
                f"Annotation {annotation['id']} of {path} is of image "
                f"{annotation['image_id']}, which is not in it: {_ADVICE}."
            )
        image["annotations"].append(kept)
    return {image["stem"]: image for image in images.values()}


def _label_map(path, image, annotations):
    label_map = read_label_values(path)
    if label_map.shape != image["size"]:
        height, width = image["size"]
        shape = " x ".join(str(side) for side in label_map.shape)
        raise ValueError(
            f"{path} is an array of {shape}, but in {annotations} the image "
            f"has {height} rows and {width} columns: give the published label "
            "maps."
        )
    return label_map


def _points(polygon, annotation):
    """Turns `[x, y, x, y, ...]` into an array of points, moved by a pixel."""
    name = f"Annotation {annotation.get('id')}"
    if not isinstance(polygon, list) or not all(
        type(number) in (int, float) and abs(number) < 1e9 for number in polygon
    ):
        raise ValueError(
            f"{name} has a polygon that is no list of coordinates: correct or "
            "remove it."
        )
    if len(polygon) % 2:
        raise ValueError(
            f"{name} has a polygon of {len(polygon)} numbers, but x and y must "
            "take turns: correct or remove it."
        )
    return np.reshape(polygon, (-1, 2)) - 1.0


def _fill(values, points, number):
    """Fills the pixels whose place `(column, row)` lies within a polygon.

    A ray from the left crosses the outline an odd number of times before it
    reaches them.
    """
    (left, top), (right, bottom) = (
        np.clip(np.ceil(corner), 0, values.shape[::-1]).astype("int64")
        for corner in (points.min(axis=0), points.max(axis=0))
    )
    box = values[top:bottom, left:right]
    (x, y), (next_x, next_y) = points.T, np.roll(points, -1, axis=0).T
    rows = np.arange(top, bottom)[:, None]
    row, edge = np.nonzero((y <= rows) != (next_y <= rows))
    slope = (next_x - x)[edge] / (next_y - y)[edge]
    place = x[edge] + (row + top - y[edge]) * slope
    column = np.clip(np.ceil(place).astype("int64") - left, 0, right - left)
    crossings = np.zeros((bottom - top, right - left + 1), "uint8")
    np.add.at(crossings, (row, column), 1)
    inside = np.cumsum(crossings[:, :-1], axis=1, dtype="uint8") % 2 == 1
    box[inside] = number


def _decode(annotation, size):
    """Decodes run lengths, which go down the columns and begin outside."""
    shape = annotation["segmentation"]
    counts = shape.get("counts")
    if isinstance(counts, str):
        raise ValueError(
            f"Annotation {annotation.get('id')} has compressed run lengths, "
            "which COCO's own files have not: leave `crowds` out, or give the "
            "published file."
        )
    whole_numbers = isinstance(counts, list) and all(
        type(count) is int and count >= 0 for count in counts
    )
    total = sum(counts) if whole_numbers else None
    if shape.get("size") != list(size) or total != size[0] * size[1]:
        raise ValueError(
            f"The run lengths of annotation {annotation.get('id')} are those "
            f"of {total} pixels of {shape.get('size')}, but the label map "
            f"has {list(size)}: give the published files."
        )
    runs = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return runs.reshape(size[::-1]).T


def _draw_sheet(path, labels, folder):
    places = np.linspace(0, len(labels) - 1, min(_SHEET_SAMPLES, len(labels)))
    palette = generate_palette(65536)
    columns = [[], [], []]
    for place in places.round().astype(int):
        label_map = read_label_values(labels[place])
        target = folder / f"{stem(labels[place])}.png"
        instance_map = read_label_values(str(target))
        size = _SHEET_SIDE, _SHEET_SIDE
        edges = edge_map_from_instances(instance_map)[..., 0]
        picture = (255 - 255 * edges).astype("uint8")
        for column, cell in zip(
            columns,
            (
                palette[resize_nearest(label_map, size)],
                palette[resize_nearest(instance_map, size)],
                np.repeat(_shrink(picture, size)[..., None], 3, -1),
            ),
            strict=True,
        ):
            column.append(cell)
    grid = draw_grid(
        [np.stack(column) for column in columns],
        ("label map", "instance map", "edges"),
    )
    write_png(path, grid)


def _shrink(picture, size):
    """Resizes lines of one pixel so that all of them stay visible."""
    return np.asarray(
        Image.fromarray(picture).resize(size[::-1], Image.Resampling.BOX)
    )
