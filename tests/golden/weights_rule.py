"""Deterministic pseudo-random weights for golden tests (numpy only).

Both sides of a golden test (the reference run and our own network) build the
same state from nothing but key names, shapes and a seed.
"""

from __future__ import annotations

import numpy as np


def random_state(shapes: dict[str, tuple], seed: int) -> dict[str, np.ndarray]:
    """Return ``{key: array}`` for ``{key: shape}``.

    Keys are visited in sorted order and every key (bar the batch counter)
    makes exactly one ``RandomState(seed).standard_normal(shape)`` draw ``z``:

    ==========================  ===============================
    last part of the key        value
    ==========================  ===============================
    ``num_batches_tracked``     zeros, int64 (no draw)
    ``running_mean``            ``0.1 * z``
    ``running_var``             ``0.5 * |z| + 0.5``
    ``bias`` (or ``bias_*``)    ``0.1 * z``
    ``*_u`` / ``*_v``           ``z / ||z||`` (spectral-norm vectors)
    any other, one-dimensional  ``1 + 0.1 * z``
    anything else               ``z * sqrt(2 / prod(shape[1:]))``
    ==========================  ===============================

    All values are float32 (computed in float64, then cast).
    """
    rng = np.random.RandomState(seed)
    out: dict[str, np.ndarray] = {}
    for key in sorted(shapes):
        shape = tuple(int(d) for d in shapes[key])
        leaf = key.rsplit(".", 1)[-1]
        if leaf == "num_batches_tracked":
            out[key] = np.zeros(shape, np.int64)
            continue
        z = np.asarray(rng.standard_normal(shape))
        if leaf == "running_mean":
            v = 0.1 * z
        elif leaf == "running_var":
            v = 0.5 * np.abs(z) + 0.5
        elif leaf == "bias" or leaf.startswith("bias_"):
            v = 0.1 * z
        elif leaf.endswith("_u") or leaf.endswith("_v"):
            v = z / (np.linalg.norm(z) + 1e-12)
        elif len(shape) <= 1:
            v = 1.0 + 0.1 * z
        else:
            v = z * np.sqrt(2.0 / float(np.prod(shape[1:])))
        out[key] = v.astype(np.float32)
    return out
