import contextlib
import logging


@contextlib.contextmanager
def quiet_logger(name, level=logging.WARNING):
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
