"""Cityscapes: streets, with its 35 label ids and instance edges."""

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
from keras_semsynth.files.listing import stem

NAMES = tuple(
    """unlabeled, ego vehicle, rectification border, out of roi, static,
    dynamic, ground, road, sidewalk, parking, rail track, building, wall,
    fence, guard rail, bridge, tunnel, pole, polegroup, traffic light,
    traffic sign, vegetation, terrain, sky, person, rider, car, truck, bus,
    caravan, trailer, train, motorcycle, bicycle,
    unused""".replace("\n    ", " ").split(", ")
)
PALETTE = (
    (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (111, 74, 0),
    (81, 0, 81), (128, 64, 128), (244, 35, 232), (250, 170, 160),
    (230, 150, 140), (70, 70, 70), (102, 102, 156), (190, 153, 153),
    (180, 165, 180), (150, 100, 100), (150, 120, 90), (153, 153, 153),
    (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35),
    (152, 251, 152), (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142),
    (0, 0, 70), (0, 60, 100), (0, 0, 90), (0, 0, 110), (0, 80, 100),
    (0, 0, 230), (119, 11, 32), (0, 0, 142),
)  # fmt: skip
# The 19 classes that are scored, in the order of their train ids.
SCORED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
SCORED += (31, 32, 33)


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    use_edge_map: bool = True,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds the images, label maps and instance maps of Cityscapes.

    Args:
        data_dir: str. Root folder: holds `gtFine/<split>` and
            `leftImg8bit/<split>`.
        split: str. Defaults to `"train"`.
        use_edge_map: bool. Feed edges between instances to the network.
            Defaults to `True`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files whose names agree in their first three
            `_`-separated parts, `"position"` by their place in the sorted
            lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = phase_of(split)
    labels = _list(data_dir, "gtFine", phase)
    images = _list(data_dir, "leftImg8bit", phase)
    lists = {
        "images": images,
        "label maps": [p for p in labels if p.endswith("_labelIds.png")],
    }
    if use_edge_map:
        lists["instance maps"] = [
            p for p in labels if p.endswith("_instanceIds.png")
        ]
    key = pair_key(pairing, lambda path: tuple(stem(path).split("_")[:3]))
    rows, problems = pair_by_position(lists, key, [data_dir])
    return make_file_dataset(
        "cityscapes",
        phase,
        rows,
        problems,
        CITYSCAPES.classes,
        max_dataset_size,
    )


def _list(data_dir, name, phase):
    archive = f"{name}_trainvaltest"
    # Some unpack each archive into a folder of its name.
    for parts in ((name,), (archive, name)):
        folder = os.path.join(data_dir, *parts, phase)
        if os.path.isdir(folder):
            return list_images(folder, False)
    raise ValueError(
        f"`data_dir={data_dir}` holds no {os.path.join(name, phase)}: "
        f"Cityscapes comes in several archives, and {archive}.zip has it; "
        "unpack gtFine_trainvaltest.zip and leftImg8bit_trainvaltest.zip into "
        "one folder."
    )


CITYSCAPES = Dataset(
    "cityscapes",
    find,
    source="Cityscapes (gtFine and leftImg8bit) is at "
    "https://www.cityscapes-dataset.com, after registration.",
    classes=Classes(
        NAMES,
        PALETTE,
        unknown_id=0,
        label_rule=LabelRule(
            35,
            advice=Advice(
                ids="Cityscapes needs the *_labelIds.png files with 0 to 34"
            ),
        ),
    ),
    use_edge_map=True,
    preprocessing={
        "mode": "fixed",
        "load_size": 512,
        "crop_size": 512,
        "aspect_ratio": 2.0,
    },
    image_size=(256, 512),
    metrics=("fid", "miou"),
    scorer="drn_d_105",
    scorer_ids=make_scorer_ids(SCORED, ignored=255),
)
