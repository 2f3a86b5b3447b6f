"""Frechet distance of two sets of feature vectors."""

import warnings

import numpy as np

from keras_semsynth.metrics.feature_statistics import FeatureStatistics

METHODS = ("auto", "nuclear", "eigh", "sqrtm", "float32_oasis")
# Beyond, the covariances are smaller than the features.
_MOST_ROWS = 2048


def frechet_distance(
    first: FeatureStatistics,
    second: FeatureStatistics,
    method: str | None = "auto",
) -> float:
    """Frechet distance of the Gaussians fitted to two sets of features.

        |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)

    With features of the Inception network it is the FID. The last trace is
    the sum of the square roots of the eigenvalues of `S1 S2`, and there are
    several ways to it:

    | method | way | needs |
    | --- | --- | --- |
    | `nuclear` | singular values of `A B^T`, the centred features over \
`sqrt(n - 1)`; nothing is squared, so the most accurate | features of both |
    | `eigh` | `R = S1^(1/2)`, eigenvalues of `R S2 R` | moments |
    | `sqrtm` | SciPy's matrix square root, the reference | moments, SciPy |
    | `float32_oasis` | the same in float32, what OASIS and DP-GAN published; \
rounding makes it some 0.1 % low | moments, SciPy |

    `auto` is `nuclear` if both sets have their features and the smaller one
    at most 2,048 vectors, else `eigh`. Fewer samples than dimensions need no
    special care with either. The result is not clipped: of equal sets it is
    zero up to rounding and may be negative.

    Args:
        first: `FeatureStatistics`, or float array `(samples, dims)`.
        second: Like `first`.
        method: str, one of the above. Defaults to `"auto"`.

    Returns:
        float.

    Raises:
        ValueError: If a set has fewer than two samples or features that are
            not finite, or the widths differ.
        ImportError: If SciPy is needed and missing.

    Example:

    >>> features = np.random.standard_normal((100, 4))
    >>> round(frechet_distance(features, features + 1.0), 6)
    4.0

    Reference:
        - [FID, NeurIPS 2017](https://arxiv.org/abs/1706.08500)
    """
    if method not in METHODS:
        raise ValueError(
            f"`method` must be one of {METHODS}. Received: method={method!r}."
        )
    first, second = (_statistics(x) for x in (first, second))
    for statistics in (first, second):
        if statistics.count is not None and statistics.count < 2:
            raise ValueError(
                "A Frechet distance needs at least two samples in each set. "
                f"Received: {first.count} and {second.count}."
            )
    if first.dims != second.dims:
        raise ValueError(
            "Both sets must have features of one width, i.e. of one network. "
            f"Received: {first.dims} and {second.dims}."
        )
    sets = (first.features, second.features)
    kept = all(features is not None for features in sets)
    if method == "auto":
        fast = kept and min(len(features) for features in sets) <= _MOST_ROWS
        method = "nuclear" if fast else "eigh"
    if method == "nuclear":
        if not kept:
            raise ValueError(
                "method='nuclear' needs the features of both sets, but one "
                "holds mean and covariance only: use method='eigh'."
            )
        return _from_features(*sets)
    moments = (first.mean, first.covariance, second.mean, second.covariance)
    if method == "float32_oasis":
        if kept:
            moments = [x for features in sets for x in _moments32(features)]
        moments = [x.astype("float32") for x in moments]
    root = _trace_by_eigh if method == "eigh" else _trace_by_sqrtm
    mean_1, covariance_1, mean_2, covariance_2 = moments
    shift = mean_1 - mean_2
    return float(
        shift @ shift
        + np.trace(covariance_1)
        + np.trace(covariance_2)
        - 2 * root(covariance_1, covariance_2)
    )


def _statistics(x):
    if isinstance(x, FeatureStatistics):
        return x
    statistics = FeatureStatistics()
    statistics.update(x)
    return statistics


def _from_features(first, second):
    """The distance without any covariance."""
    means, roots = [], []
    for features in (first, second):
        root = features.astype("float64")
        means.append(root.mean(0))
        root -= means[-1]
        root /= np.sqrt(len(root) - 1)
        roots.append(root)
    # tr S = |A|^2, and the eigenvalues of S1 S2 = A^T A B^T B that are not
    # zero are the squared singular values of A B^T.
    values = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False)
    shift = means[0] - means[1]
    traces = sum(np.einsum("ij,ij->", root, root) for root in roots)
    return float(shift @ shift + traces - 2 * values.sum())


def _trace_by_eigh(first, second):
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    # The eigenvalues of R S2 R, with R = root root^T up to a rotation.
    values = np.linalg.eigvalsh(root.T @ second @ root)
    return np.sqrt(np.maximum(values, 0.0)).sum()


def _trace_by_sqrtm(first, second):
    try:
        from scipy import linalg
    except ImportError as error:
        raise ImportError(
            "This way to the Frechet distance needs SciPy: "
            'pip install "keras_semsynth[scipy]", or use method="eigh".'
        ) from error

    with warnings.catch_warnings():
        # Fewer samples than dimensions make a singular product: normal here.
        warnings.simplefilter("ignore")
        root = linalg.sqrtm(first @ second)
        if not np.isfinite(root).all():
            jitter = 1e-6 * np.eye(len(first), dtype=first.dtype)
            root = linalg.sqrtm((first + jitter) @ (second + jitter))
    return np.trace(root.real)


def _moments32(features):
    features = features.astype("float32")
    mean = features.mean(0)
    centred = features - mean
    return mean, centred.T @ centred / np.float32(len(features) - 1)
