"""Precision, recall, density and coverage of two sets of feature vectors."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from keras_semsynth.metrics.feature_sets import check_feature_sets

# Rows of a block of distances, and its columns.
_ROWS = 1024
_COLUMNS = 2048
# Rounding of a squared distance, relative to the squared lengths.
_ROUNDING = 1e-12


@dataclasses.dataclass(frozen=True)
class ManifoldScores:
    """How two sets of features cover each other.

    Args:
        precision: float, 0 to 1. Generated samples that look real.
        recall: float, 0 to 1. Real samples that could have been generated.
        density: float, 0 or more. As `precision`, but counts how many real
            samples are near; about 1 for sets of one kind.
        coverage: float, 0 to 1. Real samples that have a generated one near.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_scores(
    generated: np.ndarray,
    real: np.ndarray,
    precision_neighbours: int = 3,
    density_neighbours: int = 5,
) -> ManifoldScores:
    """Says apart how real and how varied generated samples are.

    `B_k(x)` is the ball around a sample `x` that reaches to its `k`-th
    nearest neighbour in its own set, itself not counted. With the generated
    samples `y_j`, `j = 1..M`, and the real ones `x_i`, `i = 1..N`:

        precision = 1/M  sum_j [y_j in some B_3(x_i)]
        recall    = 1/N  sum_i [x_i in some B_3(y_j)]
        density   = 1/(5 M) sum_j sum_i [y_j in B_5(x_i)]
        coverage  = 1/N  sum_i [some y_j in B_5(x_i)]

    Balls are closed, and distances are Euclidean. One odd real sample has a
    large ball that makes a precision of everything; density and coverage
    suffer less from it.

    Distances are made in blocks, in float64. Beside the features, 150 MB are
    in memory for 2,048 of them, however many samples there are; time grows
    with `(M + N)^2 * dims`.

    Args:
        generated: Float array `(samples, dims)`.
        real: Float array `(samples, dims)`.
        precision_neighbours: int. `k` of precision and recall. Defaults to
            `3`.
        density_neighbours: int. `k` of density and coverage. Defaults to `5`.

    Returns:
        `ManifoldScores`.

    Raises:
        ValueError: If a `k` is not positive or a set not larger than it,
            features are not finite, or the widths differ.

    Example:

    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> manifold_scores(x, x).coverage
    1.0

    Reference:
        - [Improved precision and recall, NeurIPS 2019](
          https://arxiv.org/abs/1904.06991)
        - [Density and coverage, ICML 2020](https://arxiv.org/abs/2002.09797)
    """
    for name, k in (
        ("precision_neighbours", precision_neighbours),
        ("density_neighbours", density_neighbours),
    ):
        if k < 1:
            raise ValueError(
                f"`{name}` must be at least 1. Received: {name}={k}."
            )
    most = max(precision_neighbours, density_neighbours)
    generated, real = check_feature_sets(generated, real, most + 1)
    # Distances do not change, and rounding is least about the origin.
    centre = real.mean(0, dtype="float64")
    sets = _Set(generated, centre), _Set(real, centre)
    radii_generated, radii_real = (_radii(x, most) for x in sets)
    near_real = radii_real[:, precision_neighbours - 1]
    near_generated = radii_generated[:, precision_neighbours - 1]
    dense = radii_real[:, density_neighbours - 1]
    precise = np.zeros(len(generated), bool)
    recalled, covered = np.zeros((2, len(real)), bool)
    balls = 0
    for rows, columns, squared, rounding in _blocks(*sets):
        # `rounding` lets a copy of the very neighbour into the ball.
        squared -= rounding
        precise[rows] |= (squared <= near_real[columns]).any(1)
        recalled[columns] |= (squared <= near_generated[rows, None]).any(0)
        inside = squared <= dense[columns]
        covered[columns] |= inside.any(0)
        balls += int(np.count_nonzero(inside))
    return ManifoldScores(
        float(precise.mean()),
        float(recalled.mean()),
        balls / (density_neighbours * len(generated)),
        float(covered.mean()),
    )


class _Set:
    """Features about a centre, in float64 a block at a time."""

    def __init__(self, features: np.ndarray, centre: np.ndarray):
        self.features = features
        self.centre = centre
        self.squared_lengths = np.concatenate(
            [np.einsum("ij,ij->i", x, x) for _, x in self.blocks(_ROWS)]
        )

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        for start in range(0, len(self.features), rows):
            chosen = slice(start, start + rows)
            yield chosen, self.features[chosen] - self.centre


def _blocks(first, second):
    """Yields blocks of squared distances, and how far they may be rounded."""
    for columns, y in second.blocks(_COLUMNS):
        for rows, x in first.blocks(_ROWS):
            lengths = (
                first.squared_lengths[rows, None]
                + second.squared_lengths[columns]
            )
            squared = x @ y.T
            squared *= -2.0
            squared += lengths
            lengths *= _ROUNDING
            yield rows, columns, squared, lengths


def _radii(features, k):
    """Squared distances to the `k` nearest others: `(samples, k)`, sorted."""
    nearest = np.full((len(features.features), k), np.inf)
    for rows, columns, squared, _ in _blocks(features, features):
        at = np.arange(rows.start, rows.start + len(squared))
        own = (at >= columns.start) & (at < columns.stop)
        squared[own.nonzero()[0], at[own] - columns.start] = np.inf
        found = squared
        if squared.shape[1] > k:
            found = np.partition(squared, k - 1, axis=1)[:, :k]
        both = np.concatenate([nearest[rows], found], axis=1)
        nearest[rows] = np.sort(both, axis=1)[:, :k]
    return np.maximum(nearest, 0.0)
