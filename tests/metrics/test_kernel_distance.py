import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from keras_semsynth.metrics import KernelDistance
from keras_semsynth.metrics import frechet_distance
from keras_semsynth.metrics import kernel_distance


def features(count, seed, shift=0.0, dims=12):
    random = np.random.default_rng(seed)
    x = np.maximum(random.standard_normal((count, dims)) + shift, 0.0)
    return x.astype("float32")


def by_sklearn(x, y):
    """The unbiased estimate, of scikit-learn's kernels in float64."""
    x, y = x.astype("float64"), y.astype("float64")
    options = {"degree": 3, "gamma": 1.0 / x.shape[1], "coef0": 1.0}
    total = -2.0 * polynomial_kernel(x, y, **options).mean()
    for z in (x, y):
        kernel = polynomial_kernel(z, **options)
        n = len(z)
        total += (kernel.sum() - np.trace(kernel)) / (n * (n - 1))
    return total


def test_all_samples_at_once_are_the_estimate_of_sklearn():
    x, y = features(40, 0), features(25, 1, 0.3)
    distance = kernel_distance(x, y)
    assert distance.mean == pytest.approx(by_sklearn(x, y), rel=1e-10)
    assert (distance.subsets, distance.subset_size) == (1, 25)
    assert distance.deviation is None


def test_the_standard_error_is_the_jackknife():
    x, y = features(9, 2), features(7, 3, 0.5)
    variance = 0.0
    for pair in ((x, y), (y, x)):
        n = len(pair[0])
        without = [
            by_sklearn(np.delete(pair[0], i, 0), pair[1]) for i in range(n)
        ]
        variance += (n - 1) / n * ((without - np.mean(without)) ** 2).sum()
    error = kernel_distance(x, y).standard_error
    assert error == pytest.approx(variance**0.5, rel=1e-8)
    assert kernel_distance(x[:2], y).standard_error is None


def test_the_standard_error_is_how_far_the_distance_scatters():
    found = [
        kernel_distance(features(40, 2 * i), features(40, 2 * i + 1, 0.3))
        for i in range(60)
    ]
    scatter = np.std([distance.mean for distance in found])
    told = np.mean([distance.standard_error for distance in found])
    assert 0.7 < told / scatter < 1.4


def test_subsets_are_drawn_from_both_sets_and_again_the_same():
    x, y = features(60, 4), features(30, 5, 0.4)
    first, again, other = (
        kernel_distance(x, y, subset_size=20, subsets=50, seed=seed)
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first.mean != other.mean
    assert (first.subset_size, first.subsets) == (20, 50)
    assert first.standard_error is None
    # The deviation is that of one subset.
    whole = by_sklearn(x, y)
    assert abs(first.mean - whole) < 4 * first.deviation / 50**0.5
    # One subset as large as the smaller set takes all of that.
    assert kernel_distance(x, y, subset_size=40).subset_size == 30


def test_it_does_not_grow_with_fewer_samples_as_the_frechet_distance_does():
    def mean(distance, count):
        return np.mean(
            [
                distance(features(count, 2 * i), features(count, 2 * i + 1))
                for i in range(30)
            ]
        )

    def kernel(x, y):
        return kernel_distance(x, y).mean

    scatter = kernel_distance(features(10, 0), features(10, 1)).standard_error
    assert abs(mean(kernel, 10)) < 3 * scatter / 30**0.5
    few, many = (
        mean(lambda x, y: frechet_distance(x, y, "eigh"), count)
        for count in (10, 100)
    )
    assert few > 5 * many


def test_wrong_input_is_refused_in_one_sentence():
    x = features(5, 0)
    for arguments, words in (
        ((x, x[:1]), "at least 2 samples. Received: 5 and 1"),
        ((x, x[:, :4]), r"shapes \(5, 12\) and \(5, 4\)"),
        ((x[0], x), "shape"),
        ((x, np.full_like(x, np.nan)), "NaN"),
        ((x, x, 1), "subset_size=1"),
        ((x, x, 10, 0), "subsets=0"),
    ):
        with pytest.raises(ValueError, match=words):
            kernel_distance(*arguments)


def test_it_is_that_of_a_kernel_worked_out_by_hand():
    # k = (x y + 1)^3 of one feature: 1 and 8 within, 1 and 2 across.
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]])
    expected = 1.0 + 8.0 - 2.0 * (1.0 + 1.0 + 8.0 + 8.0) / 4
    assert kernel_distance(x, y) == KernelDistance(expected, 2, 1)
