import json
import types
from unittest import mock

import keras
import numpy as np
import pytest

from keras_semsynth.data import get_dataset
from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.networks import KID_BELOW
from keras_semsynth.evaluation.networks import choose_metrics
from keras_semsynth.evaluation.networks import open_networks
from keras_semsynth.evaluation.protocols import find_protocol
from keras_semsynth.scorers import EfficientNetLite0Features


class FakeTargets(types.SimpleNamespace):
    """Targets of so many images, of which nothing else is known."""

    paired = has_images = has_labels = has_instances = True

    @property
    def real(self):
        return self

    def __len__(self):
        return self.count


def chosen(dataset, count=100, metrics=None, own=False, features=None, **given):
    targets = FakeTargets(count=count, **given)
    return choose_metrics(metrics, get_dataset(dataset), targets, own, features)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"dataset": "ade20k"}, ("fid", "miou", "kid")),
        ({"dataset": "ade20k", "count": KID_BELOW}, ("fid", "miou")),
        ({"dataset": "landscapes"}, ("fd", "miou", "kid")),
        ({"dataset": "folder", "own": True}, ("fd", "miou", "kid")),
        (
            {"dataset": "folder", "features": "efficientnet_lite0"},
            ("fd", "kid"),
        ),
        (
            {"dataset": "landscapes", "features": "inception"},
            ("fid", "miou", "kid"),
        ),
        ({"dataset": "landscapes", "has_images": False}, ("miou",)),
        ({"dataset": "landscapes", "metrics": ["miou"]}, ("miou",)),
    ],
)
def test_few_images_are_measured_by_the_kid_too(options, expected):
    assert chosen(**options) == expected


@pytest.mark.parametrize(
    "options, words",
    [
        ({"metrics": ["kidd"]}, "kid, precision_recall, density_coverage"),
        ({"metrics": ["kid"], "has_images": False}, "give `real`"),
        ({"metrics": ["fd"], "features": "inception"}, "choose `metrics=fid`"),
        ({"metrics": ["precision_recall"], "count": 5}, "6 images .*: 5"),
        ({"metrics": ["density_coverage"], "count": 5}, "6 images .*: 5"),
    ],
)
def test_what_cannot_be_measured_is_said_before_it_is_tried(options, words):
    with pytest.raises(ValueError, match=words):
        chosen("landscapes", **options)


@pytest.fixture
def stand_ins():
    """Stands in for networks whose weights are not here."""

    def opener(name):
        return lambda *_: FeatureExtractor(name, None, {}, name == "inception")

    with (
        mock.patch.object(rulers, "fid_extractor", opener("inception")),
        mock.patch.object(
            rulers, "efficientnet_extractor", opener("efficientnet_lite0")
        ),
    ):
        yield


@pytest.mark.parametrize(
    "dataset, metrics, features, expected",
    [
        ("ade20k", "fid kid", None, {"inception": ("fd", "kid")}),
        ("ade20k", "kid", None, {"inception": ("kid",)}),
        (
            "landscapes",
            "fd kid precision_recall",
            None,
            {"landscapes": ("fd", "kid", "precision_recall")},
        ),
        (
            "landscapes",
            "fid fd kid",
            None,
            {"inception": ("fd", "kid"), "landscapes": ("fd",)},
        ),
        ("landscapes", "kid", "inception", {"inception": ("kid",)}),
        (
            "ade20k",
            "fid fd kid density_coverage",
            "efficientnet_lite0",
            {
                "inception": ("fd",),
                "efficientnet_lite0": ("fd", "kid", "density_coverage"),
            },
        ),
    ],
)
def test_each_network_is_asked_once(
    stand_ins, dataset, metrics, features, expected
):
    networks = open_networks(
        metrics.split(),
        find_protocol("default"),
        get_dataset(dataset),
        FakeTargets(count=10),
        features=features,
    )
    assert {
        comparison.extractor.name: comparison.metrics
        for comparison in networks.comparisons
    } == expected


def test_the_features_of_a_scorer_need_a_scorer():
    with pytest.raises(ValueError, match="train_scorer .* other `metrics` or"):
        open_networks(
            ["kid"],
            find_protocol("default"),
            get_dataset("folder"),
            FakeTargets(count=10),
            features="scorer",
        )


def test_features_of_efficientnet_are_means_of_its_last_map():
    network = EfficientNetLite0Features(8, feature_strides=(32,))
    network.build()
    record = mock.Mock(as_dict=lambda: {"files": []})
    with mock.patch.object(
        rulers, "open_scorer", return_value=(network, record)
    ):
        extractor = rulers.efficientnet_extractor(
            find_protocol("default"), None
        )
    assert extractor.score_name("kid") == "kid_efficientnet_lite0"
    json.dumps(extractor.ruler)
    image = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), "uint8")
    features = extractor.extract(image)
    (maps,) = network(image.astype("float32") / 127.5 - 1)
    expected = np.mean(keras.ops.convert_to_numpy(maps), axis=(1, 2))
    np.testing.assert_allclose(features, expected, atol=1e-5)
    # Never quantised images count as they are, and smaller ones are enlarged.
    as_floats = extractor.extract(image.astype("float32") / 127.5 - 1)
    np.testing.assert_allclose(as_floats, features, atol=1e-5)
    assert extractor.extract(image[:, ::2, ::4]).shape == features.shape
