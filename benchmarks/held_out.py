"""Held-out layouts of a run, what it makes of them, and what it is called."""

import copy

import numpy as np

from keras_semsynth import Synthesizer
from keras_semsynth import experiments
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.files.pictures import to_uint8

# Model that a run's preset is of -> its name in texts.
TITLES = {
    "spade": "SPADE",
    "clade": "CLADE",
    "crn": "CRN",
    "pix2pixhd": "pix2pixHD",
    "pix2pixhdpp": "pix2pixHD++",
    "ccfpse": "CC-FPSE",
    "oasis": "OASIS",
    "dpgan": "DP-GAN",
    "scgan": "SC-GAN",
    "inade": "INADE",
}


def held_out(run, count=8, numbers=()):
    """Reads held-out samples of the data that a run was trained on.

    Args:
        run: Run directory.
        count: int. Samples, evenly spaced over the split: neighbours are often
            frames of one film. Defaults to `8`.
        numbers: Sequence of int. Samples by their number in the split, in
            the place of `count`. Defaults to none.

    Returns:
        `(label_maps, photographs)`: integer array `(n, height, width)` and
        `uint8` array `(n, height, width, 3)`.
    """
    experiment = experiments.Experiment.load(run)
    train = experiments.open_dataset(experiment, "train")
    chosen = experiments.open_dataset(experiment, "val")
    if numbers:
        samples = [chosen.samples[number] for number in numbers]
        chosen = copy.copy(chosen)
        chosen.samples = samples
    else:
        chosen = chosen.spread(min(count, len(chosen)))
    inputs, images = read_samples(
        chosen,
        train,
        experiments.preprocessing(experiment, False, train.unknown_class),
        len(chosen),
    )
    return inputs["label_map"], to_uint8(images)


def pictures(synthesizer: Synthesizer, label_maps, seed=0):
    """Makes an image of every layout: `uint8` `(n, height, width, 3)`."""
    made = [synthesizer.synthesize(x, seed=seed) for x in label_maps]
    return np.concatenate(made)


def title(run):
    """Returns the name of a run's model, or of its folder if it has none."""
    preset = experiments.Experiment.load(run).preset or ""
    return TITLES.get(preset.partition("_")[0], run.name)
