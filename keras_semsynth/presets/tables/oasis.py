"""What OASIS's paper prints of OASIS."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table

_SCORES = ("mIoU", "FID")

TABLES = (
    Table(
        "oasis",
        "table1",
        "OASIS",
        "tables 1 and 2",
        "its own rows",
        {
            "ade20k": _SCORES,
            "ade20k_outdoor": _SCORES,
            "cityscapes": _SCORES,
            "coco_stuff": _SCORES,
        },
        (
            Row(
                "ours",
                "OASIS",
                {
                    "ade20k": (48.8, 28.3),
                    "ade20k_outdoor": (40.4, 48.6),
                    "cityscapes": (69.3, 47.7),
                    "coco_stuff": (44.1, 17.0),
                },
                {
                    "ade20k": "oasis_ade20k_256",
                    "ade20k_outdoor": "oasis_ade20k_outdoor_256",
                    "cityscapes": "oasis_cityscapes_512",
                    "coco_stuff": "oasis_coco_stuff_256",
                },
            ),
        ),
    ),
)
