"""The embedded dataset: landscapes made from a number, nothing to get."""

from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.landscapes import CLASSES
from keras_semsynth.data.landscapes import landscapes

LANDSCAPES = Dataset(
    "landscapes",
    landscapes,
    source="Landscapes are made by this package as they are needed.",
    classes=CLASSES,
    preprocessing={"mode": "fixed", "load_size": 64, "crop_size": (64, 64)},
    metrics=("fd", "miou"),
)
