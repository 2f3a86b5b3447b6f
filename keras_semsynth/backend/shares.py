"""Which part of the global batch is computed, and what is counted over all.

A global batch is shared by replicas, each of which may go through its own
images in several micro-batches.
"""

import contextlib
import contextvars
from collections.abc import Iterator

REPLICA_STATISTICS = ("global", "paper")
_micro_batch = contextvars.ContextVar("micro_batch", default=(0, 1))
_statistics = contextvars.ContextVar("statistics", default="global")


@contextlib.contextmanager
def micro_batch(index: int, count: int) -> Iterator[None]:
    """Context in which images `index`, `index + count`... are computed.

    Args:
        index: int in `[0, count)`.
        count: int. Micro-batches of a replica's batch.
    """
    token = _micro_batch.set((index, count))
    try:
        yield
    finally:
        _micro_batch.reset(token)


def present_micro_batch() -> tuple[int, int]:
    """Returns `(index, count)` of the micro-batch that is computed."""
    return _micro_batch.get()


@contextlib.contextmanager
def replica_statistics(kind: str) -> Iterator[None]:
    """Context of what several replicas count together.

    Args:
        kind: str. `"global"`: everything, as one device would; `"paper"`: each
            its own, where the paper's code does so.
    """
    token = _statistics.set(kind)
    try:
        yield
    finally:
        _statistics.reset(token)


def counts_together() -> bool:
    """Whether replicas count together what papers counted on each device."""
    return _statistics.get() == "global"
