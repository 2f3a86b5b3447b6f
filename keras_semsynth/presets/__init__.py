"""Named configurations of the papers, as data.

A preset holds constructor arguments of the networks and the GAN, the flag file
that trains it, the published scores, and the parameter counts that
`summary()` must show. Each model has its file:

- `GAN`: name of the class in `gans`;
- `NETWORKS`: dict, `"generator"`, `"discriminator"` and, if the model has one,
  `"encoder"` -> class;
- `PUBLISHED`: dict, dataset -> scores, for datasets without a preset;
- `PROTOCOL`: dict, how its scores were measured; see `evaluation.protocols`;
- `PRESETS`: dict, name -> preset. A preset's `"networks"` replace some of
  `NETWORKS`; `"perceptual": False` marks papers without the perceptual term.
"""

import importlib
import os

from keras_semsynth.checkpoints import load_vgg19
from keras_semsynth.family import MODELS
from keras_semsynth.losses import PerceptualLoss

PARTS = ("layout", "generator", "discriminator", "encoder", "gan")


def _collect():
    presets = {}
    for model in MODELS:
        module = importlib.import_module(f"keras_semsynth.presets.{model}")
        for name, preset in module.PRESETS.items():
            networks = {**module.NETWORKS, **preset.get("networks", {})}
            presets[name] = {
                **preset,
                "model": model,
                "gan_class": module.GAN,
                "networks": networks,
            }
    return presets


PRESETS = _collect()


def gan_arguments(name, gan_class, perceptual_weights, overrides):
    """Builds the networks of a preset.

    Args:
        name: str. A key of `PRESETS`.
        gan_class: str. Name of the GAN class that asks.
        perceptual_weights: Path of VGG19 weights, `"off"`, or `None` for the
            torchvision file in the folder `SEMSYNTH_WEIGHTS`, if the paper has
            a perceptual term.
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
    if preset["gan_class"] != gan_class:
        raise ValueError(
            f"Preset {name!r} is of model {preset['gan_class']}: call "
            f"`gans.{preset['gan_class']}.from_preset`, not `gans.{gan_class}`."
        )
    unknown = sorted(set(overrides) - set(PARTS))
    if unknown:
        raise ValueError(
            f"Overrides are dicts under {PARTS}. Received: {unknown}."
        )
    merged = {
        part: {**preset.get(part, {}), **overrides.get(part, {})}
        for part in PARTS
    }
    networks = preset["networks"]
    arguments = {
        part: networks[part](**merged["layout"], **merged[part])
        for part in ("generator", "discriminator")
    }
    if merged["encoder"]:
        arguments["encoder"] = networks["encoder"](**merged["encoder"])
    arguments |= merged["gan"]
    if perceptual_weights is None and preset.get("perceptual", True):
        folder = os.environ.get("SEMSYNTH_WEIGHTS", ".")
        perceptual_weights = os.path.join(folder, "vgg19-dcbb9e9d.pth")
    if perceptual_weights not in (None, "off"):
        network = load_vgg19(perceptual_weights)
        arguments["perceptual"] = PerceptualLoss(network)
    return arguments
