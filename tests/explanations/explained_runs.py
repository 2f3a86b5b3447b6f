"""Runs with a discriminator, made once a process."""

import functools
import json
import pathlib
import tempfile

import keras

from keras_semsynth.data import describe
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments.recorded_data import describe_dataset
from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.network_writing import save_network
from keras_semsynth.files.run_directory import RunDirectory

SIZE = (32, 32)
STEP = 7
# Deleted when the process ends.
_FOLDER = tempfile.TemporaryDirectory()
root = pathlib.Path(_FOLDER.name)
DISCRIMINATORS = {
    "spade": {"filters": 2},
    "oasis": {"encoder_filters": (2, 2, 2, 2), "last_filters": 2},
    "scgan": {"filters": 2},
}


@functools.cache
def run(model):
    """A run of a model as training leaves it, with untrained networks.

    Returns:
        Tuple of its path and its GAN.
    """
    experiment = Experiment.from_preset(model).replace(
        data=("landscapes", {"image_size": SIZE, "count": 4}),
        generator={"filters": 2, "hidden_filters": 4},
        discriminator=DISCRIMINATORS[model],
        run={"perceptual": "off"},
    )
    dataset = describe("landscapes", count=4, image_size=SIZE)
    keras.utils.set_random_seed(4)
    gan = build_gan(experiment, LabelSpace(dataset.num_classes, False, SIZE))
    gan.build()
    directory = RunDirectory(root / model)
    directory.open()
    directory.release()
    experiment.save(directory.path)
    CheckpointStore(directory.checkpoints_path).save(STEP, {}, gan.save_weights)
    save_network(gan.inference_generator, directory.generator_path)
    directory.dataset_path.write_text(
        json.dumps(describe_dataset(dataset, SIZE))
    )
    return directory.path, gan
