"""Run directories as train.py leaves them, with untrained networks."""

import functools
import json
import pathlib

import keras
import numpy as np

from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from tests.semsynth_test_case import settle_spectral_vectors

NAMES = ["sky", "sea", "sand", "unknown"]


def write_run(folder, style=False, noise=False, **options):
    """Writes generator, encoder (with `style`) and dataset of a run.

    With `noise` the generator is that of OASIS.

    Real ids are 0 to 2; raw 9 means class 3, unknown.
    """
    classes = Classes(NAMES, None, 3, LabelRule(3, ignore_label=9))
    dataset = {
        "name": "folder",
        **classes.to_json(),
        "image_size": [32, 64],
    }
    return _write(folder, _networks(style, noise, **options), dataset)


def write_translation_run(folder, style=False):
    """Writes generator, encoder (with `style`) and dataset of a translation.

    Images are made at 16x24.
    """
    dataset = {
        "name": "unpaired",
        "paired": False,
        **Classes(("red", "green", "blue")).to_json(),
        "image_size": [16, 24],
    }
    return _write(folder, _translation_networks(style), dataset)


# Making networks takes longer than writing them.
@functools.cache
def _networks(style, noise, **options):
    keras.utils.set_random_seed(2)
    shared = {"filters": 2, "hidden_filters": 2, "initializer_gain": 1.0}
    if noise:
        generator = OASISGenerator(4, (32, 64), noise_dim=3, **shared)
    else:
        options["style_dim"] = 3 if style else None
        generator = SPADEGenerator(4, (32, 64), **shared, **options)
    generator.build()
    networks = {"generator": generator}
    if style:
        networks["encoder"] = _encoder()
    return networks


@functools.cache
def _translation_networks(style):
    keras.utils.set_random_seed(2)
    start = {"style_dim": 3} if style else {"start": "image"}
    generator = SCGANGenerator(
        3,
        (16, 24),
        filters=2,
        start_filters=2,
        vector_filters=2,
        hidden_filters=2,
        upsampling="fewer",
        initializer_gain=1.0,
        **start,
    )
    generator.build()
    networks = {"generator": generator}
    if style:
        networks["encoder"] = _encoder()
    for network in networks.values():
        # Otherwise the rounding of a photograph turns white into black.
        settle_spectral_vectors(network)
    return networks


def _encoder():
    encoder = StyleEncoder(filters=2, style_dim=3, initializer_gain=1.0)
    encoder.build()
    return encoder


def _write(folder, networks, dataset):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in networks.items():
        network.save(folder / f"{name}.keras")
    (folder / "dataset.json").write_text(json.dumps(dataset))
    return networks["generator"]


def photograph(size=(16, 24), seed=0):
    """A smooth picture in colours of its own."""
    random = np.random.default_rng(seed)
    rows, columns = (np.linspace(0, 1, side) for side in size)
    share = rows[:, None, None] * columns[None, :, None]
    first, last = random.integers(0, 256, (2, 3))
    return np.rint(first + share * (last - first)).astype("uint8")


def layout(size=(32, 64), ids=(0, 1, 2)):
    """Vertical stripes of ids."""
    columns = np.arange(size[1]) * len(ids) // size[1]
    return np.broadcast_to(np.array(ids, "uint8")[columns], size).copy()
