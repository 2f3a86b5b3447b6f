"""Weights for the ``eval_*`` golden files (numpy only).

``golden_state`` reads a key/shape table from ``state_dict_*.csv``, keeps the
rows marked ``golden = 1`` (of one checkpoint file if ``file`` is given), fills
them with ``weights_rule.random_state`` and then applies the two adjustments
named in the golden file's ``meta``: ``scales`` (regex, factor) and ``absolute``
(regex).  ``fingerprint`` must equal ``meta["weights_sha256"]``; if it does not,
``weights_rule.py`` has changed and the golden file is stale.
"""

from __future__ import annotations

import csv
import hashlib
import re

import numpy as np
from weights_rule import random_state


def golden_shapes(csv_path, file=None):
    shapes = {}
    with open(csv_path, newline="") as fh:
        for row in csv.DictReader(fh):
            if row["golden"] != "1" or file not in (None, row["file"]):
                continue
            text = row["shape"]
            sizes = () if text == "scalar" else text.split("x")
            shapes[row["key"]] = tuple(int(d) for d in sizes)
    return shapes


def golden_state(csv_path, seed, file=None, scales=(), absolute=()):
    state = random_state(golden_shapes(csv_path, file), seed)
    for pattern, factor in scales:
        for key in state:
            if re.search(pattern, key):
                state[key] = state[key] * np.float32(factor)
    for pattern in absolute:
        for key in state:
            if re.search(pattern, key):
                state[key] = np.abs(state[key])
    return state


def fingerprint(state):
    digest = hashlib.sha256()
    for key in sorted(state):
        value = np.ascontiguousarray(state[key])
        digest.update(f"{key}|{value.shape}|{value.dtype.str}|".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
