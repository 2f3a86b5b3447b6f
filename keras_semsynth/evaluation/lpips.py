"""LPIPS between each generated image and its own photograph."""

import numpy as np

from keras_semsynth.evaluation.score import Score


class LPIPSJudge:
    """Mean distance of one pass; lower is more alike.

    Args:
        network: `scorers.LPIPS`.
        ruler: dict for the report.
    """

    def __init__(self, network, ruler):
        self.network = network
        self.ruler = ruler
        self.total = 0.0
        self.pairs = 0

    def update(self, images, targets, indices):
        real = [target.image for target in targets]
        distances = self.network.distance(images, np.stack(real))
        self.total += float(distances.sum(dtype="float64"))
        self.pairs += len(distances)

    def scores(self):
        return [
            Score(
                "lpips",
                self.total / self.pairs,
                {**self.ruler, "pairs": self.pairs},
                better="lower",
            )
        ]
