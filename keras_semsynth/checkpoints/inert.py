"""What stands for the objects of other classes that a pickle holds."""

import re
from typing import Any

# Whoever names these wants to act, not to describe.
_ACTING = frozenset(
    """__builtin__ _posixsubprocess asyncio bdb builtins code commands ctypes
    importlib marshal multiprocessing nt os pdb pickle pip posix pty runpy
    shutil socket subprocess sys tempfile threading webbrowser""".split()
)
# Harmless classes and functions that are not written like classes.
_LOWER_CASE = frozenset(
    {
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("collections", "deque"),
        ("functools", "partial"),
        ("numpy.ma.core", "_mareconstruct"),
        ("numpy.random._pickle", "__bit_generator_ctor"),
        ("numpy.random._pickle", "__generator_ctor"),
        ("numpy.random._pickle", "__randomstate_ctor"),
        ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
        ("torch._utils", "_rebuild_qtensor"),
        ("torch._utils", "_rebuild_sparse_tensor"),
        ("torch.serialization", "_get_layout"),
        *(
            (module, name)
            for module in ("builtins", "__builtin__")
            for name in (
                "bytearray",
                "complex",
                "object",
                "range",
                "slice",
                "xrange",
            )
        ),
    }
)
_CLASS = re.compile(r"(\w+\.)*_*[A-Z]\w*")


class Inert:
    """An object that takes whatever a pickle gives it and does nothing.

    Nothing of the class it stands for is imported. Each has a subclass with
    its name.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> "Inert":
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def _ignore(self, *args: Any) -> None:
        pass

    __setstate__ = __setitem__ = append = extend = add = update = _ignore

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, not read>"


def inert_class(module: str, name: str) -> type[Inert] | None:
    """Returns what stands for a harmless class.

    Args:
        module: str. Its module.
        name: str. Its name there.

    Returns:
        A subclass of `Inert`, or `None` for what is no class, and for modules
        whose classes run code.
    """
    known = (module, name) in _LOWER_CASE
    acting = module.partition(".")[0] in _ACTING
    if not known and (acting or not _CLASS.fullmatch(name)):
        return None
    return type(f"{module}.{name}", (Inert,), {})
