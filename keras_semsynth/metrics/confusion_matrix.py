"""Counts of true and predicted classes."""

import numpy as np


class ConfusionMatrix:
    """Counts pixels by true and by predicted class over a whole set.

    A pixel whose true id is none of the classes (255, -1, ...) is ignored: it
    is counted in `ignored` and nowhere else, whatever was predicted there.

    Args:
        num_classes: int.

    Attributes:
        counts: `int64` array `(num_classes, num_classes)`, true classes down,
            predicted ones across.
        ignored: int, the pixels that have no true class.
        total: int, all pixels, the ignored ones included.

    Raises:
        ValueError: If `num_classes` is not positive, shapes differ, or a
            predicted id is no class.

    Example:

    >>> confusion = ConfusionMatrix(2)
    >>> confusion.update(np.array([0, 1, 1, 255]), np.array([0, 0, 1, 1]))
    >>> confusion.counts.tolist(), confusion.ignored
    ([[1, 0], [1, 1]], 1)
    """

    def __init__(self, num_classes: int):
        if not isinstance(num_classes, int) or num_classes < 1:
            raise ValueError(
                "`num_classes` must be a positive integer. Received: "
                f"num_classes={num_classes}."
            )
        self.num_classes = num_classes
        self.counts = np.zeros((num_classes, num_classes), "int64")
        self.ignored = 0

    @property
    def total(self) -> int:
        return int(self.counts.sum()) + self.ignored

    def update(self, truth: np.ndarray, prediction: np.ndarray) -> None:
        """Adds pixels.

        Args:
            truth: Integer array of any shape; ids outside
                `0 ... num_classes - 1` are ignored pixels.
            prediction: Integer array of the same shape, ids
                `0 ... num_classes - 1`.
        """
        truth, prediction = np.asarray(truth), np.asarray(prediction)
        if truth.shape != prediction.shape:
            raise ValueError(
                "`truth` and `prediction` must have one shape. Received: "
                f"{truth.shape} and {prediction.shape}."
            )
        for name, ids in (("truth", truth), ("prediction", prediction)):
            if ids.dtype.kind not in "iu":
                raise ValueError(
                    f"`{name}` must hold integer ids. Received: {ids.dtype}."
                )
        classes = self.num_classes
        wrong = (prediction < 0) | (prediction >= classes)
        if wrong.any():
            raise ValueError(
                f"`prediction` must hold ids 0 to {classes - 1}. Received: "
                f"{prediction[wrong][0]}."
            )
        known = (truth >= 0) & (truth < classes)
        pairs = classes * truth[known].astype("int64") + prediction[known]
        self.counts += np.bincount(pairs, minlength=classes**2).reshape(
            classes, classes
        )
        self.ignored += int(truth.size - np.count_nonzero(known))
