"""Keeps the messages of a library out of the way."""

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_logger(name: str, level: int = logging.WARNING) -> Iterator[None]:
    """Keeps a library's messages below a level out of a block.

    Args:
        name: str. Name of the logger.
        level: int. Defaults to `logging.WARNING`.
    """
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
