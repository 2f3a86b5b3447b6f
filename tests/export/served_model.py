"""Tiny runs, exported once for all tests of a process."""

import functools
import pathlib
import tempfile

import numpy as np

from keras_semsynth import Synthesizer
from keras_semsynth.export import export_saved_model
from tests import finished_run

NAME = "spade"
_folders = []


@functools.cache
def exported(**options):
    """Exports a run of `finished_run` as a model called `NAME`.

    Args:
        **options: As for `finished_run.write_run`.

    Returns:
        `(synthesizer, folder)`; the folder holds the versions.
    """
    folder = tempfile.TemporaryDirectory(prefix="semsynth_served_")
    _folders.append(folder)
    run = pathlib.Path(folder.name) / "run"
    finished_run.write_run(run, **options)
    synthesizer = Synthesizer.from_preset(run)
    served = pathlib.Path(folder.name) / NAME
    export_saved_model(synthesizer, served, run)
    return synthesizer, served


def assert_same_image(image, expected):
    """Compares `uint8` images of two programs.

    The tiny generators are untrained and saturate, so rounding alone turns a
    value in thousands from black to white. Images of two seeds differ in a
    large part of their values.
    """
    assert image.shape == expected.shape, (image.shape, expected.shape)
    difference = np.abs(image.astype("int32") - expected.astype("int32"))
    share = (difference > 1).mean()
    assert share < 0.002, f"{share:.1%} of the values differ"
