"""Weights of the evaluation networks in their golden files (`eval_*.npz`)."""

import functools
import importlib
import sys

from tests import golden

# Suggested with the files: largest error over the largest expected magnitude.
LIMIT = 2e-4


@functools.cache
def _eval_weights():
    # It imports `weights_rule`, which lies beside it.
    sys.path.insert(0, str(golden.folder()))
    try:
        return importlib.import_module("eval_weights")
    finally:
        sys.path.remove(str(golden.folder()))


def state(file, part=None):
    """Official state dict of a golden file, checked by its fingerprint.

    Args:
        file: `golden.Golden`.
        part: Where the file has several: the backbone of LPIPS, or the number
            of UperNet's file. Defaults to `None`.
    """
    entry = file.meta["weights"]
    known = file.meta["weights_sha256"]
    if part is not None:
        entry = {**entry, **entry.get("parts", entry)[part]}
        known = known[part]
    module = _eval_weights()
    weights = module.golden_state(
        golden.key_table(entry["csv"]),
        entry["seed"],
        file=entry.get("file"),
        scales=entry["scales"],
        absolute=entry["absolute"],
    )
    if module.fingerprint(weights) != known:
        raise AssertionError(
            "weights_rule.py has changed: make the golden file again"
        )
    return weights


def check(case, name, actual, expected):
    """Compares with the suggested limit; `pytest -s` shows the error."""
    error = golden.error(actual, expected)
    print(f"{name}: {error:.1e}")
    case.assertLessEqual(error, LIMIT, name)
