"""The tables of SC-GAN's paper and its appendix."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

_SCORES = ("mIoU", "accuracy", "FID")
_MIOU_FID = {"cityscapes": ("mIoU", "FID")}
_FULL = {"cityscapes": (66.9, 49.5)}


def _here(**changes):
    """Its ablations: Cityscapes, all else as for table 1."""
    return {"cityscapes": Variant("scgan_cityscapes_512", changes)}


def _generator(**arguments):
    return _here(generator=("scgan", arguments))


_TABLE_1 = Table(
    "scgan",
    "table1",
    "SC-GAN",
    "table 1",
    "different methods",
    {
        "celebamask_hq": ("FID", "LPIPS"),
        "cityscapes": _SCORES,
        "ade20k": _SCORES,
        "coco_stuff": _SCORES,
    },
    (
        Row(
            "crn",
            "CRN",
            {
                "cityscapes": (52.4, 77.1, 104.7),
                "ade20k": (22.4, 68.8, 73.3),
                "coco_stuff": (23.7, 40.4, 70.4),
            },
            {
                "cityscapes": "crn_cityscapes_512",
                "ade20k": "crn_ade20k_256",
                "coco_stuff": "crn_coco_stuff_256",
            },
        ),
        Row("sims", "SIMS", {"cityscapes": (47.2, 75.5, 49.7)}),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            {
                "celebamask_hq": (54.7, 0.529),
                "cityscapes": (58.3, 81.4, 95.0),
                "ade20k": (20.3, 69.2, 81.8),
                "coco_stuff": (14.6, 45.7, 111.5),
            },
            {
                "celebamask_hq": "pix2pixhd_celebamask_hq_512",
                "cityscapes": "pix2pixhd_cityscapes_512",
                "ade20k": "pix2pixhd_ade20k_256",
                "coco_stuff": "pix2pixhd_coco_stuff_256",
            },
            183.4,
        ),
        Row(
            "spade",
            "SPADE",
            {
                "celebamask_hq": (42.2, 0.487),
                "cityscapes": (62.3, 81.9, 71.8),
                "ade20k": (38.5, 79.9, 33.9),
                "coco_stuff": (37.4, 67.9, 22.6),
            },
            {
                "celebamask_hq": "spade_celebamask_hq_512",
                "cityscapes": "spade_cityscapes_512",
                "ade20k": "spade_ade20k_256",
                "coco_stuff": "spade_coco_stuff_256",
            },
            93.0,
        ),
        Row(
            "mask_gan",
            "Mask-GAN",
            {"celebamask_hq": (21.4, None)},
            note="In the text, for reference: it edits faces and sees the real "
            "image, too.",
        ),
        Row(
            "ccfpse",
            "CC-FPSE",
            {
                "cityscapes": (65.6, 82.3, 54.3),
                "ade20k": (43.7, 82.9, 31.7),
                "coco_stuff": (41.6, 70.7, 19.2),
            },
            {
                "cityscapes": "ccfpse_cityscapes_512",
                "ade20k": "ccfpse_ade20k_256",
                "coco_stuff": "ccfpse_coco_stuff_256",
            },
            138.6,
        ),
        Row(
            "ours",
            "SC-GAN",
            {
                "celebamask_hq": (19.2, 0.395),
                "cityscapes": (66.9, 82.5, 49.5),
                "ade20k": (45.2, 83.8, 29.3),
                "coco_stuff": (42.0, 72.0, 18.1),
            },
            {
                "celebamask_hq": "scgan_celebamask_hq_512",
                "cityscapes": "scgan_cityscapes_512",
                "ade20k": "scgan_ade20k_256",
                "coco_stuff": "scgan_coco_stuff_256",
            },
            66.2,
        ),
    ),
)

# The paper prints no widths; with these Conv+BN has 1.1 M parameters more than
# SCC+SCN, as it says.
_CONV = (
    "Three convolutions in a row for each SCC, all but the last as wide as "
    "their input: our reading."
)
_BN = "Batch normalization in the shortcuts, too: our reading."
_TABLE_3 = Table(
    "scgan",
    "table3",
    "SC-GAN",
    "table 3",
    "operators",
    _MIOU_FID,
    (
        Row(
            "conv_bn",
            "Conv+BN",
            {"cityscapes": (62.6, 69.7)},
            _generator(convolution="plain", modulation="plain"),
            67.3,
            f"{_CONV} {_BN}",
        ),
        Row(
            "conv_scn",
            "Conv+SCN",
            {"cityscapes": (63.1, 60.9)},
            _generator(convolution="plain"),
            note=_CONV,
        ),
        Row(
            "scc_bn",
            "SCC+BN",
            {"cityscapes": (66.3, 54.0)},
            _generator(modulation="plain"),
            note=_BN,
        ),
        Row("scc_scn", "SCC+SCN", _FULL, _here(), 66.2),
    ),
)

_TABLE_4 = Table(
    "scgan",
    "table4",
    "SC-GAN",
    "table 4",
    "loss of the image drawn from semantic vectors",
    _MIOU_FID,
    (
        Row(
            "none",
            "w/o L_s",
            {"cityscapes": (60.3, 82.5)},
            _here(objective=("scgan", {"semantic_vector_weight": 0.0})),
        ),
        Row("l1", "w/ L_s (l1)", _FULL, _here()),
        Row(
            "l2",
            "w/ L_s (l2)",
            {"cityscapes": (63.4, 53.3)},
            _here(objective=("scgan", {"semantic_vector_loss": "l2"})),
        ),
        Row(
            "vgg",
            "w/ L_s (vgg)",
            {"cityscapes": (64.2, 51.8)},
            _here(objective=("scgan", {"semantic_vector_loss": "perceptual"})),
        ),
    ),
)

_TABLE_5 = Table(
    "scgan",
    "table5",
    "SC-GAN",
    "table 5",
    "candidates of the convolutions, with four of the normalizations",
    {"cityscapes": ("mIoU",)},
    tuple(
        Row(
            str(n),
            f"n = {n}",
            {"cityscapes": (miou,)},
            _generator(num_conv_candidates=n, num_norm_candidates=4),
        )
        for n, miou in ((8, 67.9), (4, 67.3), (2, 64.8), (1, 61.2))
    ),
)

_TABLE_6 = Table(
    "scgan",
    "table6",
    "SC-GAN",
    "table 6",
    "last function on semantic vectors",
    _MIOU_FID,
    (
        Row(
            "sigmoid",
            "Sigmoid",
            {"cityscapes": (62.6, 57.6)},
            _generator(vector_normalization="sigmoid"),
        ),
        Row(
            "tanh",
            "Tanh",
            {"cityscapes": (63.1, 56.8)},
            _generator(vector_normalization="tanh"),
            note="The official code has a hard one.",
        ),
        Row(
            "relu",
            "ReLU",
            {"cityscapes": (61.7, 66.5)},
            _generator(vector_normalization="relu"),
        ),
        Row(
            "none",
            "None",
            {"cityscapes": (60.2, 73.9)},
            _generator(vector_normalization="none"),
        ),
        Row("softmax", "Softmax", _FULL, _here()),
    ),
)

_TABLE_7 = Table(
    "scgan",
    "table7",
    "SC-GAN",
    "table 7",
    "unpaired translation, summer to winter",
    {"unpaired": ("FID", "IS")},
    (
        Row("munit", "MUNIT", {"unpaired": (118.225, 2.537)}),
        Row("dmit", "DMIT", {"unpaired": (87.969, 2.884)}),
        Row(
            "ours",
            "SC-GAN",
            {"unpaired": (82.882, 3.183)},
            {"unpaired": "scgan_summer2winter_256"},
        ),
    ),
)


# OASIS's discriminator, losses and average; no noise (appendix B.1).
_WITH_OASIS = {
    "discriminator": ("oasis", {}),
    "objective": (
        "oasis",
        {"semantic_vector_weight": 2.0, "ema_statistics": "average"},
    ),
    "run": ("run", {"perceptual": "off"}),
}
_TABLE_8 = Table(
    "scgan",
    "table8",
    "SC-GAN",
    "table 8 (appendix)",
    "with the discriminator and the techniques of OASIS",
    {"cityscapes": ("mIoU", "FID"), "ade20k": ("mIoU", "FID")},
    (
        Row(
            "spade",
            "SPADE",
            {"cityscapes": (62.3, 71.8), "ade20k": (38.5, 33.9)},
            {
                "cityscapes": "spade_cityscapes_512",
                "ade20k": "spade_ade20k_256",
            },
        ),
        Row(
            "ccfpse",
            "CC-FPSE",
            {"cityscapes": (65.6, 54.3), "ade20k": (43.7, 31.7)},
            {
                "cityscapes": "ccfpse_cityscapes_512",
                "ade20k": "ccfpse_ade20k_256",
            },
        ),
        Row(
            "oasis",
            "OASIS",
            {"cityscapes": (69.3, 47.7), "ade20k": (48.8, 28.3)},
            {
                "cityscapes": "oasis_cityscapes_512",
                "ade20k": "oasis_ade20k_256",
            },
            94,
        ),
        Row(
            "ours",
            "SC-GAN",
            {"cityscapes": (66.9, 49.5), "ade20k": (45.2, 29.3)},
            {
                "cityscapes": "scgan_cityscapes_512",
                "ade20k": "scgan_ade20k_256",
            },
            66.2,
        ),
        Row(
            "with_oasis",
            "SC-GAN w/ OASIS",
            {"cityscapes": (69.9, 47.2), "ade20k": (49.1, 27.6)},
            {
                "cityscapes": "scgan_oasis_cityscapes_512",
                "ade20k": Variant("scgan_ade20k_256", _WITH_OASIS),
            },
        ),
    ),
)

TABLES = (
    _TABLE_1,
    _TABLE_3,
    _TABLE_4,
    _TABLE_5,
    _TABLE_6,
    _TABLE_7,
    _TABLE_8,
)
