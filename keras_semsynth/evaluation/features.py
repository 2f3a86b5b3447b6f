"""Features of images, and those of real images kept between calls."""

import dataclasses
import hashlib
import json
import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.metrics import FeatureStatistics

# Of one file: 50,000 images of 2,048 features. Of more, moments alone.
MOST_FILE_BYTES = 2**29
# Of all files; those that were not read for longest go first.
MOST_FOLDER_BYTES = 2**32


@dataclasses.dataclass
class FeatureExtractor:
    """A network that turns images into feature vectors, with its ruler.

    Args:
        name: str, such as `"inception"`, or the name of a scorer.
        extract: Function from images, `uint8` or floats in `[-1, 1]`, to a
            float array `(batch, features)`.
        ruler: dict that names network, weights and input treatment.
        is_inception: bool. Whether it is the network of the papers, whose
            scores need no further name. Defaults to `False`.
    """

    name: str
    extract: Callable[[np.ndarray], np.ndarray]
    ruler: dict[str, Any]
    is_inception: bool = False

    def score_name(self, metric: str) -> str:
        """Returns the name of a score: only Inception's is called FID or KID.

        Args:
            metric: str, such as `"fd"` or `"kid"`.

        Returns:
            str, such as `"fid"`, `"kid"` or `"kid_efficientnet_lite0"`.
        """
        if self.is_inception:
            return {"fd": "fid"}.get(metric, metric)
        return f"{metric}_{self.name}"


def real_statistics(
    extractor: FeatureExtractor,
    targets: Targets,
    image_size: tuple[int, int],
    folder: str | os.PathLike | None,
    read_batches: Callable[[], Iterable[np.ndarray]],
    with_features: bool = False,
) -> FeatureStatistics:
    """Statistics of the real images, from the cache where they are there.

    A file of the cache is used if it says that it is of this very network,
    these files and this size, and holds what is needed; its own checksums
    tell damage. The cache has at most `MOST_FOLDER_BYTES`.

    Args:
        extractor: `FeatureExtractor`.
        targets: Targets, for their description.
        image_size: `(height, width)` to which they were resized.
        folder: Path of the cache, or `None` for none.
        read_batches: Function that yields `uint8` batches.
        with_features: bool. Whether the features themselves are needed, not
            only their moments. Defaults to `False`.

    Returns:
        `FeatureStatistics`.
    """
    key = {
        "targets": targets.describe(),
        "image_size": list(image_size),
        "extractor": extractor.ruler,
        "resize": "Pillow bicubic",
    }
    text = json.dumps(key, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    path = folder and pathlib.Path(folder) / f"{extractor.name}-{digest}.npz"
    if path and path.is_file():
        found = _kept(path, digest, with_features)
        if found is not None:
            return found
    statistics = FeatureStatistics()
    for images in read_batches():
        statistics.update(extractor.extract(images))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        features = statistics.features
        small = features is None or features.nbytes <= MOST_FILE_BYTES
        statistics.save(path, with_features=small, **json.loads(text))
        _forget_oldest(path)
    return statistics


def _kept(path, digest, with_features):
    """Statistics of a file that is what its name says, or `None`."""
    try:
        statistics = FeatureStatistics.load(path)
        text = json.dumps(statistics.info, sort_keys=True)
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise ValueError("it is of other images or another network")
    except (ValueError, OSError) as error:
        print(f"Note: {path} cannot be read ({error}); measuring anew.")
        return None
    if with_features and statistics.features is None:
        print(f"Note: {path} holds moments alone; measuring anew.")
        return None
    # The time of the last use, by which the oldest is found.
    path.touch()
    return statistics


def _forget_oldest(newest):
    """Deletes files of the cache until the rest is small enough."""
    found = []
    # Whatever else somebody keeps in the folder stays.
    for path in newest.parent.glob(f"*-{'[0-9a-f]' * 64}.npz"):
        try:
            status = path.stat()
        except FileNotFoundError:
            # Another process cleans up, too.
            continue
        found.append((path == newest, status.st_mtime, status.st_size, path))
    total = sum(size for _, _, size, _ in found)
    for is_newest, _, size, path in sorted(found):
        if total <= MOST_FOLDER_BYTES or is_newest:
            return
        path.unlink(missing_ok=True)
        total -= size
