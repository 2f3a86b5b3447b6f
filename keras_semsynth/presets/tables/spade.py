"""The tables of SPADE's paper and its appendix."""

from keras_semsynth.presets.tables.table import Row
from keras_semsynth.presets.tables.table import Table
from keras_semsynth.presets.tables.table import Variant

_SCORES = ("mIoU", "accuracy", "FID")
_MIOU = {
    "coco_stuff": ("mIoU",),
    "ade20k": ("mIoU",),
    "cityscapes": ("mIoU",),
}
_EPOCHS = {
    "coco_stuff": "After 50 epochs, as CC-FPSE's paper says of these ablations."
}
# The normalization rows were probably measured with the kernels of that row.
_KERNEL_5 = (
    "The SyncBatchNorm row of this table equals its 5x5 row, so the paper "
    "probably ran the three normalization rows with 5x5 kernels. Here they "
    "have the 3x3 kernels that it says it uses."
)


def _miou(coco, ade, city):
    return {"coco_stuff": (coco,), "ade20k": (ade,), "cityscapes": (city,)}


def _on_coco(base="spade_coco_stuff_256", **changes):
    """Its ablations, here on COCO-Stuff: 50 epochs (CC-FPSE, footnote 2)."""
    run = {"run": ("run", {"epochs": 50})}
    return {"coco_stuff": Variant(base, run | changes)}


def _plus_plus(**changes):
    return _on_coco("pix2pixhdpp_coco_stuff_256", **changes)


_SPADE = {
    "ade20k": "spade_ade20k_256",
    "cityscapes": "spade_cityscapes_512",
}
_PIX2PIXHDPP = {"ade20k": "pix2pixhdpp_ade20k_256"}
_PIX2PIXHD = {
    "ade20k": "pix2pixhd_ade20k_256",
    "cityscapes": "pix2pixhd_cityscapes_512",
}
_PIX2PIXHD_NOTE = (
    "Table 1 prints the same mIoU on COCO-Stuff, so this one may have trained "
    "for 100 epochs as well."
)

_TABLE_1 = Table(
    "spade",
    "table1",
    "SPADE",
    "table 1",
    "leading methods",
    {
        "coco_stuff": _SCORES,
        "ade20k": _SCORES,
        "ade20k_outdoor": _SCORES,
        "cityscapes": _SCORES,
    },
    (
        Row(
            "crn",
            "CRN",
            {
                "coco_stuff": (23.7, 40.4, 70.4),
                "ade20k": (22.4, 68.8, 73.3),
                "ade20k_outdoor": (16.5, 68.6, 99.0),
                "cityscapes": (52.4, 77.1, 104.7),
            },
            {
                "coco_stuff": "crn_coco_stuff_256",
                "ade20k": "crn_ade20k_256",
                "ade20k_outdoor": "crn_ade20k_outdoor_256",
                "cityscapes": "crn_cityscapes_512",
            },
        ),
        Row(
            "sims",
            "SIMS",
            {
                "ade20k_outdoor": (13.1, 74.7, 67.7),
                "cityscapes": (47.2, 75.5, 49.7),
            },
        ),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            {
                "coco_stuff": (14.6, 45.8, 111.5),
                "ade20k": (20.3, 69.2, 81.8),
                "ade20k_outdoor": (17.4, 71.6, 97.8),
                "cityscapes": (58.3, 81.4, 95.0),
            },
            {
                **_PIX2PIXHD,
                "coco_stuff": "pix2pixhd_coco_stuff_256",
                "ade20k_outdoor": "pix2pixhd_ade20k_outdoor_256",
            },
        ),
        Row(
            "ours",
            "SPADE",
            {
                "coco_stuff": (37.4, 67.9, 22.6),
                "ade20k": (38.5, 79.9, 33.9),
                "ade20k_outdoor": (30.8, 82.9, 63.3),
                "cityscapes": (62.3, 81.9, 71.8),
            },
            {
                **_SPADE,
                "coco_stuff": "spade_coco_stuff_256",
                "ade20k_outdoor": "spade_ade20k_outdoor_256",
            },
        ),
    ),
    {
        "coco_stuff": "The running text gives SPADE an mIoU of 35.2, that of "
        "the ablations."
    },
)

_TABLE_3 = Table(
    "spade",
    "table3",
    "SPADE",
    "table 3",
    "generators with and without SPADE",
    _MIOU,
    (
        Row(
            "decoder_spade",
            "decoder w/ SPADE",
            _miou(35.2, 38.5, 62.3),
            {**_on_coco(), **_SPADE},
            96,
        ),
        Row(
            "compact_decoder_spade",
            "compact decoder w/ SPADE",
            _miou(35.2, 38.0, 62.5),
            _on_coco(generator=("spade", {"filters": 48})),
            61,
        ),
        Row(
            "decoder_concat",
            "decoder w/ Concat",
            _miou(31.9, 33.6, 61.1),
            _on_coco(generator=("spade", {"conditioning": "concat"})),
            79,
        ),
        Row(
            "pix2pixhdpp_spade",
            "pix2pixHD++ w/ SPADE",
            _miou(34.4, 39.0, 62.2),
            _plus_plus(generator=("conditioned_pix2pixhd", {})),
            237,
        ),
        Row(
            "pix2pixhdpp_concat",
            "pix2pixHD++ w/ Concat",
            _miou(32.9, 38.9, 57.1),
            _plus_plus(
                generator=("conditioned_pix2pixhd", {"conditioning": "concat"})
            ),
            195,
        ),
        Row(
            "pix2pixhdpp",
            "pix2pixHD++",
            _miou(32.7, 38.3, 58.8),
            {**_plus_plus(), **_PIX2PIXHDPP},
            183,
        ),
        Row(
            "compact_pix2pixhdpp",
            "compact pix2pixHD++",
            _miou(31.6, 37.3, 57.6),
            _plus_plus(generator=("pix2pixhd", {"filters": 48})),
            103,
        ),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            _miou(14.6, 20.3, 58.3),
            {**_on_coco("pix2pixhd_coco_stuff_256"), **_PIX2PIXHD},
            183,
            _PIX2PIXHD_NOTE,
        ),
    ),
    _EPOCHS,
)

_TABLE_4 = Table(
    "spade",
    "table4",
    "SPADE",
    "table 4",
    "variations of the generator",
    _MIOU,
    (
        Row(
            "segmap_input",
            "segmap input",
            _miou(35.2, 38.5, 62.3),
            {**_on_coco(), **_SPADE},
        ),
        Row(
            "random_input",
            "random input",
            _miou(35.3, 38.3, 61.6),
            _on_coco(generator=("spade", {"style_dim": 256})),
        ),
        Row(
            "kernel5",
            "kernel size 5x5",
            _miou(35.0, 39.3, 61.8),
            _on_coco(generator=("spade", {"kernel_size": 5})),
        ),
        Row(
            "kernel3",
            "kernel size 3x3",
            _miou(35.2, 38.5, 62.3),
            {**_on_coco(), **_SPADE},
        ),
        Row(
            "kernel1",
            "kernel size 1x1",
            _miou(32.7, 35.9, 59.9),
            _on_coco(generator=("spade", {"kernel_size": 1})),
        ),
        Row(
            "141m",
            "#params 141M",
            _miou(35.3, 38.3, 62.5),
            _on_coco(generator=("spade", {"filters": 80})),
            141,
        ),
        Row(
            "96m",
            "#params 96M",
            _miou(35.2, 38.5, 62.3),
            {**_on_coco(), **_SPADE},
            96,
        ),
        Row(
            "61m",
            "#params 61M",
            _miou(35.2, 38.0, 62.5),
            _on_coco(generator=("spade", {"filters": 48})),
            61,
        ),
        Row(
            "sync_batch",
            "SyncBatchNorm",
            _miou(35.0, 39.3, 61.8),
            _on_coco(),
            note=_KERNEL_5,
        ),
        Row(
            "batch",
            "BatchNorm",
            _miou(33.7, 37.9, 61.8),
            _on_coco(generator=("spade", {"normalization": "batch"})),
            note=_KERNEL_5,
        ),
        Row(
            "instance",
            "InstanceNorm",
            _miou(33.9, 37.4, 58.7),
            _on_coco(generator=("spade", {"normalization": "instance"})),
            note=_KERNEL_5,
        ),
    ),
    _EPOCHS,
)

_NO_SYNC = {"normalization": "instance"}
_TABLE_5 = Table(
    "spade",
    "table5",
    "SPADE",
    "table 5 (appendix)",
    "losses, discriminator and the parts of pix2pixHD++",
    _MIOU,
    (
        Row(
            "ours",
            "SPADE",
            _miou(35.2, 38.5, 62.3),
            {**_on_coco(), **_SPADE},
        ),
        Row(
            "without_perceptual",
            "SPADE w/o perceptual loss",
            _miou(24.7, 30.1, 57.4),
            _on_coco(run=("run", {"epochs": 50, "perceptual": "off"})),
        ),
        Row(
            "without_feature_matching",
            "SPADE w/o GAN feature matching loss",
            _miou(33.2, 38.0, 62.2),
            _on_coco(objective=("spade", {"feature_matching_weight": 0.0})),
        ),
        Row(
            "deeper_discriminator",
            "SPADE w/ a deeper discriminator",
            _miou(34.9, 38.3, 60.9),
            _on_coco(discriminator=("multi_scale_patch", {"num_layers": 5})),
            note="One more convolution on top of the discriminator.",
        ),
        Row(
            "pix2pixhdpp_spade",
            "pix2pixHD++ w/ SPADE",
            _miou(34.4, 39.0, 62.2),
            _plus_plus(generator=("conditioned_pix2pixhd", {})),
        ),
        Row(
            "pix2pixhdpp",
            "pix2pixHD++",
            _miou(32.7, 38.3, 58.8),
            {**_plus_plus(), **_PIX2PIXHDPP},
        ),
        Row(
            "pix2pixhdpp_without_sync_batch",
            "pix2pixHD++ w/o Sync BatchNorm",
            _miou(27.4, 31.8, 51.1),
            _plus_plus(generator=("pix2pixhd", _NO_SYNC)),
            note="Instance normalization, that of pix2pixHD, in its place.",
        ),
        Row(
            "pix2pixhdpp_without_sync_batch_and_spectral",
            "pix2pixHD++ w/o Sync BatchNorm and w/o Spectral Norm",
            _miou(26.0, 31.9, 52.3),
            _plus_plus(
                generator=("pix2pixhd", {**_NO_SYNC, "spectral": False}),
                discriminator=("multi_scale_patch", {"spectral": False}),
            ),
            note="Instance normalization, that of pix2pixHD, in its place.",
        ),
        Row(
            "pix2pixhd",
            "pix2pixHD",
            _miou(14.6, 20.3, 58.3),
            {**_on_coco("pix2pixhd_coco_stuff_256"), **_PIX2PIXHD},
            note=_PIX2PIXHD_NOTE,
        ),
    ),
    _EPOCHS,
)

TABLES = (_TABLE_1, _TABLE_3, _TABLE_4, _TABLE_5)
