"""The description of a run: a value, its flags, its objects."""

from keras_semsynth.experiments.arguments import Argument
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.build import LabelSpace
from keras_semsynth.experiments.build import PartError
from keras_semsynth.experiments.build import build_discriminator
from keras_semsynth.experiments.build import build_encoder
from keras_semsynth.experiments.build import build_gan
from keras_semsynth.experiments.build import build_generator
from keras_semsynth.experiments.build import compile_gan
from keras_semsynth.experiments.build import open_dataset
from keras_semsynth.experiments.build import preprocessing
from keras_semsynth.experiments.build import published_label_space
from keras_semsynth.experiments.build import run_settings
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.experiment import has_experiment
from keras_semsynth.experiments.parts import PARTS
from keras_semsynth.experiments.parts import Choice
from keras_semsynth.experiments.parts import Part
from keras_semsynth.experiments.parts import choices
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.experiments.perceptual import perceptual_loss
from keras_semsynth.experiments.preset_gan import preset_gan
from keras_semsynth.experiments.preset_options import preset_options
from keras_semsynth.experiments.preset_options import presets_of
from keras_semsynth.experiments.recipes import MACHINES
from keras_semsynth.experiments.recipes import RECIPES
from keras_semsynth.experiments.recipes import Machine
from keras_semsynth.experiments.recipes import Recipe
from keras_semsynth.experiments.recipes import find_recipe
from keras_semsynth.experiments.recipes import this_machine
from keras_semsynth.experiments.run_settings import RunSettings

__all__ = [
    "MACHINES",
    "PARTS",
    "RECIPES",
    "Argument",
    "Choice",
    "Experiment",
    "LabelSpace",
    "Machine",
    "Part",
    "PartError",
    "Recipe",
    "RunSettings",
    "arguments_of",
    "build_discriminator",
    "build_encoder",
    "build_gan",
    "build_generator",
    "choices",
    "compile_gan",
    "find_choice",
    "find_recipe",
    "has_experiment",
    "open_dataset",
    "perceptual_loss",
    "preprocessing",
    "preset_gan",
    "preset_options",
    "presets_of",
    "published_label_space",
    "run_settings",
    "this_machine",
]
