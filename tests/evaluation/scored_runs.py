"""Runs and folders that tests of evaluation share, made once a process."""

import functools
import pathlib
import tempfile

import keras
from PIL import Image

from keras_semsynth import data
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.synthesis.synthesizer import Synthesizer

COUNT = 12
# Deleted when the process ends.
_FOLDER = tempfile.TemporaryDirectory()
root = pathlib.Path(_FOLDER.name)
# A compiled generator serves every evaluation of its run.
load = functools.cache(Synthesizer.load)


def pix2pixhd():
    """The generator whose graph is made fastest."""
    return Pix2PixHDGenerator(
        10, (64, 64), filters=2, num_downsamplings=1, num_blocks=1
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
    """A run directory of `"plain"` or, with noise, `"oasis"`."""
    keras.utils.set_random_seed(3)
    generator = pix2pixhd()
    if name == "oasis":
        generator = OASISGenerator(
            10, (64, 64), filters=2, hidden_filters=2, noise_dim=3
        )
    generator.build()
    return write_run(root / name, generator)


def write_run(path, generator):
    """Writes what an evaluation reads of a run on landscapes."""
    path.mkdir()
    generator.save(path / "generator.keras")
    Experiment(
        data=Part("landscapes", {"image_size": (64, 64), "count": COUNT})
    ).save(path)
    return path
