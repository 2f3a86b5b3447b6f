"""COCO-Stuff: 182 classes of things and stuff, with instance edges."""

import os
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
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import natural_key
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from keras_semsynth.files.own_pictures import without_own

NAMES = tuple(
    """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat,
    traffic light, fire hydrant, street sign, stop sign, parking meter, bench,
    bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, hat,
    backpack, umbrella, shoe, eye glasses, handbag, tie, suitcase, frisbee,
    skis, snowboard, sports ball, kite, baseball bat, baseball glove,
    skateboard, surfboard, tennis racket, bottle, plate, wine glass, cup, fork,
    knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot,
    hot dog, pizza, donut, cake, chair, couch, potted plant, bed, mirror,
    dining table, window, desk, toilet, door, tv, laptop, mouse, remote,
    keyboard, cell phone, microwave, oven, toaster, sink, refrigerator,
    blender, book, clock, vase, scissors, teddy bear, hair drier, toothbrush,
    hair brush, banner, blanket, branch, bridge, building-other, bush, cabinet,
    cage, cardboard, carpet, ceiling-other, ceiling-tile, cloth, clothes,
    clouds, counter, cupboard, curtain, desk-stuff, dirt, door-stuff, fence,
    floor-marble, floor-other, floor-stone, floor-tile, floor-wood, flower,
    fog, food-other, fruit, furniture-other, grass, gravel, ground-other, hill,
    house, leaves, light, mat, metal, mirror-stuff, moss, mountain, mud,
    napkin, net, paper, pavement, pillow, plant-other, plastic, platform,
    playingfield, railing, railroad, river, road, rock, roof, rug, salad, sand,
    sea, shelf, sky-other, skyscraper, snow, solid-other, stairs, stone, straw,
    structural-other, table, tent, textile-other, towel, tree, vegetable,
    wall-brick, wall-concrete, wall-other, wall-panel, wall-stone, wall-tile,
    wall-wood, water-other, waterdrops, window-blind, window-other,
    wood""".replace("\n    ", " ").split(", ")
)

# Where the archives, tools around them and SPADE's layout have the files.
_IMAGES = ("{}_img", "images/{}2017", "{}2017")
_LABELS = (
    "{}_label",
    "annotations/{}2017",
    "annotations/stuffthingmaps/{}2017",
    "stuffthingmaps/{}2017",
    "stuffthingmaps_trainval2017/{}2017",
    "{}2017",
)
_ARCHIVES = {
    "photographs": "unpack train2017.zip and val2017.zip of COCO there",
    "label maps": "unpack stuffthingmaps_trainval2017.zip of COCO-Stuff there",
}
# Maps of other challenges, and what they hold.
_OTHER_MAPS = {
    "annotations/panoptic_{}2017": "panoptic maps (numbers of segments)",
    "panoptic_{}2017": "panoptic maps (numbers of segments)",
    "annotations/stuff_{}2017_pixelmaps": "maps of stuff without things",
    "stuff_{}2017_pixelmaps": "maps of stuff without things",
}


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    use_edge_map: bool = True,
    portraits: bool = True,
    coco_label_shift: bool = False,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds COCO-Stuff's images, label maps and instance maps, 183 ids.

    Args:
        data_dir: str. Root folder: holds the unpacked archives of
            photographs and of label maps, as `images/<split>2017` or
            `<split>2017` and as `annotations/<split>2017` or
            `stuffthingmaps/<split>2017`; or `<split>_img`, `<split>_label`
            and perhaps `train_img_portrait` and so on. Instance maps are in
            `<split>_inst`.
        split: str. Defaults to `"train"`.
        use_edge_map: bool. Feed edges between instances to the network.
            Defaults to `True`.
        portraits: bool. Train on the `*_portrait` folders too, if they exist.
            Defaults to `True`.
        coco_label_shift: bool. The label files hold COCO's category ids 1 to
            182, 0 for unlabelled, as maps drawn from its JSON annotations do:
            map 0 to class 182 and `k` to class `k - 1`. The published label
            maps need the default. Defaults to `False`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = phase_of(split)
    folders = {
        "images": _find_folder(data_dir, phase, "photographs", _IMAGES),
        "label maps": _find_folder(data_dir, phase, "label maps", _LABELS),
    }
    if use_edge_map:
        folder = os.path.join(data_dir, f"{phase}_inst")
        if not os.path.isdir(folder):
            raise ValueError(
                f"The folder {folder} with instance maps does not exist, which "
                "COCO-Stuff's archives do not have; draw them with semsynth "
                "coco_instances, or pass `use_edge_map=false` to train "
                "without instance edges."
            )
        folders["instance maps"] = folder
    lists = {}
    for noun, folder in folders.items():
        paths = _list(folder, noun)
        portrait = f"{folder}_portrait"
        if phase == "train" and portraits and os.path.isdir(portrait):
            paths = sorted(paths + _list(portrait, noun), key=natural_key)
        lists[noun] = paths
    rows, problems = pair_by_position(
        lists, pair_key(pairing), list(folders.values())
    )
    dataset = COCO_STUFF.variant({"coco_label_shift": coco_label_shift})
    return make_file_dataset(
        "coco_stuff", phase, rows, problems, dataset.classes, max_dataset_size
    )


def _find_folder(data_dir, phase, noun, places):
    """Returns the one of some folders that holds files of a kind."""
    if not os.path.isdir(data_dir):
        raise ValueError(f"The folder {data_dir} does not exist.")
    places = [place.format(phase) for place in places]
    found = []
    for place in places:
        folder = os.path.join(data_dir, place)
        if os.path.isdir(folder) and _list(folder, noun):
            found.append(folder)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"Both {' and '.join(found[:2])} hold {noun} of the {phase} split: "
            "move those that are not wanted out of `data_dir`."
        )
    advice = _ARCHIVES[noun]
    if noun == "label maps":
        for place, kind in _OTHER_MAPS.items():
            if os.path.isdir(os.path.join(data_dir, place.format(phase))):
                advice = f"{place.format(phase)} holds {kind}; {advice}"
                break
    raise ValueError(
        f"`data_dir={data_dir}` holds no {noun} of the {phase} split in any of "
        f"{', '.join(places)}{say_skipped(data_dir)}: {advice}."
    )


def _list(folder, noun):
    if noun in ("photographs", "images"):
        # In one folder with label maps, photographs are the JPEG files.
        paths = list_images(folder)
        photos = [p for p in paths if extension(p) in JPEG_EXTENSIONS]
        return photos or [
            p for p in paths if not os.path.basename(folder).endswith("2017")
        ]
    paths = list_images(folder, extensions=LABEL_EXTENSIONS)
    return [
        path
        for path in without_own(paths, folder)
        if not stem(path).endswith("_labelTrainIds")
    ]


def _doubt_category_numbers(counts, total):
    """Whether published maps are likely, which have 255 nearly everywhere."""
    if 255 in counts or not 0 < total <= 4 * counts.get(0, 0):
        return []
    return [
        f"0, which is 'person', is in {counts[0]} of {total} label maps, and "
        "255, 'not labelled', is in none: if they hold COCO's category ids 1 "
        "to 182, and 0 where nothing is labelled, set `coco_label_shift=true`."
    ]


def _doubt_shift(counts, total):
    if 255 not in counts:
        return []
    return [
        f"255 is in {counts[255]} of {total} label maps, as in the published "
        "ones, whose ids need no `coco_label_shift=true`."
    ]


_PAPERS = {
    "source": "COCO-Stuff is at https://github.com/nightrome/cocostuff, its "
    "photographs and instances at https://cocodataset.org.",
    "use_edge_map": True,
    "image_size": (256, 256),
    "metrics": ("fid", "miou"),
    "scorer": "deeplabv2_resnet101",
    "scorer_ids": make_scorer_ids(range(182), ignored=255),
    "score_convention": "coco_stuff",
}


def _classes(advice, **rule):
    rule = LabelRule(182, ignore_label=255, advice=Advice(ids=advice), **rule)
    return Classes((*NAMES, "unknown"), unknown_id=182, label_rule=rule)


SHIFTED = Dataset(
    "coco_stuff",
    find,
    classes=_classes(
        "category ids of COCO-Stuff are 1 to 182, and 0 where nothing is "
        "labelled: give those files, or correct this one",
        id_map={0: 182} | {k: k - 1 for k in range(1, 183)},
    ),
    doubts=_doubt_shift,
    **_PAPERS,
)
COCO_STUFF = Dataset(
    "coco_stuff",
    find,
    classes=_classes(
        "label maps of COCO-Stuff hold the category id less 1, and 255 where "
        "nothing is labelled: give those files, correct this one, or set "
        "`coco_label_shift=true` if they hold the category ids 1 to 182 "
        "themselves"
    ),
    doubts=_doubt_category_numbers,
    variants={"coco_label_shift": SHIFTED},
    **_PAPERS,
)
