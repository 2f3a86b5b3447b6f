"""Runs and folders that tests of evaluation share, made once a process."""

import functools
import pathlib
import tempfile
from unittest import mock

import keras
from PIL import Image

from keras_semsynth import backend
from keras_semsynth import data
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.synthesis.synthesizer import Synthesizer

COUNT = 12
# Deleted when the process ends.
_FOLDER = tempfile.TemporaryDirectory()
root = pathlib.Path(_FOLDER.name)
# A compiled generator serves every evaluation of its run.
load = functools.cache(Synthesizer.from_preset)


def pix2pixhd():
    """The generator whose graph is made fastest."""
    return Pix2PixHDGenerator(
        10, (64, 64), filters=2, num_downsamplings=1, num_blocks=1
    )


def without_compiling():
    """Patches generators to run eagerly, which is faster for few images."""
    return mock.patch.object(
        backend,
        "compiled",
        lambda network: functools.partial(network, training=False),
    )


@functools.cache
def dataset():
    """Held-out landscapes."""
    return data.describe("landscapes", split="val", count=COUNT)


@functools.cache
def folders():
    """Folders of the real images and the label maps of `dataset`."""
    for index in range(COUNT):
        sample = dataset().read(index)
        for kind, array in (
            ("real", sample.image),
            ("labels", sample.label_map),
        ):
            path = root / kind / f"{index}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(array.astype("uint8")).save(path)
    return root / "real", root / "labels"


@functools.cache
def run(name):
    """A run directory: `"plain"`, `"oasis"` (noise) or `"style"`."""
    keras.utils.set_random_seed(3)
    generator = pix2pixhd()
    if name == "oasis":
        generator = OASISGenerator(
            10, (64, 64), filters=2, hidden_filters=2, noise_dim=3
        )
    if name == "style":
        generator = SPADEGenerator(
            10, (64, 64), filters=2, hidden_filters=2, style_dim=3
        )
    generator.build()
    path = write_run(root / name, generator)
    if name == "style":
        encoder = StyleEncoder(filters=2, style_dim=3, initializer_gain=1.0)
        encoder.build()
        encoder.save(path / "encoder.keras")
    return path


def write_run(path, generator):
    """Writes what an evaluation reads of a run on landscapes."""
    path.mkdir()
    generator.save(path / "generator.keras")
    Experiment(
        data=Part("landscapes", {"image_size": (64, 64), "count": COUNT})
    ).save(path)
    return path
