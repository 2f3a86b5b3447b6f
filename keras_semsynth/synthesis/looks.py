"""The looks of several pictures of one layout."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.synthesis.look import Look


def looks_of_seeds(
    seed: int | None,
    count: int,
    code: Sequence[np.ndarray] = (),
    by_class: Mapping[int, Look] | None = None,
) -> list[Look]:
    """Returns the looks of seeds that follow each other.

    Args:
        seed: int, the first; or `None` for a fresh one, or, with `code` and
            one picture, for the mean look.
        count: int of at least 1.
        code: Mean and logarithm of the variance of a photograph's code.
            Defaults to none: the noise is all.
        by_class: Mapping, class id -> `Look` that it has in all pictures.
            Defaults to none.

    Returns:
        List of `count`.

    Raises:
        ValueError: If it is less.
    """
    if not isinstance(count, int) or count < 1:
        raise ValueError(
            f"`count` must be a positive integer. Received: count={count}."
        )
    by_class = by_class or {}
    if seed is None and code and count == 1:
        return [Look(None, *code, by_class=by_class)]
    if seed is None:
        seed = int(np.random.default_rng().integers(2**31 - count))
    return [Look(seed + i, *code, by_class=by_class) for i in range(count)]


def looks_between(first: Look, last: Look, steps: int) -> list[Look]:
    """Returns the looks of an interpolation.

    Args:
        first: `Look`.
        last: `Look`.
        steps: int of at least 2, both ends included.

    Returns:
        List of `steps`.

    Raises:
        ValueError: If there are less steps.
    """
    if not isinstance(steps, int) or steps < 2:
        raise ValueError(
            "`steps` must be an integer of at least 2. "
            f"Received: steps={steps}."
        )
    return [
        dataclasses.replace(first, toward=last, share=i / (steps - 1))
        for i in range(steps)
    ]


def looks_in_region(region: np.ndarray, seed: int, count: int) -> list[Look]:
    """Returns looks that differ by the noise of one region.

    Args:
        region: bool array `(height, width)`.
        seed: int. Noise outside; inside, the looks have it and the next ones.
        count: int.

    Returns:
        List of `count`.
    """
    return [
        Look(seed, inside=Look(seed + i), region=region) for i in range(count)
    ]
