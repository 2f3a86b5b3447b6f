"""The tables of the supplement of DP-GAN's paper."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

_DPGAN = {"cityscapes": "dpgan_cityscapes_512"}
_OASIS = {"cityscapes": "oasis_cityscapes_512"}
_SPADE = {"cityscapes": "spade_cityscapes_512"}
_CCFPSE = {"cityscapes": "ccfpse_cityscapes_512"}


def _here(**changes):
    """Its ablations: Cityscapes, all else as for table 1 of the paper."""
    return {"cityscapes": Variant("dpgan_cityscapes_512", changes)}


_TABLE_1 = Table(
    "dpgan",
    "supplement_table1",
    "DP-GAN",
    "supplement, table 1",
    "FID of object crops",
    {
        "cityscapes": (
            "FID of crops, all",
            "FID of crops, large",
            "FID of crops, medium",
            "FID of crops, small",
        )
    },
    (
        Row("spade", "SPADE", {"cityscapes": (33.4, 84.3, 63.3, 36.8)}, _SPADE),
        Row("oasis", "OASIS", {"cityscapes": (35.0, 98.6, 79.9, 37.6)}, _OASIS),
        Row("ours", "DP-GAN", {"cityscapes": (24.5, 77.6, 57.5, 27.1)}, _DPGAN),
    ),
)

_TABLE_2 = Table(
    "dpgan",
    "supplement_table2",
    "DP-GAN",
    "supplement, table 2",
    "FID at other resolutions",
    {"cityscapes": ("FID at 128x256", "FID", "FID at 512x1024")},
    (
        Row("spade", "SPADE", {"cityscapes": (99.9, 71.8, 145.9)}, _SPADE),
        Row("oasis", "OASIS", {"cityscapes": (91.8, 47.7, 115.5)}, _OASIS),
        Row("ours", "DP-GAN", {"cityscapes": (85.0, 44.1, 96.1)}, _DPGAN),
    ),
)

_TABLE_3 = Table(
    "dpgan",
    "supplement_table3",
    "DP-GAN",
    "supplement, table 3",
    "LabelMix and the concatenation",
    {"cityscapes": ("FID", "mIoU")},
    (
        Row(
            "without_label_mix",
            "w/o L_LM",
            {"cityscapes": (46.8, 70.9)},
            _here(objective=("dpgan", {"label_mix_weight": 0.0})),
        ),
        Row(
            "without_concatenation",
            "w/o cat",
            {"cityscapes": (44.8, 71.2)},
            _here(generator=("dpgan", {"concatenate": False})),
        ),
        Row("ours", "DP-GAN", {"cityscapes": (44.1, 73.6)}, _here()),
    ),
)

_TIMES = ("inference time, ms",)
_TABLE_5 = Table(
    "dpgan",
    "supplement_table5",
    "DP-GAN",
    "supplement, table 5",
    "parameters and inference time (TITAN RTX)",
    {"cityscapes": _TIMES},
    (
        Row("lggan", "LGGAN", {"cityscapes": (222.7,)}, {}, 111.1),
        Row("dagan", "DAGAN", {"cityscapes": (63.8,)}, {}, 93.1),
        Row("ccfpse", "CC-FPSE", {"cityscapes": (130.1,)}, _CCFPSE, 128.1),
        Row("spade", "SPADE", {"cityscapes": (70.8,)}, _SPADE, 93.0),
        Row("oasis", "OASIS", {"cityscapes": (60.5,)}, _OASIS, 71.1),
        Row("ours", "DP-GAN", {"cityscapes": (51.8,)}, _DPGAN, 69.5),
    ),
)

TABLES = (_TABLE_1, _TABLE_2, _TABLE_3, _TABLE_5)
