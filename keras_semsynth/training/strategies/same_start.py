"""What several workers have to agree on before they train."""

import hashlib
import json
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from keras_semsynth.experiments import Experiment
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training.strategies.strategy import Strategy

# Settings of one process, which may differ.
_OWN = ("run_dir", "cache", "progress_seconds", "cluster_seconds")


def require_same_start(
    strategy: Strategy, experiment: Experiment, dataset: Mapping[str, Any]
) -> None:
    """Raises unless all workers have the same settings and data.

    Args:
        strategy: `Strategy`.
        experiment: `Experiment` of this worker.
        dataset: Mapping, the content of its `dataset.json`.

    Raises:
        RunError: If they differ.
    """
    if strategy.num_workers == 1:
        return
    described = experiment.to_json()
    for name in _OWN:
        described["run"]["arguments"].pop(name, None)
    digests = strategy.gather([_digest(described), _digest(dict(dataset))])
    for column, what, remedy in (
        (0, "flags", "give all workers the same"),
        (1, "data", "let all workers read the same files"),
    ):
        values = digests[:, column]
        if (values != values[0]).any():
            other = int((values != values[0]).argmax())
            raise RunError(
                f"Worker {other} has other {what} than worker 0: {remedy}."
            )


def of_chief(strategy: Strategy, action: Callable[[], object]) -> None:
    """Does on the chief what all others wait for.

    Args:
        strategy: `Strategy`.
        action: Function without arguments. Its error ends all workers.

    Raises:
        RunError: On the other workers, if it failed.
    """
    if strategy.is_chief:
        try:
            action()
        except BaseException:
            strategy.gather([1.0])
            raise
    if strategy.gather([0.0]).any():
        raise RunError(
            "Worker 0 could not open the run directory; its output says why."
        )


def _digest(described):
    text = json.dumps(described, sort_keys=True, default=str)
    # As many bits as float32 keeps of a whole number.
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:3], "big")
