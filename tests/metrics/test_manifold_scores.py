import tracemalloc
from unittest import mock

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from keras_semsynth.metrics import manifold_scores as scores_of


def features(count, seed, shift=0.0, dims=6):
    random = np.random.default_rng(seed)
    x = random.standard_normal((count, dims)) + shift
    return x.astype("float32")


def radii(x, k):
    """Distance to the `k`-th other sample, by scikit-learn."""
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x)
    return search.kneighbors()[0][:, -1]


def by_hand(generated, real, k_precision=3, k_density=5):
    """The four definitions, sample by sample."""
    generated, real = (x.astype("float64") for x in (generated, real))
    distances = np.linalg.norm(generated[:, None] - real, axis=-1)
    in_real = distances <= radii(real, k_precision)
    in_generated = distances <= radii(generated, k_precision)[:, None]
    dense = distances <= radii(real, k_density)
    return (
        np.mean([row.any() for row in in_real]),
        np.mean([column.any() for column in in_generated.T]),
        np.mean([row.sum() / k_density for row in dense]),
        np.mean([column.any() for column in dense.T]),
    )


def found(*arguments):
    scores = scores_of(*arguments)
    return scores.precision, scores.recall, scores.density, scores.coverage


@pytest.mark.parametrize("rows, columns", [(1024, 2048), (7, 11), (40, 3)])
def test_it_is_the_definition_however_the_blocks_fall(rows, columns):
    module = scores_of.__module__
    with (
        mock.patch(f"{module}._ROWS", rows),
        mock.patch(f"{module}._COLUMNS", columns),
    ):
        for arguments in (
            (features(40, 0, 0.6), features(55, 1)),
            (features(50, 2) * 0.3, features(30, 3)),
            (features(20, 4), features(25, 5), 1, 2),
        ):
            np.testing.assert_allclose(
                found(*arguments), by_hand(*arguments), rtol=1e-12
            )


def test_each_score_sees_its_own_fault():
    real = features(200, 0)
    # Noise far off; near copies of a few; all real ones.
    noise, few = features(200, 1, 9.0), np.repeat(real[:5], 40, 0)
    few = few + features(200, 2) * 1e-2
    assert found(noise, real) == (0.0, 0.0, 0.0, 0.0)
    precision, recall, _, coverage = found(few, real)
    assert precision == 1.0 and recall < 0.1 and coverage < 0.3
    precision, recall, density, coverage = found(features(200, 3), real)
    assert min(precision, recall, coverage) > 0.7
    assert 0.8 < density < 1.2


def test_copies_lie_in_their_own_balls_whatever_is_rounded():
    real = features(50, 0, 100.0)
    assert found(real[::-1], real)[:2] == (1.0, 1.0)
    assert found(real[:40], real)[0] == 1.0
    # Each ball of k neighbours holds these and its own centre.
    assert scores_of(real, real).density == pytest.approx(6 / 5)
    # Twins have balls of no size.
    twins = np.repeat(real[:10], 10, 0)
    assert found(twins, twins)[:2] == (1.0, 1.0)


def test_memory_does_not_grow_with_the_square_of_the_samples():
    sets = features(2500, 0, dims=8), features(2500, 1, dims=8)
    module = scores_of.__module__
    with (
        mock.patch(f"{module}._ROWS", 64),
        mock.patch(f"{module}._COLUMNS", 128),
    ):
        tracemalloc.start()
        scores_of(*sets)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2500 * 2500


def test_wrong_input_is_refused_in_one_sentence():
    x = features(8, 0)
    for arguments, words in (
        ((x[:5], x), "at least 6 samples. Received: 5 and 8"),
        ((x, x[:, :4]), "one width"),
        ((x, np.full_like(x, np.inf)), "infinite"),
        ((x, x, 0), "precision_neighbours=0"),
        ((x, x, 3, 0), "density_neighbours=0"),
    ):
        with pytest.raises(ValueError, match=words):
            scores_of(*arguments)
