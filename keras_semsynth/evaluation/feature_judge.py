"""Compares the features of generated and of real images: FID, KID and kin."""

from collections.abc import Sequence

import numpy as np

from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.score import Score
from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance
from keras_semsynth.metrics import kernel_distance
from keras_semsynth.metrics import manifold_scores

# What they measure, from the features of every single image.
FROM_FEATURES = ("kid", "precision_recall", "density_coverage")
FEATURE_METRICS = ("fd", *FROM_FEATURES)
# The neighbours of the papers, and one image more.
FEWEST_IMAGES = 6
_NEIGHBOURS = {"precision": 3, "recall": 3, "density": 5, "coverage": 5}


class FeatureJudge:
    """Collects the features of one pass and compares them with the real.

    Args:
        extractor: `FeatureExtractor`.
        real: `FeatureStatistics` of the real images.
        metrics: Sequence of str out of `FEATURE_METRICS`; `"fd"` is the
            Frechet distance. Defaults to that alone.
        precision: `"float64"`, or `"float32_oasis"`: then a second score
            shows what the routine of OASIS and DP-GAN gives for the Frechet
            distance. Defaults to `"float64"`.
        suffix: str, appended to the names. Defaults to `""`.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        real: FeatureStatistics,
        metrics: Sequence[str] = ("fd",),
        precision: str = "float64",
        suffix: str = "",
    ):
        self.extractor = extractor
        self.real = real
        self.metrics = metrics
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
        """Returns the distances, the Frechet one in float64 first."""
        scores = []
        if "fd" in self.metrics:
            scores += self._frechet()
        if "kid" in self.metrics:
            scores.append(self._kernel())
        return scores + self._manifold()

    def _frechet(self):
        methods = {"": "auto"}
        if self.precision == "float32_oasis":
            methods["_float32_oasis"] = "float32_oasis"
        return [
            self._score(
                "fd",
                frechet_distance(self.generated, self.real, method=method),
                {"arithmetic": "float64" if not ending else ending[1:]},
                ending=ending,
                better="lower",
                note=self._few_images(),
            )
            for ending, method in methods.items()
        ]

    def _few_images(self):
        dimensions = len(self.generated.mean)
        fewest = min(self.generated.count, self.real.count)
        if fewest > dimensions:
            return ""
        return (
            f"{fewest} images are too few for the full covariance of "
            f"{dimensions} features: the distance is exact for these images, "
            "but comes out higher than with more of them; compare only "
            "numbers of as many images, or the KID."
        )

    def _kernel(self):
        found = kernel_distance(self.generated.features, self.real.features)
        details, note = {}, ""
        if found.deviation is not None:
            details["deviation"] = found.deviation
            note = (
                f"mean of {found.subsets} subsets of {found.subset_size} "
                f"images, deviation {1000 * found.deviation:.2f}"
            )
        elif found.standard_error is not None:
            details["standard_error"] = found.standard_error
            note = f"standard error {1000 * found.standard_error:.2f}"
        return self._score(
            "kid",
            found.mean,
            {
                "kernel": "(x . y / dimensions + 1)^3, unbiased",
                "subsets": found.subsets,
                "subset_size": found.subset_size,
            },
            unit="x1000",
            better="lower",
            details=details,
            note=note,
        )

    def _manifold(self):
        wanted = [
            name
            for metric in ("precision_recall", "density_coverage")
            if metric in self.metrics
            for name in metric.split("_")
        ]
        if not wanted:
            return []
        found = manifold_scores(self.generated.features, self.real.features)
        return [
            self._score(
                name, getattr(found, name), {"neighbours": _NEIGHBOURS[name]}
            )
            for name in wanted
        ]

    def _score(self, metric, value, ruler, ending="", **fields):
        return Score(
            f"{self.extractor.score_name(metric)}{self.suffix}{ending}",
            value,
            {
                **self.extractor.ruler,
                "generated_images": self.generated.count,
                "real_images": self.real.count,
                **ruler,
            },
            **fields,
        )
