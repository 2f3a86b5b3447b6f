"""Unpickles PyTorch tensors without running anything from the file.

A pickle is a program: it may import and call whatever it names. Here the only
names it can reach are stand-ins: for the few functions that PyTorch and NumPy
write into a checkpoint, and inert ones for other classes, such as the options
of a training script. To call any other function is an error; nothing that a
file names is imported.
"""

from typing import Any

from keras_semsynth.checkpoints import pickled_numpy
from keras_semsynth.checkpoints.inert import Inert
from keras_semsynth.checkpoints.inert import inert_class
from keras_semsynth.checkpoints.instructions import BoundedReader
from keras_semsynth.checkpoints.instructions import PickleMachine
from keras_semsynth.checkpoints.instructions import UnsafePickleError
from keras_semsynth.checkpoints.instructions import check_key
from keras_semsynth.checkpoints.instructions import plain_dict
from keras_semsynth.checkpoints.pickled import BFLOAT16
from keras_semsynth.checkpoints.pickled import PickledTensor
from keras_semsynth.checkpoints.pickled import Storage
from keras_semsynth.checkpoints.pickled_numpy import PickledArray
from keras_semsynth.checkpoints.pickled_numpy import PickledDtype

_STORAGES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "b1",
    "ComplexFloatStorage": "c8",
    "ComplexDoubleStorage": "c16",
}

_DTYPES = {
    "float32": "f4",
    "float": "f4",
    "float64": "f8",
    "double": "f8",
    "float16": "f2",
    "half": "f2",
    "bfloat16": BFLOAT16,
    "int64": "i8",
    "long": "i8",
    "int32": "i4",
    "int": "i4",
    "int16": "i2",
    "short": "i2",
    "int8": "i1",
    "uint8": "u1",
    "uint16": "u2",
    "uint32": "u4",
    "uint64": "u8",
    "bool": "b1",
    "complex64": "c8",
    "complex128": "c16",
}


class _StandIn:
    """A value the pickle may name, pass around and, if callable, call."""

    __slots__ = ("value", "function")

    def __init__(self, value=None, function=None):
        self.value = value
        self.function = function

    def __call__(self, *arguments):
        if self.function is None:
            raise UnsafePickleError("the pickle calls what is not callable.")
        return self.function(*arguments)


def _integers(values, what):
    if not isinstance(values, (tuple, list)) or not all(
        type(value) is int and 0 <= value < 2**63 for value in values
    ):
        raise UnsafePickleError(f"{what} is not a tuple of whole numbers.")
    return tuple(values)


def _tensor(storage, offset, shape, strides, dtype):
    if not isinstance(storage, Storage) or dtype is None:
        raise UnsafePickleError("a tensor is not built on a storage.")
    (offset,) = _integers((offset,), "a storage offset")
    shape = _integers(shape, "a tensor shape")
    strides = _integers(strides, "a tensor stride")
    if len(shape) != len(strides):
        raise UnsafePickleError("a tensor has as many strides as axes.")
    return PickledTensor(storage, offset, shape, strides, dtype)


def _rebuild_tensor_v2(storage, offset, shape, strides, *_):
    # What is ignored: requires_grad, hooks, metadata.
    dtype = getattr(storage, "dtype", None)
    return _tensor(storage, offset, shape, strides, dtype)


def _rebuild_tensor_v3(
    storage, offset, shape, strides, requires_grad, hooks, dtype, *_
):
    dtype = dtype.value if isinstance(dtype, _StandIn) else None
    return _tensor(storage, offset, shape, strides, dtype)


def _rebuild_parameter(data, *_):
    if not isinstance(data, PickledTensor):
        raise UnsafePickleError("a parameter does not hold a tensor.")
    return data


def _rebuild_from_type(function, kind, arguments, *_):
    """A tensor with attributes of its own, which are left out."""
    if not isinstance(function, _StandIn):
        raise UnsafePickleError("a tensor is not built by PyTorch.")
    return function(*arguments)


def _reconstruct(kind, *_):
    """An object of a class, as old protocols write it."""
    if not isinstance(kind, type) or not issubclass(kind, Inert):
        raise UnsafePickleError("an object has no class.")
    return kind()


def _set_of(kind, items):
    items = list(items)
    for item in items:
        check_key(item)
    return kind(items)


_ALLOWED = {
    ("collections", "OrderedDict"): _StandIn(function=plain_dict),
    ("collections", "defaultdict"): _StandIn(function=lambda *_: {}),
    **{
        (module, kind.__name__): _StandIn(
            function=lambda items=(), kind=kind: _set_of(kind, items)
        )
        for module in ("builtins", "__builtin__")
        for kind in (set, frozenset)
    },
    # Named, as the factory of a `defaultdict`, but never called.
    **{
        (module, name): _StandIn()
        for module in ("builtins", "__builtin__")
        for name in ("bool", "dict", "float", "int", "list", "str", "tuple")
    },
    **{
        name: _StandIn(function=function)
        for name, function in pickled_numpy.FUNCTIONS.items()
    },
    ("numpy", "ndarray"): _StandIn(),
    ("copyreg", "_reconstructor"): _StandIn(function=_reconstruct),
    ("copy_reg", "_reconstructor"): _StandIn(function=_reconstruct),
    ("torch._tensor", "_rebuild_from_type_v2"): _StandIn(
        function=_rebuild_from_type
    ),
    ("torch._utils", "_rebuild_tensor"): _StandIn(function=_rebuild_tensor_v2),
    ("torch._utils", "_rebuild_tensor_v2"): _StandIn(
        function=_rebuild_tensor_v2
    ),
    ("torch._utils", "_rebuild_tensor_v3"): _StandIn(
        function=_rebuild_tensor_v3
    ),
    ("torch._utils", "_rebuild_parameter"): _StandIn(
        function=_rebuild_parameter
    ),
    ("torch._utils", "_rebuild_parameter_with_state"): _StandIn(
        function=_rebuild_parameter
    ),
    ("torch", "Size"): _StandIn(function=lambda sizes=(): tuple(sizes)),
    ("torch", "device"): _StandIn(function=lambda *_: None),
    # Storages without a type of their own (`_rebuild_tensor_v3`).
    ("torch.storage", "UntypedStorage"): _StandIn(value=("storage", None)),
    ("torch", "UntypedStorage"): _StandIn(value=("storage", None)),
    **{
        ("torch", name): _StandIn(value=("storage", dtype))
        for name, dtype in _STORAGES.items()
    },
    **{
        ("torch", name): _StandIn(value=dtype)
        for name, dtype in _DTYPES.items()
    },
}


def _call(function, arguments):
    if isinstance(function, _StandIn):
        return function(*arguments)
    if isinstance(function, type) and issubclass(function, Inert):
        return function()
    raise UnsafePickleError("the pickle calls what is not callable.")


def _change(value, state):
    """Gives an object its state, as far as it needs one here."""
    if isinstance(value, (PickledArray, PickledDtype)):
        value.set_state(state)
    elif isinstance(value, _StandIn):
        raise UnsafePickleError("the pickle changes a library function.")
    elif isinstance(value, (Storage, PickledTensor, type)):
        raise UnsafePickleError("the pickle changes a storage or a class.")


class RestrictedUnpickler:
    """Unpickler that knows tensors, containers and numbers, nothing else.

    Objects of other classes become `Inert`.

    Args:
        reader: `BoundedReader`, at the start of the pickle.

    Attributes:
        storages: dict, key -> `Storage`, of what the pickle referred to.
    """

    def __init__(self, reader: BoundedReader):
        self._reader = reader
        self.storages = {}

    def load(self) -> Any:
        """Returns what was pickled; the reader stands behind it."""
        machine = PickleMachine(
            self._reader, self._find, self._storage, _call, _change
        )
        return machine.run()

    def _find(self, module, name):
        found = _ALLOWED.get((module, name)) or inert_class(module, name)
        if found is not None:
            return found

        def refuse(*_):
            raise UnsafePickleError(
                f"the file wants to use `{module}.{name}`, which is not part "
                "of a plain state dict and could run any code."
            )

        # Options may name a function, as long as nothing calls it.
        return _StandIn(function=refuse)

    def _storage(self, pid):
        """Resolves a reference to a storage.

        The tuple is `("storage", type, key, location, size)`; old files add
        `None` or `(view key, offset, size)`.
        """
        if isinstance(pid, tuple) and len(pid) > 1 and pid[0] == "module":
            return pid[1]  # a class with its source code, in old files
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise UnsafePickleError("a persistent reference is no storage.")
        kind, key, size, *view = pid[1], pid[2], *pid[4:]
        value = kind.value if isinstance(kind, _StandIn) else None
        if not isinstance(value, tuple) or type(key) not in (str, int):
            of = kind.__name__ if isinstance(kind, type) else "none"
            raise UnsafePickleError(f"a storage has no known type ({of}).")
        _integers((size,), "the size of a storage")
        key = str(key)
        if key not in self.storages:
            self.storages[key] = Storage(key, value[1], size)
        storage = self.storages[key]
        if (storage.dtype, storage.size) != (value[1], size):
            raise UnsafePickleError("a storage has two descriptions.")
        if view and view[0] is not None:
            _, offset, view_size = view[0]
            _integers((offset, view_size), "a storage view")
            return Storage(key, value[1], view_size, offset, base=storage)
        return storage
