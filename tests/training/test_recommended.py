"""What `check_dataset` recommends trains: a step for each kind of data."""

import keras
import numpy as np
import pytest

from keras_semsynth import training
from keras_semsynth.experiments import Experiment
from tests.data.folder_kinds import KINDS
from tests.data.folder_kinds import Folder

TINY = Experiment().replace(
    generator={"filters": 1, "hidden_filters": 2},
    discriminator={"filters": 1, "num_layers": 1},
    run={
        "perceptual": "off",
        "batch_size": 2,
        "epochs": 1,
        "steps_per_epoch": 1,
        "sample_count": 1,
        "tensorboard": False,
    },
)
# It stands for all in the default run: its ids move.
ALWAYS = ("void 0",)


# The pipeline of samples keeps its graph, which TensorFlow warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config")


@pytest.fixture(autouse=True)
def eager():
    """Without graphs: to make one takes longer than the step."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
        yield
        tf.config.run_functions_eagerly(False)
    else:
        yield


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in ALWAYS else pytest.param(kind, marks=pytest.mark.slow)
        for kind in KINDS
    ],
)
def test_a_step_is_trained_on_what_is_recommended(kind, tmp_path):
    fill, given, _, count = KINDS[kind]
    folder = Folder(tmp_path / "data")
    fill(folder)
    recommended = folder.check(**given).recommended
    experiment = TINY.replace(
        data=("folder", recommended), run={"run_dir": str(tmp_path / "run")}
    )
    result = training.train(experiment)
    assert result.finished
    assert all(np.isfinite(value) for value in result.losses.values())
    assert Experiment.load(tmp_path / "run").data.arguments == recommended
