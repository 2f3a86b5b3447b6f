"""Mean and spread of one score over noise seeds."""

from collections.abc import Sequence

import numpy as np


def seed_spread(values: Sequence[float]) -> dict:
    """Mean, variance and deviation of a score over passes of other noise.

    DP-GAN's table names its spread "variance" and does not say how it was
    divided: `variance_ddof0` is what to compare with.

    Args:
        values: Sequence of float, one score a seed.

    Returns:
        dict of `values` (list of float), `mean`, `variance_ddof0`,
        `std_ddof0`, `variance_ddof1` and `std_ddof1`; the last two are `None`
        for a single value.

    Raises:
        ValueError: If there is no value or one is not finite.

    Example:

    >>> seed_spread([1.0, 3.0])["std_ddof0"]
    1.0
    """
    values = np.asarray(values, "float64")
    if values.ndim != 1 or not len(values):
        raise ValueError(
            "`values` must be a sequence of at least one score. Received: "
            f"shape {values.shape}."
        )
    if not np.isfinite(values).all():
        raise ValueError("`values` must be finite; some are NaN or infinite.")
    result = {"values": values.tolist(), "mean": float(values.mean())}
    for ddof in (0, 1):
        known = len(values) > ddof
        variance = float(values.var(ddof=ddof)) if known else None
        result[f"variance_ddof{ddof}"] = variance
        result[f"std_ddof{ddof}"] = variance**0.5 if known else None
    return result
