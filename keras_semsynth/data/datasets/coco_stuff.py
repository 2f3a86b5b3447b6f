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
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import natural_key

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


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    use_edge_map: bool = True,
    portraits: bool = True,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds COCO-Stuff's images, label maps and instance maps, 183 ids.

    Args:
        data_dir: str. Root folder: holds `<split>_label`, `<split>_img`,
            `<split>_inst`, and perhaps `train_label_portrait` and so on.
        split: str. Defaults to `"train"`.
        use_edge_map: bool. Feed edges between instances to the network.
            Defaults to `True`.
        portraits: bool. Train on the `*_portrait` folders too, if they exist.
            Defaults to `True`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = phase_of(split)
    kinds = {"images": "img", "label maps": "label"}
    if use_edge_map:
        kinds["instance maps"] = "inst"
    lists = {}
    for noun, kind in kinds.items():
        folder = os.path.join(data_dir, f"{phase}_{kind}")
        if kind == "inst" and not os.path.isdir(folder):
            raise ValueError(
                f"The folder {folder} with instance maps does not exist; pass "
                "`use_edge_map=false` to train without instance edges."
            )
        paths = list_images(folder)
        portrait = f"{folder}_portrait"
        if phase == "train" and portraits and os.path.isdir(portrait):
            paths = sorted(paths + list_images(portrait), key=natural_key)
        lists[noun] = paths
    rows, problems = pair_by_position(lists, pair_key(pairing))
    return make_file_dataset(
        "coco_stuff",
        phase,
        rows,
        problems,
        COCO_STUFF.classes,
        max_dataset_size,
    )


COCO_STUFF = Dataset(
    "coco_stuff",
    find,
    source="COCO-Stuff is at https://github.com/nightrome/cocostuff, its "
    "photographs and instances at https://cocodataset.org.",
    classes=Classes(
        (*NAMES, "unknown"),
        unknown_id=182,
        label_rule=LabelRule(
            182,
            ignore_label=255,
            advice=Advice(
                ids="label maps of COCO-Stuff hold 0 to 181, and 255 for "
                "unknown: give those files, or correct this one"
            ),
        ),
    ),
    use_edge_map=True,
    image_size=(256, 256),
    metrics=("fid", "miou"),
    scorer="deeplabv2_resnet101",
    scorer_ids=make_scorer_ids(range(182), ignored=255),
    score_convention="coco_stuff",
)
