"""The errors of systems and frameworks whose disk was full."""

import errno

# What HDF5, TensorFlow and `tf.data`, which hand on texts alone, say of it.
_TEXTS = ("No space left on device", "errno = 28", "Disk quota exceeded")


def is_disk_full(error: BaseException | None) -> bool:
    """Says whether an error, or what caused it, is a full disk or quota.

    Args:
        error: Exception of Python or a library, or `None`.

    Returns:
        bool.
    """
    while error is not None:
        number = getattr(error, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(part in str(error) for part in _TEXTS):
            return True
        error = error.__cause__ or error.__context__
    return False
