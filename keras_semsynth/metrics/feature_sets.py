"""Checks two sets of feature vectors that are to be compared."""

import numpy as np


def check_feature_sets(
    first: np.ndarray, second: np.ndarray, fewest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Checks two sets of features; nothing is copied.

    Args:
        first: Float array `(samples, dims)`.
        second: Float array `(samples, dims)`.
        fewest: int. Samples that each set must have.

    Returns:
        Tuple of both arrays.

    Raises:
        ValueError: If a set is no such array, has too few samples or values
            that are not finite, or the widths differ.
    """
    first, second = (np.asarray(features) for features in (first, second))
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            "Both sets must have the shape (samples, dims) with features of "
            "one width, i.e. of one network. Received: shapes "
            f"{first.shape} and {second.shape}."
        )
    if min(len(first), len(second)) < fewest:
        raise ValueError(
            f"Each set needs at least {fewest} samples. Received: "
            f"{len(first)} and {len(second)}."
        )
    for features in (first, second):
        # The sum of a row tells, without a second array of the same size.
        if not np.isfinite(features.sum(1, dtype="float64")).all():
            raise ValueError(
                "Features must be finite; some are NaN or infinite: look for "
                "broken images or for a generator whose training diverged."
            )
    return first, second
