"""ADE20K, scene parsing: the 150 classes of its benchmark."""

import os
import re
from typing import Literal

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.datasets.dataset import make_scorer_ids
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.label_rule import Advice
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_key
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.listing import JPEG_EXTENSIONS
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import read_lines
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem

NAMES = tuple(
    """wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass,
    cabinet, sidewalk, person, earth, door, table, mountain, plant, curtain,
    chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field,
    armchair, seat, fence, desk, rock, wardrobe, lamp, bathtub, railing,
    cushion, base, box, column, signboard, chest of drawers, counter, sand,
    sink, skyscraper, fireplace, refrigerator, grandstand, path, stairs,
    runway, case, pool table, pillow, screen door, stairway, river, bridge,
    bookcase, blind, coffee table, toilet, flower, book, hill, bench,
    countertop, stove, palm, kitchen island, computer, swivel chair, boat, bar,
    arcade machine, hovel, bus, towel, light, truck, tower, chandelier, awning,
    streetlight, booth, television, airplane, dirt track, apparel, pole, land,
    bannister, escalator, ottoman, bottle, buffet, poster, stage, van, ship,
    fountain, conveyer belt, canopy, washer, plaything, swimming pool, stool,
    barrel, basket, waterfall, tent, bag, minibike, cradle, oven, ball, food,
    step, tank, trade name, microwave, pot, animal, bicycle, lake, dishwasher,
    screen, blanket, sculpture, hood, sconce, vase, traffic light, tray,
    ashcan, fan, pier, crt screen, plate, monitor, bulletin board, shower,
    radiator, glass, clock, flag""".replace("\n    ", " ").split(", ")
)

_PAGE = "http://sceneparsing.csail.mit.edu"
_ARCHIVE = "ADEChallengeData2016.zip"
# `ADE_train_00000001_seg.png`, `ADE_train_00000001_parts_1.png` and so on.
_OF_FULL_SET = re.compile(r"ADE_(?:train|val)_\d+_(?:seg|parts_\d+)")
_ADVICE = Advice(
    ids="label maps of ADE20K hold 0 (unknown) to 150: give the files of its "
    "benchmark, or correct this one"
)
CLASSES = Classes(
    ("unknown", *NAMES),
    unknown_id=0,
    label_rule=LabelRule(151, advice=_ADVICE),
)
SHIFTED_CLASSES = Classes(
    (*NAMES, "unknown"),
    unknown_id=150,
    label_rule=LabelRule(
        150,
        id_map={0: 150} | {k: k - 1 for k in range(1, 151)},
        extra_class=True,
        advice=_ADVICE,
    ),
)


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    ade_label_shift: bool = False,
    file_list: str | os.PathLike | None = None,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds ADE20K's images and label maps, 151 ids.

    Raw ids are used as they are: 0 is unknown, `k` is class `k`. Released
    SPADE weights expect this; the shift in the official code has no effect.

    Args:
        data_dir: str. Root folder, such as the unpacked
            `ADEChallengeData2016`: label maps are all `*.png`, images all
            `*.jpg` below it whose path contains `_train_` or `_val_`.
        split: str. Defaults to `"train"`.
        ade_label_shift: bool. Map raw 0 to class 150 and raw `k` to class
            `k - 1`, as other projects do; released SPADE weights need the
            default. Defaults to `False`.
        file_list: str or `None`. Text file of names or paths, one a line; only
            samples with such a stem are kept. Defaults to `None`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    classes = SHIFTED_CLASSES if ade_label_shift else CLASSES
    wanted = None if file_list is None else listed(file_list)
    return find_files(
        "ade20k", classes, data_dir, split, wanted, max_dataset_size, pairing
    )


def listed(file_list: str | os.PathLike) -> set[str]:
    """Reads the stems of a list of files, with or without folder and end."""
    if not os.path.isfile(file_list):
        raise ValueError(
            f"The file list {file_list} does not exist; give an existing "
            "text file as `file_list`."
        )
    return {stem(line) for line in read_lines(file_list)}


def find_files(
    name: str,
    classes: Classes,
    data_dir: str,
    split: str,
    wanted: set[str] | None,
    max_dataset_size: int | None,
    pairing: str,
) -> SemanticDataset:
    """Finds the files of ADE20K, or those `wanted` of it; see `find`."""
    phase = phase_of(split)
    paths = list_images(data_dir, read_list=False)
    full = [path for path in paths if _OF_FULL_SET.fullmatch(stem(path))]
    if full:
        raise ValueError(
            f"{full[0]} is of the full ADE20K, whose label maps are colours of "
            "more than 3000 classes; download the benchmark of 150 classes, "
            f"{_ARCHIVE}, from {_PAGE} instead."
        )
    # The part below `data_dir` decides, so that the name of a parent cannot
    # mix the splits.
    paths = [p for p in paths if f"_{phase}_" in os.path.relpath(p, data_dir)]
    if not paths:
        raise ValueError(
            f"`data_dir={data_dir}` must be the folder in which {_ARCHIVE} was "
            f"unpacked: no file there is called ADE_{phase}_*.jpg or "
            f"ADE_{phase}_*.png{say_skipped(data_dir)}."
        )
    lists = {
        "images": [p for p in paths if extension(p) in JPEG_EXTENSIONS],
        "label maps": [p for p in paths if extension(p) == ".png"],
    }
    if wanted is not None:
        lists = {
            noun: [path for path in paths if stem(path) in wanted]
            for noun, paths in lists.items()
        }
    rows, problems = pair_by_position(lists, pair_key(pairing), [data_dir])
    return make_file_dataset(
        name, phase, rows, problems, classes, max_dataset_size
    )


def _doubt_shifted_files(counts, total):
    """Published maps have 0 nearly everywhere, and a flag hardly anywhere."""
    if not 0 < total <= 4 * counts.get(150, 0):
        return []
    return [
        f"150, which is 'flag', is in {counts[150]} of {total} label maps: if "
        "it stands for what is not labelled, these maps were shifted; give "
        f"those of {_ARCHIVE}, which hold 0 for it and wall as 1."
    ]


_PAPERS = {
    "source": f"ADE20K's scene parsing benchmark ({_ARCHIVE}) is at {_PAGE}, "
    "free of charge for research.",
    "image_size": (256, 256),
    "metrics": ("fid", "miou"),
    "scorer": "upernet101",
    "score_convention": "ade20k",
    "doubts": _doubt_shifted_files,
}
SHIFTED = Dataset(
    "ade20k",
    find,
    classes=SHIFTED_CLASSES,
    scorer_ids=make_scorer_ids(range(150), ignored=-1),
    **_PAPERS,
)
ADE20K = Dataset(
    "ade20k",
    find,
    classes=CLASSES,
    # 0 is unknown and k is the scorer's class k - 1.
    scorer_ids=make_scorer_ids(range(1, 151), ignored=-1),
    variants={"ade_label_shift": SHIFTED},
    **_PAPERS,
)
