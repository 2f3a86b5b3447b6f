"""The tables of DP-GAN's paper; see `dpgan_supplement` for the others."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

_FID_MIOU = ("FID", "mIoU")
_DPGAN = {"cityscapes": "dpgan_cityscapes_512"}
_OASIS = {"cityscapes": "oasis_cityscapes_512"}
_SPADE = {"cityscapes": "spade_cityscapes_512"}
_CCFPSE = {"cityscapes": "ccfpse_cityscapes_512"}
# Cityscapes' training classes in the order of table 2, then their object mean.
_CLASSES = (
    "road",
    "sidewalk",
    "building",
    "wall",
    "fence",
    "pole",
    "traffic light",
    "traffic sign",
    "vegetation",
    "terrain",
    "sky",
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "train",
    "motorcycle",
    "bicycle",
)


def _here(**changes):
    """Its ablations: Cityscapes, all else as for table 1."""
    return {"cityscapes": Variant("dpgan_cityscapes_512", changes)}


def _discriminator(**arguments):
    return {"discriminator": ("dpgan", arguments)}


_TABLE_1 = Table(
    "dpgan",
    "table1",
    "DP-GAN",
    "table 1",
    "state-of-the-art methods",
    {
        "cityscapes": _FID_MIOU,
        "ade20k": _FID_MIOU,
        "ade20k_outdoor": _FID_MIOU,
    },
    (
        Row(
            "crn",
            "CRN",
            {
                "cityscapes": (104.7, 52.4),
                "ade20k": (73.3, 22.4),
                "ade20k_outdoor": (99.0, 16.5),
            },
            {
                "cityscapes": "crn_cityscapes_512",
                "ade20k": "crn_ade20k_256",
                "ade20k_outdoor": "crn_ade20k_outdoor_256",
            },
        ),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            {
                "cityscapes": (95.0, 58.3),
                "ade20k": (81.8, 20.3),
                "ade20k_outdoor": (97.8, 17.4),
            },
            {
                "cityscapes": "pix2pixhd_cityscapes_512",
                "ade20k": "pix2pixhd_ade20k_256",
                "ade20k_outdoor": "pix2pixhd_ade20k_outdoor_256",
            },
        ),
        Row(
            "spade",
            "SPADE",
            {
                "cityscapes": (71.8, 62.3),
                "ade20k": (33.9, 38.5),
                "ade20k_outdoor": (63.3, 30.8),
            },
            {
                **_SPADE,
                "ade20k": "spade_ade20k_256",
                "ade20k_outdoor": "spade_ade20k_outdoor_256",
            },
        ),
        Row(
            "dagan",
            "DAGAN",
            {"cityscapes": (60.3, 66.1), "ade20k": (31.9, 40.5)},
        ),
        Row(
            "lggan",
            "LGGAN",
            {"cityscapes": (57.7, 68.4), "ade20k": (31.6, 41.6)},
        ),
        Row(
            "ccfpse",
            "CC-FPSE",
            {"cityscapes": (54.3, 65.5), "ade20k": (31.7, 43.7)},
            {**_CCFPSE, "ade20k": "ccfpse_ade20k_256"},
        ),
        Row(
            "sims",
            "SIMS",
            {"cityscapes": (49.7, 47.2), "ade20k_outdoor": (67.7, 13.1)},
        ),
        Row(
            "oasis",
            "OASIS",
            {
                "cityscapes": (47.7, 69.3),
                "ade20k": (28.3, 48.8),
                "ade20k_outdoor": (48.6, 40.4),
            },
            {
                **_OASIS,
                "ade20k": "oasis_ade20k_256",
                "ade20k_outdoor": "oasis_ade20k_outdoor_256",
            },
        ),
        Row(
            "ours",
            "DP-GAN",
            {
                "cityscapes": (44.1, 73.6),
                "ade20k": (26.1, 52.7),
                "ade20k_outdoor": (45.8, 40.4),
            },
            {
                **_DPGAN,
                "ade20k": "dpgan_ade20k_256",
                "ade20k_outdoor": "dpgan_ade20k_outdoor_256",
            },
        ),
    ),
)


def _classes(name, title, experiments, values):
    return Row(
        name,
        title,
        {"cityscapes": tuple(float(value) for value in values.split())},
        experiments,
    )


_TABLE_2 = Table(
    "dpgan",
    "table2",
    "DP-GAN",
    "table 2",
    "IoU of each class",
    {
        "cityscapes": (
            *(f"IoU of {name}" for name in _CLASSES),
            "object mIoU",
        )
    },
    (
        _classes(
            "spade",
            "SPADE",
            _SPADE,
            "97.5 80.8 88.5 54.3 50.6 40.4 39.0 41.9 88.7 69.1 92.0 66.2 41.5 "
            "89.1 64.6 73.2 42.1 29.7 61.5 53.6",
        ),
        _classes(
            "dagan",
            "DAGAN",
            {},
            "97.4 80.0 89.0 60.1 53.7 41.2 39.4 46.5 88.9 65.9 92.5 66.8 45.8 "
            "89.9 71.2 75.4 57.0 25.8 60.9 56.4",
        ),
        _classes(
            "ccfpse",
            "CC-FPSE",
            _CCFPSE,
            "97.7 82.8 89.8 56.1 61.3 42.3 41.8 50.4 89.6 69.3 92.5 68.5 48.3 "
            "90.2 69.7 74.3 45.4 43.4 65.0 58.1",
        ),
        _classes(
            "lggan",
            "LGGAN",
            {},
            "97.8 83.1 89.7 59.8 56.0 42.5 42.8 50.5 89.5 70.0 92.7 69.0 48.6 "
            "90.6 72.2 80.2 52.4 38.8 64.0 59.2",
        ),
        _classes(
            "oasis",
            "OASIS",
            _OASIS,
            "96.9 79.2 85.1 70.3 64.2 41.6 50.7 49.9 85.0 74.8 92.0 64.9 54.0 "
            "88.4 65.6 79.9 63.4 53.9 63.7 61.5",
        ),
        _classes(
            "ours",
            "DP-GAN",
            _DPGAN,
            "97.5 81.9 87.2 71.4 72.7 46.9 55.5 60.3 87.3 72.9 92.4 67.4 55.5 "
            "89.9 81.5 83.1 73.9 55.3 66.9 66.9",
        ),
    ),
)

_SEEDS = ("FID of 5 seeds, mean", "FID of 5 seeds, variance")
_TABLE_3 = Table(
    "dpgan",
    "table3",
    "DP-GAN",
    "table 3",
    "FID over five noise tensors",
    {"cityscapes": _SEEDS, "ade20k": _SEEDS},
    (
        Row(
            "oasis",
            "OASIS",
            {"cityscapes": (48.1, 0.18), "ade20k": (29.0, 0.03)},
            {**_OASIS, "ade20k": "oasis_ade20k_256"},
        ),
        Row(
            "ours",
            "DP-GAN",
            {"cityscapes": (44.6, 0.17), "ade20k": (26.7, 0.09)},
            {**_DPGAN, "ade20k": "dpgan_ade20k_256"},
        ),
    ),
)

_ABLATION = {"cityscapes": ("FID", "mIoU", "object mIoU")}
_OBJECTIVE_OF_OASIS = {
    "discriminator": ("oasis", {}),
    "objective": ("oasis", {"label_mix_weight": 5.0, "ema_decay": 0.999}),
}
_TABLE_4A = Table(
    "dpgan",
    "table4a",
    "DP-GAN",
    "table 4 (a)",
    "generator and discriminator of OASIS (OA) and DP-GAN (DP)",
    _ABLATION,
    (
        Row(
            "oa_oa",
            "generator OA, discriminator OA",
            {"cityscapes": (47.7, 69.3, 61.5)},
            _here(generator=("oasis", {}), **_OBJECTIVE_OF_OASIS),
            note="The FID and the mIoU are those of OASIS's own paper. Here "
            "the schedule is that of the other rows.",
        ),
        Row(
            "oa_dp",
            "generator OA, discriminator DP",
            {"cityscapes": (47.9, 74.0, 67.4)},
            _here(generator=("oasis", {})),
        ),
        Row(
            "dp_oa",
            "generator DP, discriminator OA",
            {"cityscapes": (45.4, 69.9, 62.0)},
            _here(**_OBJECTIVE_OF_OASIS),
        ),
        Row(
            "dp_dp",
            "generator DP, discriminator DP",
            {"cityscapes": (44.1, 73.6, 66.9)},
            _here(),
        ),
    ),
)

_DECODER = "The paper does not say which blocks of the decoder: our reading."
_TABLE_4B = Table(
    "dpgan",
    "table4b",
    "DP-GAN",
    "table 4 (b)",
    "where the multi-scale adversarial loss is",
    _ABLATION,
    (
        Row(
            "none",
            "no L_ms",
            {"cityscapes": (49.2, 67.9, 59.5)},
            _here(
                objective=("dpgan", {"patch_weight": 0.0}),
                **_discriminator(patch_taps=()),
            ),
        ),
        Row(
            "decoder",
            "L_ms in the decoder",
            {"cityscapes": (44.5, 72.1, 64.4)},
            _here(**_discriminator(patch_taps="decoder")),
            note=_DECODER,
        ),
        Row(
            "encoder_decoder",
            "L_ms in the encoder and the decoder",
            {"cityscapes": (44.3, 72.8, 66.4)},
            _here(
                **_discriminator(
                    patch_taps=("down_3", "down_5", "up_1", "up_3")
                )
            ),
            note=_DECODER,
        ),
        Row(
            "encoder",
            "L_ms in the encoder",
            {"cityscapes": (44.1, 73.6, 66.9)},
            _here(),
        ),
    ),
)

_TABLE_4C = Table(
    "dpgan",
    "table4c",
    "DP-GAN",
    "table 4 (c)",
    "where the feature matching loss is",
    _ABLATION,
    (
        Row(
            "none",
            "no L_fm",
            {"cityscapes": (44.1, 69.9, 62.1)},
            _here(
                objective=("dpgan", {"feature_weight": 0.0}),
                **_discriminator(feature_taps=()),
            ),
        ),
        Row(
            "encoder",
            "L_fm in the encoder",
            {"cityscapes": (44.4, 69.2, 60.8)},
            _here(**_discriminator(feature_taps="encoder")),
        ),
        Row(
            "encoder_decoder",
            "L_fm in the encoder and the decoder",
            {"cityscapes": (45.0, 73.8, 66.8)},
            _here(
                **_discriminator(
                    feature_taps=(
                        *(f"down_{i}" for i in range(5)),
                        *(f"up_{i}" for i in range(1, 6)),
                    )
                )
            ),
        ),
        Row(
            "decoder",
            "L_fm in the decoder",
            {"cityscapes": (44.1, 73.6, 66.9)},
            _here(),
        ),
    ),
)

TABLES = (_TABLE_1, _TABLE_2, _TABLE_3, _TABLE_4A, _TABLE_4B, _TABLE_4C)
