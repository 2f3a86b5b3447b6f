import shlex

import pytest

from keras_semsynth.commands import train
from keras_semsynth.commands.command_line import command_line
from keras_semsynth.experiments import RECIPES
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part

FOLDER = Part(
    "folder",
    {"image_dir": "my photos", "label_dir": "labels", "label_ids": (0, 7)},
)


@pytest.mark.parametrize(
    "experiment",
    [
        RECIPES[0].experiment(FOLDER, (3, 4)),
        RECIPES[-1].experiment(FOLDER, (4, 3)).replace(encoder="style"),
        Experiment.from_preset("spade_style_ade20k_256").replace(encoder=None),
        Experiment.from_preset("ccfpse").replace(
            generator="spade", run={"perceptual": "off", "run_dir": "a'b"}
        ),
    ],
    ids=["few pairs", "style", "without", "another generator"],
)
def test_training_reads_the_experiment_again(experiment):
    program, command, *flags = shlex.split(
        command_line(experiment).replace("\\\n", " ")
    )
    assert (program, command) == ("semsynth", "train")
    assert train.main.parse(flags)["experiment"] == experiment
