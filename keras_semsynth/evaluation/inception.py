"""Inception Score of one pass."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.score import Score
from keras_semsynth.metrics import inception_score


class InceptionScoreJudge:
    """Collects logits; needs no real images.

    Args:
        logits: Function from images to a float array `(batch, classes)`.
        splits: int.
        remainder: `"spread"` or `"drop"`; see `metrics.inception_score`.
        ruler: dict for the report.
    """

    def __init__(
        self,
        logits: Callable[[np.ndarray], np.ndarray],
        splits: int,
        remainder: str,
        ruler: dict[str, Any],
    ):
        self.logits = logits
        self.splits = splits
        self.remainder = remainder
        self.ruler = ruler
        self.collected = []

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Takes a batch of 8-bit images."""
        self.collected.append(np.asarray(self.logits(images), "float64"))

    def scores(self) -> list[Score]:
        """Returns the score, with its deviation over the splits."""
        logits = np.concatenate(self.collected)
        mean, deviation = inception_score(logits, self.splits, self.remainder)
        ruler = {
            **self.ruler,
            "splits": self.splits,
            "remainder": self.remainder,
            "shuffled": False,
            "images": len(logits),
        }
        bound = max(1, len(logits) // self.splits)
        return [
            Score(
                "inception_score",
                mean,
                ruler,
                details={"std_over_splits": deviation},
                note=f"With {bound} images a split the score cannot exceed "
                f"{bound}; numbers of other split counts are not comparable.",
            )
        ]
