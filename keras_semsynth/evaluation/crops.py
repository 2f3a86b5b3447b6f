"""FID of object crops by size (DP-GAN, supplement, table 1)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.crop_pictures import CropExamples
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.score import Score
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import choose_min_area
from keras_semsynth.metrics import crop
from keras_semsynth.metrics import find_objects
from keras_semsynth.metrics import frechet_distance

SIZES = ("all", "large", "medium", "small")
PAPER_COUNTS = (69, 378, 3190)


class CropsJudge:
    """Frechet distance between crops of generated and of real objects.

    Args:
        extractor: `FeatureExtractor` of FID.
        min_area: int. Least area of an object in pixels.
        ruler: dict for the report.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        min_area: int,
        ruler: dict[str, Any],
    ):
        self.extractor = extractor
        self.min_area = min_area
        self.ruler = ruler
        self.statistics = {
            size: (FeatureStatistics(), FeatureStatistics()) for size in SIZES
        }
        self.examples = {size: CropExamples() for size in SIZES[1:]}

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Takes a batch and cuts the objects out."""
        for image, target in zip(images, targets, strict=True):
            for found in find_objects(target.instance_map, self.min_area):
                # One by one: crops differ in size.
                crops = [
                    crop(picture, found) for picture in (image, target.image)
                ]
                self.examples[found.size].add(*crops)
                pair = [self.extractor.extract(cut[None]) for cut in crops]
                for size in ("all", found.size):
                    for side, features in zip(
                        self.statistics[size], pair, strict=True
                    ):
                        side.update(features)

    def pictures(self) -> dict[str, np.ndarray]:
        """Draws some crops of each size (DP-GAN, supplement, figure 1).

        Returns:
            dict, size -> `uint8` array `(height, width, 3)`, largest first and
            without sizes that do not occur.
        """
        drawn = {size: found.draw() for size, found in self.examples.items()}
        return {
            s: picture for s, picture in drawn.items() if picture is not None
        }

    def scores(self) -> list[Score]:
        """Returns the distances, that of all sizes first."""
        scores = []
        for size, (generated, real) in self.statistics.items():
            count = generated.count
            value, note = None, f"{count} crops of this size: too few."
            if count > 1:
                value = frechet_distance(generated, real)
                note = (
                    f"{count} crops; distances of different sizes are not "
                    "comparable with one another."
                )
            scores.append(
                Score(
                    f"fid_crops_{size}",
                    value,
                    {
                        **self.extractor.ruler,
                        **self.ruler,
                        "crops": count,
                        "min_object_area": self.min_area,
                    },
                    better="lower",
                    note=note,
                )
            )
        return scores


def least_area(targets: Targets, given: int | None) -> tuple[int, str]:
    """The smallest object that counts: given, or the one nearest the paper.

    Args:
        targets: Targets with instance maps.
        given: int or `None`.

    Returns:
        Tuple of the area in pixels and how it was found.
    """
    if given is not None:
        return given, "given"
    areas = [
        found.area
        for index in range(len(targets))
        for found in find_objects(targets.read(index).instance_map)
    ]
    if not areas:
        raise ValueError(
            "The instance maps hold no objects (values of 1000 and more, "
            "class * 1000 + number): leave crops out of `metrics`."
        )
    large, medium, small = PAPER_COUNTS
    return choose_min_area(areas), (
        f"nearest to the counts of the paper, {large} large, {medium} medium, "
        f"{small} small"
    )
