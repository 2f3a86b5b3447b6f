"""LPIPS between each generated image and its own photograph."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.score import Score
from keras_semsynth.scorers import LPIPS


class LPIPSJudge:
    """Mean distance of one pass; lower is more alike.

    Args:
        network: `scorers.LPIPS`.
        ruler: dict for the report.
    """

    def __init__(self, network: LPIPS, ruler: dict[str, Any]):
        self.network = network
        self.ruler = ruler
        self.total = 0.0
        self.pairs = 0

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Compares a batch of 8-bit images with their photographs."""
        real = [target.image for target in targets]
        distances = self.network.distance(images, np.stack(real))
        self.total += float(distances.sum(dtype="float64"))
        self.pairs += len(distances)

    def scores(self) -> list[Score]:
        """Returns the mean over all pairs."""
        return [
            Score(
                "lpips",
                self.total / self.pairs,
                {**self.ruler, "pairs": self.pairs},
                better="lower",
            )
        ]
