"""Mean and covariance of features that come in batches."""

import json
import os
import zipfile

import numpy as np

from keras_semsynth.files import atomic

# Rows merged into the running moments at once when features are not kept.
_ROWS_PER_MERGE = 512


class FeatureStatistics:
    """Count, mean and covariance of feature vectors, in float64.

    Features come in batches of any size. Those that are kept make the Frechet
    distance of a few thousand vectors fast and exact; otherwise the moments
    are merged batch by batch and memory stays that of one matrix.

    Args:
        keep_features: bool. Whether `features` stays available. Defaults to
            `True`.

    Attributes:
        count: int, or `None` after loading a file that does not say it.
        mean: `float64` array `(dims,)`.
        covariance: `float64` array `(dims, dims)`, divided by `count - 1`.
        features: Array `(count, dims)` or `None` if they were not kept.
        info: dict given to `save`; empty unless loaded from such a file.

    Raises:
        ValueError: If features are not finite or not of one width, or too few
            for what is asked.

    Example:

    >>> statistics = FeatureStatistics()
    >>> statistics.update(np.random.standard_normal((50, 8)))
    >>> statistics.count, statistics.covariance.shape
    (50, (8, 8))
    """

    def __init__(self, keep_features: bool = True):
        self.keep_features = keep_features
        self.count = 0
        self.info = {}
        self._kept = []
        self._waiting = []
        self._merged = 0
        self._mean = None
        # Sum of (x - mean) (x - mean)^T over the merged rows.
        self._scatter = None
        self._foreign_covariance = None

    @classmethod
    def load(cls, path: str | os.PathLike) -> "FeatureStatistics":
        """Reads a file of `save`, or one of another tool.

        Args:
            path: Path of an `.npz` with `mu` `(dims,)` and `sigma`
                `(dims, dims)`; `n`, `info` and `features` are used if there.

        Returns:
            `FeatureStatistics`.

        Raises:
            ValueError: If the file is no such file.
        """
        try:
            with np.load(path) as file:
                arrays = {key: file[key] for key in file.files}
        except (ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
            raise ValueError(
                f"Cannot read {path} as feature statistics ({error}): an "
                ".npz file with arrays 'mu' and 'sigma' was expected; delete "
                "it if it is a cache, and it will be made again."
            ) from error
        if "mu" not in arrays or "sigma" not in arrays:
            raise ValueError(
                f"{path} holds the arrays {sorted(arrays)}, but feature "
                "statistics need 'mu' and 'sigma'."
            )
        statistics = cls._from_arrays(arrays, path)
        if "info" in arrays:
            statistics.info = json.loads(str(arrays["info"]))
        return statistics

    @classmethod
    def _from_arrays(cls, arrays, path):
        mean = np.atleast_1d(arrays["mu"]).astype("float64")
        covariance = np.atleast_2d(arrays["sigma"]).astype("float64")
        if mean.ndim != 1 or covariance.shape != 2 * mean.shape:
            raise ValueError(
                f"{path} must hold 'mu' (dims,) and 'sigma' (dims, dims). "
                f"Received: {mean.shape} and {covariance.shape}."
            )
        if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
            raise ValueError(f"{path} holds NaN or infinite statistics.")
        statistics = cls(keep_features="features" in arrays)
        if statistics.keep_features:
            statistics.update(arrays["features"])
            return statistics
        statistics._mean = mean
        if "n" in arrays:
            statistics.count = statistics._merged = int(arrays["n"])
            statistics._scatter = covariance * (statistics.count - 1)
        else:
            statistics.count = None
            statistics._foreign_covariance = covariance
        return statistics

    def save(
        self, path: str | os.PathLike, with_features: bool = True, **info
    ) -> None:
        """Writes an `.npz` file that also other tools read.

        The file appears only when it is complete.

        Args:
            path: Path with the suffix `.npz`.
            with_features: bool. Whether features that were kept are written,
                too. Defaults to `True`.
            **info: What the features are of, such as protocol and hash of the
                weights; must fit JSON.

        Raises:
            DiskFullError: If it did not fit.
        """
        arrays = {
            "mu": self.mean,
            "sigma": self.covariance,
            "info": np.array(json.dumps(info, sort_keys=True)),
        }
        if self.count is not None:
            arrays["n"] = np.array(self.count)
        if with_features and self.features is not None:
            arrays["features"] = self.features
        with atomic.atomic_path(path) as temporary:
            np.savez(temporary, **arrays)

    def update(self, features: np.ndarray) -> None:
        """Adds a batch.

        Args:
            features: Float array `(batch, dims)`.
        """
        features = np.asarray(features)
        if features.ndim != 2:
            raise ValueError(
                "`features` must have the shape (batch, dims). Received: "
                f"shape {features.shape}."
            )
        if self.count is None:
            raise ValueError(
                "These statistics were loaded from a file that does not say "
                "how many samples they are of ('n'), so none can be added."
            )
        if not len(features):
            return
        if self.dims not in (None, features.shape[1]):
            raise ValueError(
                f"These statistics are of {self.dims} features a sample. "
                f"Received: {features.shape[1]}."
            )
        bad = ~np.isfinite(features).all(1)
        if bad.any():
            raise ValueError(
                f"Features of {bad.sum()} of {len(features)} samples in a "
                "batch are NaN or infinite: look for broken images or for a "
                "generator whose training diverged."
            )
        self.count += len(features)
        self._waiting.append(features)
        if self.keep_features:
            self._kept.append(features)
        elif sum(map(len, self._waiting)) >= _ROWS_PER_MERGE:
            self._merge()

    @property
    def dims(self) -> int | None:
        """int, the features a sample, or `None` before the first batch."""
        if self._mean is not None:
            return len(self._mean)
        return self._waiting[0].shape[1] if self._waiting else None

    @property
    def mean(self) -> np.ndarray:
        self._require(1, "a mean")
        self._merge()
        return self._mean

    @property
    def covariance(self) -> np.ndarray:
        if self._foreign_covariance is not None:
            return self._foreign_covariance
        self._require(2, "a covariance")
        self._merge()
        return self._scatter / (self.count - 1)

    @property
    def features(self) -> np.ndarray | None:
        if not self._kept:
            return None
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        return self._kept[0]

    def _require(self, needed, noun):
        if self.count is not None and self.count < needed:
            raise ValueError(
                f"{noun.capitalize()} needs at least {needed} "
                f"sample{'s' if needed > 1 else ''}. Received: {self.count}."
            )

    def _merge(self):
        """Merges the rows that wait into the moments."""
        if not self._waiting:
            return
        rows = np.concatenate(self._waiting).astype("float64")
        self._waiting = []
        mean = rows.mean(0)
        rows -= mean
        scatter = rows.T @ rows
        if not self._merged:
            self._merged = len(rows)
            self._mean, self._scatter = mean, scatter
            return
        total = self._merged + len(rows)
        shift = mean - self._mean
        self._mean = self._mean + shift * (len(rows) / total)
        self._scatter += scatter
        self._scatter += np.outer(
            shift * (self._merged * len(rows) / total), shift
        )
        self._merged = total
