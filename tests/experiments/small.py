"""Networks of presets, at full size and as small as they can be."""

from keras_semsynth import experiments
from keras_semsynth.experiments import find_choice

# Argument -> what it is made, wherever a part has it.
WIDTHS = {
    "filters": 4,
    "hidden_filters": 4,
    "pyramid_filters": 4,
    "patch_filters": 4,
    "start_filters": 4,
    "vector_filters": 4,
    "noise_dim": 4,
    "num_blocks": 1,
    "encoder_filters": (4, 4, 8, 8, 16, 16),
    "last_filters": 2,
}


def small(experiment):
    """Makes every network of an experiment small; other arguments stay."""
    changes = {}
    for kind in ("generator", "discriminator", "encoder"):
        part = getattr(experiment, kind)
        if part is None:
            continue
        known = find_choice(kind, part.name).arguments
        changes[kind] = {k: v for k, v in WIDTHS.items() if k in known}
        if kind == "encoder":
            changes[kind] = {"filters": 2, "style_dim": 4}
        if part.arguments.get("style_dim") is not None:
            changes[kind]["style_dim"] = 4
    return experiment.replace(**changes)


def preset_network(preset, part):
    """Makes a network of a preset at full size, not built."""
    experiment = experiments.Experiment.from_preset(preset)
    space = experiments.published_label_space(experiment)
    build = {
        "generator": experiments.build_generator,
        "discriminator": experiments.build_discriminator,
        "encoder": experiments.build_encoder,
    }[part]
    return build(experiment, space)
