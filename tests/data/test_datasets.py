"""What holds for every dataset that the package knows."""

import inspect
import pathlib
import re

import numpy as np
import pytest

import keras_semsynth
from keras_semsynth.data import DATASETS
from keras_semsynth.data import Classes
from keras_semsynth.data import Preprocessing
from keras_semsynth.data import UnknownLabelError
from keras_semsynth.data import get_dataset
from keras_semsynth.metrics import to_scorer_ids
from tests import golden

PACKAGE = pathlib.Path(keras_semsynth.__file__).parent
WITH_CLASSES = [name for name in DATASETS if DATASETS[name].classes]
SCORED = [name for name in DATASETS if DATASETS[name].scorer]


@pytest.mark.parametrize("name", DATASETS)
class TestEveryDataset:
    def test_it_is_one_file_and_one_line(self, name):
        module = re.escape(f"datasets.{name} import {name.upper()}\n")
        lines = []
        for path in PACKAGE.rglob("*.py"):
            if path.name != f"{name}.py" or path.parent.name != "datasets":
                text = path.read_text(encoding="utf-8")
                lines += re.findall(module, text)
        assert len(lines) == 1
        assert (PACKAGE / "data" / "datasets" / f"{name}.py").is_file()

    def test_its_facts_have_their_kinds(self, name):
        dataset = get_dataset(name)
        assert dataset.name == name
        assert dataset.source.endswith(".")
        assert "split" in inspect.signature(dataset.find).parameters
        assert set(dataset.metrics) <= {"fid", "fd", "miou", "lpips", "is"}
        assert dataset.image_size is None or len(dataset.image_size) == 2
        Preprocessing(**dataset.preprocessing)

    def test_every_argument_of_find_is_documented(self, name):
        find = get_dataset(name).find
        for argument, parameter in inspect.signature(find).parameters.items():
            assert f"        {argument}: " in find.__doc__
            assert parameter.annotation is not inspect.Parameter.empty


@pytest.mark.parametrize("name", WITH_CLASSES)
class TestDatasetsWithClasses:
    def test_classes_travel_as_json(self, name):
        classes = get_dataset(name).classes
        assert Classes.from_json(classes.to_json()) == classes
        assert len(set(map(str, classes.names))) > 1

    def test_a_wrong_id_gets_advice_without_arguments_it_lacks(self, name):
        classes = get_dataset(name).classes
        with pytest.raises(UnknownLabelError) as caught:
            classes.ids(np.array([[0, 200]]), "street.png")
        message = str(caught.value)
        assert message.startswith("Label id 200 found in street.png")
        for argument in re.findall(r"`(\w+)", message):
            find = get_dataset(name).find
            assert argument in inspect.signature(find).parameters
        assert "num_classes" not in message
        assert message.endswith(".")


@pytest.mark.parametrize("name", SCORED)
class TestScoredDatasets:
    def test_the_table_covers_every_id_and_every_class_of_the_scorer(
        self, name
    ):
        dataset = get_dataset(name)
        for version in (dataset, *dataset.variants.values()):
            ids = np.arange(len(version.classes))
            found = to_scorer_ids(ids, version.scorer_ids)
            known = np.unique(found[found != version.scorer_ids[-1]])
            np.testing.assert_array_equal(known, np.arange(len(known)))
            names = version.scorer_class_names
            assert len(names) == len(known)
            for i, number in enumerate(found):
                if number in known:
                    assert names[number] == version.classes.names[i]
            unknown = version.classes.unknown_id
            assert found[unknown] == version.scorer_ids[-1]


def test_a_dataset_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="name='voc'"):
        get_dataset("voc")


def test_cityscapes_keeps_19_of_35_ids():
    dataset = get_dataset("cityscapes")
    mapped = to_scorer_ids(np.arange(35, dtype="uint8"), dataset.scorer_ids)
    assert mapped.dtype == "int32"
    np.testing.assert_array_equal(mapped[mapped != 255], np.arange(19))
    names = dataset.scorer_class_names
    assert (names[0], names[13], names[18]) == ("road", "car", "bicycle")
    # -1 in a file of 8 bits.
    assert to_scorer_ids(np.array([255]), dataset.scorer_ids) == 255


def test_ade20k_moves_down_by_one_and_ignores_unknown():
    ids = np.arange(151)
    for name in ("ade20k", "ade20k_outdoor"):
        dataset = get_dataset(name)
        np.testing.assert_array_equal(
            to_scorer_ids(ids, dataset.scorer_ids), ids - 1
        )
        shifted = dataset.variant({"ade_label_shift": True})
        assert shifted.name == name
        mapped = to_scorer_ids(ids, shifted.scorer_ids)
        np.testing.assert_array_equal(mapped[:150], ids[:150])
        assert mapped[150] == -1
        assert dataset.variant({"ade_label_shift": False}) is dataset


def test_coco_stuff_stays_and_unknown_is_ignored():
    table = get_dataset("coco_stuff").scorer_ids
    mapped = to_scorer_ids(np.arange(183), table)
    np.testing.assert_array_equal(mapped[:182], np.arange(182))
    assert mapped[182] == 255


def test_official_train_ids():
    file = golden.Golden("eval_seg_metrics")
    table = get_dataset("cityscapes").scorer_ids
    np.testing.assert_array_equal(
        to_scorer_ids(file["in/city_ids"], table), file["out/city_train_ids"]
    )
