"""The errors of frameworks that had too little memory, and their sentence."""

import contextlib
from collections.abc import Iterator

# Classes of TensorFlow and PyTorch, which need not be installed.
_CLASSES = ("ResourceExhaustedError", "OutOfMemoryError")
# What JAX, PyTorch on a CPU, CUDA's libraries, C++ and `tf.data`, which hands
# on the text of errors alone, say of it.
_TEXTS = (
    "RESOURCE_EXHAUSTED: Out of memory",
    "OOM when allocating",
    "CUDA out of memory",
    "CUDA error: out of memory",
    "can't allocate memory",
    "Cannot allocate memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "std::bad_alloc",
    "MemoryError: ",
)
# TensorFlow has one class of error for memory and for disks.
_DISK_TEXTS = ("No space left on device", "Disk quota exceeded")


class OutOfMemoryError(MemoryError):
    """Says in one sentence what had too little memory, and what to lower."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Says whether an error, or what caused it, is a lack of memory.

    Args:
        error: Exception of Python, NumPy or a framework, or `None`.

    Returns:
        bool.
    """
    while error is not None:
        text = str(error)
        if any(part in text for part in _DISK_TEXTS):
            return False
        if isinstance(error, MemoryError) or type(error).__name__ in _CLASSES:
            return True
        if any(part in text for part in _TEXTS):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def memory_for(what: str, advice: str) -> Iterator[None]:
    """Turns a lack of memory in a block into one sentence.

    Args:
        what: str. What needs the memory, such as `"A picture of 64x64"`.
        advice: str. What to do, such as ``"use smaller layouts"``.

    Raises:
        OutOfMemoryError: In the place of the error of the framework. One that
            comes from within the block stays as it is.
    """
    try:
        yield
    except OutOfMemoryError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"{what} needed more memory than there is: {advice}."
        ) from error
