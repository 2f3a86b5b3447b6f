"""Spectral-norm helpers for the golden files (numpy only).

Official checkpoints keep, for every spectrally normalised layer, the raw kernel
``<name>_orig`` and two vectors ``<name>_u`` (length = output channels) and
``<name>_v`` (length = product of the other kernel dimensions, in the order
input channel, kernel row, kernel column).  With ``M = kernel.reshape(out, -1)``

    sigma = u . (M v),      effective kernel = kernel / sigma

In training mode one power iteration runs first (``v <- norm(M^T u)``, then
``u <- norm(M v)``, no gradient) and the new vectors are kept; evaluation mode
uses the stored vectors untouched.
"""

from __future__ import annotations

import re

import numpy as np
from weights_rule import random_state

EPS = 1e-12


def _unit(x):
    return x / max(float(np.linalg.norm(x)), EPS)


def sigma(kernel, u, v):
    matrix = np.asarray(kernel, np.float64).reshape(kernel.shape[0], -1)
    return float(
        np.asarray(u, np.float64) @ (matrix @ np.asarray(v, np.float64))
    )


def converge(state, iterations=100):
    """Copy of ``state`` whose ``*_u``, ``*_v`` are iterated in float64."""
    out = dict(state)
    for key in state:
        if not key.endswith("_orig"):
            continue
        base = key[: -len("_orig")]
        matrix = np.asarray(state[key], np.float64).reshape(
            state[key].shape[0], -1
        )
        u = np.asarray(state[base + "_u"], np.float64)
        v = np.asarray(state[base + "_v"], np.float64)
        for _ in range(iterations):
            v = _unit(matrix.T @ u)
            u = _unit(matrix @ v)
        out[base + "_u"] = u.astype(np.float32)
        out[base + "_v"] = v.astype(np.float32)
    return out


def scaled(state, scales):
    """Multiply keys that match: ``scales = [[regex, factor], ...]``."""
    out = dict(state)
    for pattern, factor in scales:
        for key in out:
            if re.search(pattern, key):
                out[key] = (out[key] * np.float32(factor)).astype(
                    out[key].dtype
                )
    return out


def golden_weights(meta_net):
    """Rebuild a state from the ``meta`` entry of one network of a golden file.

    ``meta_net`` holds ``shapes`` ({key: [dims]}), ``seed``, ``scales`` and
    ``sn_iterations``.  What a file stores as ``state/<key>`` is this result.
    """
    state = random_state(
        {k: tuple(s) for k, s in meta_net["shapes"].items()}, meta_net["seed"]
    )
    state = scaled(state, meta_net["scales"])
    if meta_net["sn_iterations"]:
        state = converge(state, meta_net["sn_iterations"])
    return state
