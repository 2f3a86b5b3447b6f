import pathlib
import sys

import pytest

from keras_semsynth.experiments import MACHINES
from keras_semsynth.experiments import RECIPES
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import find_recipe
from keras_semsynth.experiments import this_machine
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import EfficientNetLite0Features
from keras_semsynth.scorers import VGG19Features
from keras_semsynth.training.checks import check_experiment
from keras_semsynth.training.footprint import measure_footprint
from keras_semsynth.training.train import build_networks

PAGE = pathlib.Path(__file__).parents[2] / "docs/own_photographs.md"
COLUMNS = (
    "pairs",
    "machine",
    "image_size",
    "filters",
    "hidden_filters",
    "batch_size",
    "epochs",
    "perceptual",
    "augmentation",
)
# Every row in the slow run; this one in each.
ALWAYS = (50, "cpu")


def identity(recipe):
    return f"{recipe.pairs} {recipe.machine}"


def rows():
    """The table of the page, as it should be."""
    yield COLUMNS
    yield ("---",) * len(COLUMNS)
    for recipe in RECIPES:
        cells = []
        for name in COLUMNS:
            value = getattr(recipe, name)
            if name == "machine":
                value = MACHINES[value].title
            if name == "image_size":
                value = "x".join(map(str, recipe.image_size((2, 3))))
            if name == "augmentation":
                value = ", ".join(value) or "none"
            cells.append(str(value))
        yield cells


def test_the_page_shows_every_recipe():
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows())
    assert table in PAGE.read_text(), table


def test_there_is_one_for_each_number_of_pairs_and_machine():
    found = [(recipe.pairs, recipe.machine) for recipe in RECIPES]
    assert len(set(found)) == len(found) == 3 * len(MACHINES)
    assert this_machine() in MACHINES


@pytest.mark.parametrize(
    "pairs, expected",
    [(1, 50), (100, 50), (367, 500), (1000, 500), (10**6, 5000)],
)
def test_the_nearest_number_of_pairs_counts(pairs, expected):
    for machine in MACHINES:
        recipe = find_recipe(pairs, machine)
        assert (recipe.pairs, recipe.machine) == (expected, machine)


def test_images_keep_the_shape_of_the_photographs():
    recipe = find_recipe(50, "cpu")
    assert recipe.image_size((720, 960)) == (96, 128)
    assert recipe.image_size((2000, 100)) == (128, 32)
    found = recipe.experiment(Part("landscapes"), (256, 256))
    assert found.data.arguments["image_size"] == (128, 128)


@pytest.mark.parametrize("recipe", RECIPES, ids=identity)
def test_a_recipe_is_an_experiment_of_its_row(recipe):
    experiment = recipe.experiment(Part("landscapes"), (3, 4))
    assert Experiment.from_json(experiment.to_json()) == experiment
    settings = experiment.settings()
    assert settings["generator"]["filters"] == recipe.filters
    assert settings["run"]["epochs"] * recipe.pairs == recipe.images
    assert settings["objective"]["augmentation"] == (
        recipe.augmentation or None
    )
    few = recipe.pairs <= 500
    assert bool(recipe.augmentation) == few
    other = find_recipe(50, recipe.machine)
    assert recipe.images >= other.images


@pytest.mark.parametrize(
    "recipe",
    [
        recipe
        if (recipe.pairs, recipe.machine) == ALWAYS
        else pytest.param(recipe, marks=pytest.mark.slow)
        for recipe in RECIPES
    ],
    ids=identity,
)
def test_the_memory_of_the_machine_suffices(recipe, monkeypatch):
    network = {
        "imagenet": VGG19Features,
        "efficientnet_lite0": EfficientNetLite0Features,
    }[recipe.perceptual]
    perceptual = PerceptualLoss(network())
    perceptual.build()
    perceptual.weights_record = {"file": "none", "verified": "unverified"}
    # The module, which its own function hides.
    monkeypatch.setattr(
        sys.modules[build_networks.__module__],
        "perceptual_loss",
        lambda _: perceptual,
    )
    # Square images are the largest.
    experiment = recipe.experiment(Part("landscapes", {"count": 16}), (1, 1))
    checked = check_experiment(experiment)
    found = measure_footprint(build_networks(checked), checked.batch_spec())
    limit = MACHINES[recipe.machine].memory_bytes
    assert 0.1 * limit < found.memory_bytes < 0.9 * limit, str(found)
