"""Run directories as train.py leaves them, with untrained networks."""

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
    keras.utils.set_random_seed(2)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shared = {"filters": 2, "hidden_filters": 2, "initializer_gain": 1.0}
    if noise:
        generator = OASISGenerator(4, (32, 64), noise_dim=3, **shared)
    else:
        options["style_dim"] = 3 if style else None
        generator = SPADEGenerator(4, (32, 64), **shared, **options)
    generator.build()
    generator.save(folder / "generator.keras")
    if style:
        encoder = StyleEncoder(filters=2, style_dim=3, initializer_gain=1.0)
        encoder.build()
        encoder.save(folder / "encoder.keras")
    classes = Classes(NAMES, None, 3, LabelRule(3, ignore_label=9))
    dataset = {
        "name": "folder",
        **classes.to_json(),
        "image_size": [32, 64],
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))
    return generator


def write_translation_run(folder, style=False):
    """Writes generator, encoder (with `style`) and dataset of a translation.

    Images are made at 16x24.
    """
    keras.utils.set_random_seed(2)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
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
    # Otherwise the rounding of a photograph turns white into black.
    settle_spectral_vectors(generator)
    generator.save(folder / "generator.keras")
    if style:
        encoder = StyleEncoder(filters=2, style_dim=3, initializer_gain=1.0)
        encoder.build()
        settle_spectral_vectors(encoder)
        encoder.save(folder / "encoder.keras")
    dataset = {
        "name": "unpaired",
        "paired": False,
        **Classes(("red", "green", "blue")).to_json(),
        "image_size": [16, 24],
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))
    return generator


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
