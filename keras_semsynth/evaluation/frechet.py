"""Frechet distances between generated and real images (FID and its kin)."""

import hashlib
import json
import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.score import Score
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance


class FeatureExtractor:
    """A network that turns images into feature vectors, with its ruler.

    Args:
        name: str, name of the distance: `"fid"` or `"fd_<scorer>"`. Only
            Inception's is called FID.
        extract: Function from images, `uint8` or floats in `[-1, 1]`, to a
            float array `(batch, features)`.
        ruler: dict that names network, weights and input treatment.
    """

    def __init__(
        self,
        name: str,
        extract: Callable[[np.ndarray], np.ndarray],
        ruler: dict[str, Any],
    ):
        self.name = name
        self.extract = extract
        self.ruler = ruler


class FrechetJudge:
    """Frechet distance of one pass.

    Args:
        extractor: `FeatureExtractor`.
        real: `FeatureStatistics` of the real images.
        precision: `"float64"`, or `"float32_oasis"`: then a second score
            shows what the routine of OASIS and DP-GAN gives.
        suffix: str, appended to the name. Defaults to `""`.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        real: FeatureStatistics,
        precision: str = "float64",
        suffix: str = "",
    ):
        self.extractor = extractor
        self.real = real
        self.precision = precision
        self.suffix = suffix
        self.generated = FeatureStatistics()

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Takes a batch; `images` are quantised as the protocol says."""
        self.generated.update(self.extractor.extract(images))

    def scores(self) -> list[Score]:
        """Returns the distances, the float64 one first."""
        methods = {"": "auto"}
        if self.precision == "float32_oasis":
            methods["_float32_oasis"] = "float32_oasis"
        return [
            Score(
                f"{self.extractor.name}{self.suffix}{ending}",
                frechet_distance(self.generated, self.real, method=method),
                {
                    **self.extractor.ruler,
                    "generated_images": self.generated.count,
                    "real_images": self.real.count,
                    "arithmetic": "float64" if not ending else ending[1:],
                },
                better="lower",
                note=self._note(),
            )
            for ending, method in methods.items()
        ]

    def _note(self):
        dimensions = len(self.generated.mean)
        fewest = min(self.generated.count, self.real.count)
        if fewest > dimensions:
            return ""
        return (
            f"{fewest} images are too few for the full covariance of "
            f"{dimensions} features: the distance is exact for these images, "
            "but comes out higher than with more of them; compare only "
            "numbers of as many images."
        )


def real_statistics(
    extractor: FeatureExtractor,
    targets: Targets,
    image_size: tuple[int, int],
    folder: str | os.PathLike | None,
    read_batches: Callable[[], Iterable[np.ndarray]],
) -> FeatureStatistics:
    """Statistics of the real images, from the cache where they are there.

    Args:
        extractor: `FeatureExtractor`.
        targets: Targets, for their description.
        image_size: `(height, width)` to which they were resized.
        folder: Path of the cache, or `None` for none.
        read_batches: Function that yields `uint8` batches.

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
        try:
            return FeatureStatistics.load(path)
        except (ValueError, OSError) as error:
            print(f"Note: {path} cannot be read ({error}); measuring anew.")
    statistics = FeatureStatistics()
    for images in read_batches():
        statistics.update(extractor.extract(images))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        statistics.save(path, **key)
    return statistics
