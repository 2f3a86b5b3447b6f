"""The tables of CC-FPSE's paper."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

_SCORES = ("mIoU", "accuracy", "FID")
_MS_PATCH = {"discriminator": ("multi_scale_patch", {})}
# The text defines semantics embedding for FPSE alone; that "MsPatch+SE" gives
# each scale of the patch discriminator one is our reading.
_MS_PATCH_SE = {"discriminator": ("semantics_embedding_patch", {})}


def _on_coco(**changes):
    """Its ablations: COCO-Stuff, 50 epochs (footnote 2)."""
    run = {"run": ("run", {"epochs": 50})}
    return {"coco_stuff": Variant("ccfpse_coco_stuff_256", run | changes)}


_TABLE_1 = Table(
    "ccfpse",
    "table1",
    "CC-FPSE",
    "table 1",
    "previous approaches",
    {"coco_stuff": _SCORES, "cityscapes": _SCORES, "ade20k": _SCORES},
    (
        Row(
            "crn",
            "CRN",
            {
                "coco_stuff": (23.7, 40.4, 70.4),
                "cityscapes": (52.4, 77.1, 104.7),
                "ade20k": (22.4, 68.8, 73.3),
            },
            {
                "coco_stuff": "crn_coco_stuff_256",
                "cityscapes": "crn_cityscapes_512",
                "ade20k": "crn_ade20k_256",
            },
        ),
        Row("sims", "SIMS", {"cityscapes": (47.2, 75.5, 49.7)}),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            {
                "coco_stuff": (14.6, 45.7, 111.5),
                "cityscapes": (58.3, 81.4, 95.0),
                "ade20k": (20.3, 69.2, 81.8),
            },
            {
                "coco_stuff": "pix2pixhd_coco_stuff_256",
                "cityscapes": "pix2pixhd_cityscapes_512",
                "ade20k": "pix2pixhd_ade20k_256",
            },
        ),
        Row(
            "spade",
            "SPADE",
            {
                "coco_stuff": (37.4, 67.9, 22.6),
                "cityscapes": (62.3, 81.9, 71.8),
                "ade20k": (38.5, 79.9, 33.9),
            },
            {
                "coco_stuff": "spade_coco_stuff_256",
                "cityscapes": "spade_cityscapes_512",
                "ade20k": "spade_ade20k_256",
            },
        ),
        Row(
            "ours",
            "CC-FPSE",
            {
                "coco_stuff": (41.6, 70.7, 19.2),
                "cityscapes": (65.5, 82.3, 54.3),
                "ade20k": (43.7, 82.9, 31.7),
            },
            {
                "coco_stuff": "ccfpse_coco_stuff_256",
                "cityscapes": "ccfpse_cityscapes_512",
                "ade20k": "ccfpse_ade20k_256",
            },
        ),
    ),
)

_TABLE_2 = Table(
    "ccfpse",
    "table2",
    "CC-FPSE",
    "table 2",
    "ablation of generator and discriminator",
    {"coco_stuff": ("mIoU",)},
    (
        Row(
            "baseline",
            "Baseline (SPADE, MsPatch)",
            {"coco_stuff": (35.2,)},
            _on_coco(
                generator=(
                    "ccfpse",
                    {"block": "spade", "feature_pyramid": False},
                ),
                **_MS_PATCH,
            ),
        ),
        Row(
            "1",
            "(1) CC w/o FP, MsPatch",
            {"coco_stuff": (36.2,)},
            _on_coco(
                generator=("ccfpse", {"feature_pyramid": False}), **_MS_PATCH
            ),
        ),
        Row(
            "2",
            "(2) CC w/ FP, MsPatch",
            {"coco_stuff": (36.7,)},
            _on_coco(**_MS_PATCH),
        ),
        Row(
            "3",
            "(3) CC w/o FP, FP+SE",
            {"coco_stuff": (40.4,)},
            _on_coco(generator=("ccfpse", {"feature_pyramid": False})),
        ),
        Row(
            "4",
            "(4) SPADE w/ FP, MsPatch+SE",
            {"coco_stuff": (38.0,)},
            _on_coco(generator=("ccfpse", {"block": "spade"}), **_MS_PATCH_SE),
        ),
        Row(
            "5",
            "(5) SPADE w/ FP, FP+SE",
            {"coco_stuff": (39.17,)},
            _on_coco(generator=("ccfpse", {"block": "spade"})),
        ),
        Row(
            "6",
            "(6) CC w/ FP, MsPatch+SE",
            {"coco_stuff": (40.4,)},
            _on_coco(**_MS_PATCH_SE),
        ),
        Row(
            "full",
            "CC-FPSE (CC w/ FP, FP+SE)",
            {"coco_stuff": (41.3,)},
            _on_coco(),
        ),
    ),
    {"coco_stuff": "After 50 epochs (footnote 2)."},
)

TABLES = (_TABLE_1, _TABLE_2)
