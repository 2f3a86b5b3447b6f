"""Named configurations of the papers, as data.

A preset holds constructor arguments of the networks and the GAN, the flag file
that trains it, the published scores, and the parameter counts that
`summary()` must show.
"""

import os

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import VGG19Features

_ADE20K = {"num_classes": 151}
_COCO_STUFF = {"num_classes": 183, "use_edge_map": True}
_CITYSCAPES = {"num_classes": 35, "use_edge_map": True}

PRESETS = {
    "spade_ade20k_256": {
        "model": "SPADE",
        "layout": _ADE20K,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/ade20k_spade.cfg",
        "published": {"mIoU": 38.5, "accuracy": 79.9, "FID": 33.9},
        "parameters": {"generator": 96_492_483, "discriminator": 5_836_930},
    },
    "spade_coco_stuff_256": {
        "model": "SPADE",
        "layout": _COCO_STUFF,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/coco_stuff_spade.cfg",
        "published": {"mIoU": 37.4, "accuracy": 67.9, "FID": 22.6},
        "parameters": {"generator": 97_480_899, "discriminator": 5_904_514},
    },
    "spade_cityscapes_512": {
        "model": "SPADE",
        "layout": _CITYSCAPES,
        "generator": {"image_size": (256, 512), "upsampling": "more"},
        "flagfile": "configs/cityscapes_spade.cfg",
        "published": {"mIoU": 62.3, "accuracy": 81.9, "FID": 71.8},
        "parameters": {"generator": 93_048_003, "discriminator": 5_601_410},
    },
    "spade_style_ade20k_256": {
        "model": "SPADE",
        "layout": _ADE20K,
        "generator": {"image_size": (256, 256), "style_dim": 256},
        "encoder": {"style_dim": 256},
        "flagfile": "configs/ade20k_spade.cfg",
        "published": {},
        "parameters": {
            "generator": 111_942_595,
            "discriminator": 5_836_930,
            "encoder": 10_463_424,
        },
    },
    "pix2pixhd_ade20k_256": {
        "model": "Pix2PixHD",
        "layout": _ADE20K,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/ade20k_pix2pixhd.cfg",
        "published": {"mIoU": 20.3, "accuracy": 69.2, "FID": 81.8},
        "parameters": {"generator": 182_886_019, "discriminator": 5_836_930},
    },
    "pix2pixhdpp_ade20k_256": {
        "model": "Pix2PixHD",
        "layout": _ADE20K,
        "generator": {"image_size": (256, 256), "normalization": "sync_batch"},
        "gan": {"adversarial": "hinge"},
        "flagfile": "configs/ade20k_pix2pixhd.cfg",
        "published": {},
        "parameters": {"generator": 182_928_771, "discriminator": 5_836_930},
    },
}

_GENERATORS = {"SPADE": SPADEGenerator, "Pix2PixHD": Pix2PixHDGenerator}


def gan_arguments(name, model, perceptual_weights, overrides):
    """Builds the networks of a preset.

    Args:
        name: str. A key of `PRESETS`.
        model: str. Name of the GAN class that asks.
        perceptual_weights: Path of VGG19 weights, `"off"`, or `None` for the
            torchvision file in the folder `SEMSYNTH_WEIGHTS`.
        overrides: dict of dicts: arguments that replace the preset's, under
            `"layout"` (what generator and discriminator share),
            `"generator"`, `"discriminator"`, `"encoder"` and `"gan"`.

    Returns:
        dict of constructor arguments of the GAN.

    Raises:
        ValueError: If the preset is unknown or belongs to another model, or
            an override has an unknown key.
        FileNotFoundError: If the VGG19 weights are not there.
    """
    if name not in PRESETS:
        raise ValueError(
            f"Unknown preset. Expected one of {sorted(PRESETS)}. "
            f"Received: {name!r}."
        )
    preset = PRESETS[name]
    if preset["model"] != model:
        raise ValueError(
            f"Preset {name!r} is of model {preset['model']}: call "
            f"`gans.{preset['model']}.from_preset`, not `gans.{model}`."
        )
    parts = ("layout", "generator", "discriminator", "encoder", "gan")
    unknown = sorted(set(overrides) - set(parts))
    if unknown:
        raise ValueError(
            f"Overrides are dicts under {parts}. Received: {unknown}."
        )
    merged = {
        part: {**preset.get(part, {}), **overrides.get(part, {})}
        for part in parts
    }
    arguments = {
        "generator": _GENERATORS[model](
            **merged["layout"], **merged["generator"]
        ),
        "discriminator": MultiScalePatchDiscriminator(
            **merged["layout"], **merged["discriminator"]
        ),
        **merged["gan"],
    }
    if merged["encoder"]:
        arguments["encoder"] = StyleEncoder(**merged["encoder"])
    if perceptual_weights is None:
        folder = os.environ.get("SEMSYNTH_WEIGHTS", ".")
        perceptual_weights = os.path.join(folder, "vgg19-dcbb9e9d.pth")
    if perceptual_weights != "off":
        network = VGG19Features.from_file(perceptual_weights)
        arguments["perceptual"] = PerceptualLoss(network)
    return arguments
