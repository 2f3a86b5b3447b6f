import numpy as np
import pytest

from keras_semsynth.evaluation.feature_judge import FEATURE_METRICS
from keras_semsynth.evaluation.feature_judge import FeatureJudge
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance
from keras_semsynth.metrics import kernel_distance
from keras_semsynth.metrics import manifold_scores
from tests.evaluation.fake_scorer import GreyScorer

SCORER = GreyScorer()
IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), "uint8")
OTHERS = 255 - IMAGES[::-1] // 2


def judge(images=OTHERS, is_inception=False, **arguments):
    """A judge that has seen some images, in two batches."""
    extractor = FeatureExtractor(
        "grey", SCORER.features, SCORER.describe(), is_inception
    )
    real = FeatureStatistics()
    real.update(SCORER.features(IMAGES))
    made = FeatureJudge(extractor, real, **arguments)
    for batch in (images[:7], images[7:]):
        if len(batch):
            made.update(batch, None, None)
    return made


def test_distances_are_those_of_all_features_at_once():
    scores = judge(metrics=FEATURE_METRICS).scores()
    features = [SCORER.features(images) for images in (OTHERS, IMAGES)]
    balls = manifold_scores(*features)
    expected = {
        "fd_grey": frechet_distance(*features),
        "kid_grey": kernel_distance(*features).mean,
        "precision_grey": balls.precision,
        "recall_grey": balls.recall,
        "density_grey": balls.density,
        "coverage_grey": balls.coverage,
    }
    assert [score.name for score in scores] == list(expected)
    for score in scores:
        assert score.value == pytest.approx(expected[score.name], rel=1e-6)
        assert score.ruler["network"] == "grey levels"
        assert score.ruler["real_images"] == 20
        assert score.better == ("lower" if "d_" in score.name[:4] else "higher")


def test_only_inception_gives_an_fid_and_a_kid_without_a_name():
    scores = judge(metrics=FEATURE_METRICS, is_inception=True).scores()
    assert [score.name for score in scores] == [
        "fid",
        "kid",
        "precision",
        "recall",
        "density",
        "coverage",
    ]
    (score,) = judge(metrics=("kid",), suffix="_at_4x4").scores()
    assert score.name == "kid_grey_at_4x4"


def test_a_kid_says_how_sure_it_is():
    (score,) = judge(metrics=("kid",)).scores()
    found = kernel_distance(SCORER.features(OTHERS), SCORER.features(IMAGES))
    assert score.details == {"standard_error": found.standard_error}
    assert f"error {1000 * found.standard_error:.2f}" in score.note
    assert score.shown == f"{1000 * found.mean:.2f}"
    many = judge(np.tile(OTHERS, (51, 1, 1, 1)), metrics=("kid",))
    (score,) = many.scores()
    assert (score.ruler["subsets"], score.ruler["subset_size"]) == (100, 20)
    assert "100 subsets of 20 images" in score.note


def test_too_few_images_are_told():
    (score,) = judge(IMAGES[:5]).scores()
    assert "5 images are too few" in score.note
    assert judge(IMAGES).scores()[0].note == ""


def test_one_image_has_no_covariance():
    with pytest.raises(ValueError, match="at least two samples"):
        judge(IMAGES[:1]).scores()
