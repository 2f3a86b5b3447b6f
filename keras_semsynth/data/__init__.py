"""Datasets of photographs with layouts, from files or made by NumPy."""

from keras_semsynth.data.describe import DATASETS
from keras_semsynth.data.describe import describe
from keras_semsynth.data.describe import preprocessing_defaults
from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.load import load
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.data.palettes import colorize
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.data.palettes import read_palette
from keras_semsynth.data.palettes import write_palette
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.pipeline import sample_error
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.data.validation import validate
from keras_semsynth.files.images import read_image

__all__ = [
    "DATASETS",
    "LabelDecoder",
    "Preprocessing",
    "Sample",
    "SemanticDataset",
    "colorize",
    "describe",
    "edge_map_from_instances",
    "load",
    "make_pipeline",
    "palette_for",
    "make_preprocessing",
    "preprocessing_defaults",
    "read_image",
    "read_palette",
    "sample_error",
    "validate",
    "write_palette",
]
