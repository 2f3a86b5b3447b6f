"""Datasets of photographs with layouts, from files or made by NumPy."""

from keras_semsynth.data.check import check_dataset
from keras_semsynth.data.classes import Classes
from keras_semsynth.data.coco_instances import InstanceMaps
from keras_semsynth.data.coco_instances import draw_coco_instances
from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.datasets import DATASETS
from keras_semsynth.data.datasets import Dataset
from keras_semsynth.data.datasets import describe
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.label_rule import UnknownLabelError
from keras_semsynth.data.load import load
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.data.pack_description import PackDescription
from keras_semsynth.data.packed_dataset import PackedDataset
from keras_semsynth.data.packing import Pack
from keras_semsynth.data.packing import write_pack
from keras_semsynth.data.palette_files import read_palette
from keras_semsynth.data.palettes import write_palette
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.pipeline import sample_error
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.sample_stream import SampleStream
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.data.unpaired_dataset import UnpairedDataset
from keras_semsynth.data.validation import validate
from keras_semsynth.files.images import read_image

__all__ = [
    "DATASETS",
    "Classes",
    "DataReport",
    "Dataset",
    "InstanceMaps",
    "LabelRule",
    "Pack",
    "PackDescription",
    "PackedDataset",
    "Preprocessing",
    "Sample",
    "SampleStream",
    "SemanticDataset",
    "UnknownLabelError",
    "UnpairedDataset",
    "check_dataset",
    "describe",
    "draw_coco_instances",
    "edge_map_from_instances",
    "get_dataset",
    "load",
    "make_pipeline",
    "make_preprocessing",
    "read_image",
    "read_palette",
    "sample_error",
    "validate",
    "write_pack",
    "write_palette",
]
