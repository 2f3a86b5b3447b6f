"""Inception Score."""

import numpy as np


def inception_score(
    logits: np.ndarray, splits: int = 10, remainder: str = "spread"
) -> tuple[float, float]:
    """Inception Score: sharp and varied class predictions score high.

        exp(mean_i KL(p(y | x_i) || mean_j p(y | x_j))), natural logarithm

    of each split, in float64 and from log probabilities, so that none
    underflows. A split of `n` images scores at most `n`: values of different
    split counts are not comparable. Images are split in their order.

    Args:
        logits: Float array `(samples, classes)`.
        splits: int. Defaults to `10`, the original.
        remainder: `"spread"` puts rows `i * n // splits` to
            `(i + 1) * n // splits` into split `i` (original); `"drop"` gives
            each `n // splits` rows and drops the rest (the PyTorch script).
            Defaults to `"spread"`.

    Returns:
        `(mean, std)` over the splits, the population deviation.

    Raises:
        ValueError: If there are fewer samples than splits, or logits that are
            not finite.

    Example:

    >>> inception_score(100.0 * np.eye(8), splits=1)[0]
    8.0

    Reference:
        - [Improved GANs, NeurIPS 2016](https://arxiv.org/abs/1606.03498)
    """
    logits = np.asarray(logits, "float64")
    if logits.ndim != 2:
        raise ValueError(
            "`logits` must have the shape (samples, classes). Received: "
            f"shape {logits.shape}."
        )
    if remainder not in ("spread", "drop"):
        raise ValueError(
            "`remainder` must be 'spread' or 'drop'. Received: "
            f"remainder={remainder!r}."
        )
    count = len(logits)
    if splits < 1 or count < splits:
        raise ValueError(
            "An Inception Score needs at least one split, and one image in "
            f"each. Received: {count} images and splits={splits}."
        )
    if not np.isfinite(logits).all():
        raise ValueError("`logits` must be finite; some are NaN or infinite.")
    log_p = _log_softmax(logits)
    if remainder == "spread":
        edges = [i * count // splits for i in range(splits + 1)]
    else:
        edges = [i * (count // splits) for i in range(splits + 1)]
    scores = [
        _score(log_p[start:stop])
        for start, stop in zip(edges, edges[1:], strict=False)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def _log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def _score(log_p):
    p = np.exp(log_p)
    # A class all of whose probabilities underflow has weight zero below.
    largest = log_p.max(0)
    log_mean = largest + np.log(np.exp(log_p - largest).mean(0))
    return np.exp((p * (log_p - log_mean)).sum(1).mean())
