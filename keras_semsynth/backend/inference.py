"""Says where nothing but images is wanted of a network."""

import contextlib
import contextvars
from collections.abc import Iterator

_inference = contextvars.ContextVar("inference", default=False)


@contextlib.contextmanager
def inference() -> Iterator[None]:
    """Context in which networks may be another program than in training.

    Their outputs are the same but for rounding; their gradients are not asked
    for. `compiled` and exported models run in it.
    """
    token = _inference.set(True)
    try:
        yield
    finally:
        _inference.reset(token)


def is_inference() -> bool:
    """Whether this is inside of `inference()`."""
    return _inference.get()
