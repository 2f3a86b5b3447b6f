"""Runs a pickle without Python's unpickler.

A pickle is a program for a small stack machine. The one of the standard library
believes what a file announces: ten bytes make it reserve a memo of gigabytes,
and it hashes whatever is given as a key. Here `pickletools` reads the
instructions and this machine follows them, so that neither memory nor time
exceeds a multiple of the file's length:

- No value is longer than what is left of the file.
- Every instruction makes at most one small object, and there is a limit on
  instructions.
- What a call copies is counted.
- Keys are plain, since to hash nested tuples can take forever.
"""

import collections
import pickletools
from collections.abc import Callable
from typing import Any
from typing import BinaryIO

from keras_semsynth.checkpoints.inert import Inert


class UnsafePickleError(ValueError):
    """The file asks for more than tensors and plain containers."""


# A large checkpoint with its optimizers has about 300,000.
MOST_INSTRUCTIONS = 2**21
_MOST_NAMES = 1000
_LONGEST_NAME = 1000
_LONGEST_KEY = 64
# Of an integer; PyTorch's own have 80.
_MOST_BITS = 2040

_LITERALS = frozenset(
    """INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING
    BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8""".split()
)
_MAKERS = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_SHORT_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_COPIED = (str, bytes, bytearray, list, tuple, dict, set, frozenset)


class BoundedReader:
    """Reads no more than a file has left, whatever the file announces.

    Args:
        file: Binary file, at the place to read from.
        length: int. Bytes that may be read.
    """

    def __init__(self, file: BinaryIO, length: int):
        self._file = file
        self.left = length

    def read(self, count: int) -> bytes:
        if not self.left:
            raise UnsafePickleError("it ends before its pickle does.")
        if count > self.left:
            raise UnsafePickleError(
                f"it announces {count} bytes where {self.left} are left."
            )
        self.left -= count
        return self._file.read(count)

    def readline(self) -> bytes:
        line = self._file.readline(self.left)
        self.left -= len(line)
        return line


def check_key(key: Any) -> None:
    """Raises unless a value can be hashed in no time.

    Args:
        key: A value that a pickle takes as a key or into a set.

    Raises:
        UnsafePickleError: If it nests tuples, or has more than 64 members.
    """
    if isinstance(key, tuple) and (
        len(key) > _LONGEST_KEY or any(isinstance(k, tuple) for k in key)
    ):
        raise UnsafePickleError("it has a key of nested or very long tuples.")


class PickleMachine:
    """Runs one pickle.

    Args:
        reader: `BoundedReader`, at the start of the pickle.
        find_name: Function `(module, name)` that returns what stands for it.
        find_reference: Function of a persistent id that returns what it
            refers to.
        call: Function `(function, arguments)` that calls what a name stands
            for.
        change: Function `(value, state)` that gives an object its state.
    """

    def __init__(
        self,
        reader: BoundedReader,
        find_name: Callable[[str, str], Any],
        find_reference: Callable[[Any], Any],
        call: Callable[[Any, tuple], Any],
        change: Callable[[Any, Any], None],
    ):
        self._reader = reader
        self._find_name = find_name
        self._find_reference = find_reference
        self._call_name = call
        self._change = change
        self._stack = []
        # Stacks below the marks.
        self._below = []
        self._memo = {}
        self._names = {}
        # What calls may still copy: a plain file copies each value once.
        self._may_copy = 4096 + 8 * reader.left

    def run(self) -> Any:
        """Runs it to its end.

        Returns:
            What was pickled. The reader stands behind it.

        Raises:
            UnsafePickleError: If it asks for too much.
            Exception: Nearly any, if the pickle is damaged.
        """
        count = 0
        for opcode, argument, _ in pickletools.genops(self._reader):
            count += 1
            if count > MOST_INSTRUCTIONS:
                raise UnsafePickleError(
                    f"its pickle has more than {MOST_INSTRUCTIONS} "
                    "instructions."
                )
            name = opcode.name
            if name in _LITERALS:
                self._push_literal(argument)
            elif name in _MAKERS:
                self._stack.append(_MAKERS[name]())
            elif name in _SHORT_TUPLES:
                self._short_tuple(_SHORT_TUPLES[name])
            else:
                step = getattr(self, f"_{name.lower()}", None)
                if step is None:
                    raise UnsafePickleError(
                        f"its pickle has the instruction {name}, which "
                        "`torch.save` does not write."
                    )
                step(argument)
        return self._stack.pop()

    def _push_literal(self, value):
        if type(value) is int and value.bit_length() > _MOST_BITS:
            raise UnsafePickleError("it has an integer of many digits.")
        self._stack.append(value)

    def _short_tuple(self, size):
        items = tuple(self._stack[-size:])
        if len(items) < size:
            raise UnsafePickleError("its pickle takes more than there is.")
        self._stack[-size:] = [items]

    def _take_marked(self):
        items, self._stack = self._stack, self._below.pop()
        return items

    # The instructions, named as in `pickletools`.

    def _nothing(self, argument):
        pass

    _proto = _frame = _stop = _nothing

    def _mark(self, argument):
        self._below.append(self._stack)
        self._stack = []

    def _pop(self, argument):
        # At a mark it takes the mark away.
        if self._stack:
            self._stack.pop()
        else:
            self._take_marked()

    def _pop_mark(self, argument):
        self._take_marked()

    def _dup(self, argument):
        self._stack.append(self._stack[-1])

    def _list(self, argument):
        items = self._take_marked()
        self._stack.append(items)

    def _tuple(self, argument):
        items = self._take_marked()
        self._stack.append(tuple(items))

    def _dict(self, argument):
        items = self._take_marked()
        self._stack.append({})
        self._set(items)

    def _frozenset(self, argument):
        items = self._take_marked()
        self._stack.append(set())
        self._add(items)
        self._stack[-1] = frozenset(self._stack[-1])

    def _append(self, argument):
        value = self._stack.pop()
        self._extend([value])

    def _appends(self, argument):
        self._extend(self._take_marked())

    def _extend(self, items):
        target = self._stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Inert):
            raise UnsafePickleError("it appends to what is no list.")

    def _setitem(self, argument):
        value = self._stack.pop()
        key = self._stack.pop()
        self._set([key, value])

    def _setitems(self, argument):
        self._set(self._take_marked())

    def _set(self, items):
        target = self._stack[-1]
        if isinstance(target, Inert):
            return
        if not isinstance(target, dict):
            raise UnsafePickleError("it sets keys of what is no dict.")
        for key, value in zip(items[::2], items[1::2], strict=True):
            check_key(key)
            target[key] = value

    def _additems(self, argument):
        self._add(self._take_marked())

    def _add(self, items):
        target = self._stack[-1]
        if isinstance(target, Inert):
            return
        if not isinstance(target, set):
            raise UnsafePickleError("it adds to what is no set.")
        for item in items:
            check_key(item)
            target.add(item)

    def _put(self, argument):
        self._memo[argument] = self._stack[-1]

    _binput = _long_binput = _put

    def _memoize(self, argument):
        self._memo[len(self._memo)] = self._stack[-1]

    def _get(self, argument):
        self._stack.append(self._memo[argument])

    _binget = _long_binget = _get

    def _global(self, argument):
        module, _, name = argument.partition(" ")
        self._push_name(module, name)

    def _stack_global(self, argument):
        name = self._stack.pop()
        module = self._stack.pop()
        if type(name) is not str or type(module) is not str:
            raise UnsafePickleError("it names something without a text.")
        self._push_name(module, name)

    def _push_name(self, module, name):
        if (module, name) not in self._names:
            if len(module) + len(name) > _LONGEST_NAME:
                raise UnsafePickleError("it has a name of many letters.")
            if len(self._names) >= _MOST_NAMES:
                raise UnsafePickleError(
                    f"it names more than {_MOST_NAMES} classes."
                )
            self._names[module, name] = self._find_name(module, name)
        self._stack.append(self._names[module, name])

    def _reduce(self, argument):
        arguments = self._stack.pop()
        self._call(self._stack.pop(), arguments)

    _newobj = _reduce

    def _newobj_ex(self, argument):
        self._stack.pop()
        self._reduce(argument)

    def _obj(self, argument):
        function, *arguments = self._take_marked()
        self._call(function, tuple(arguments))

    def _inst(self, argument):
        arguments = self._take_marked()
        self._global(argument)
        self._call(self._stack.pop(), tuple(arguments))

    def _call(self, function, arguments):
        if not isinstance(arguments, tuple):
            raise UnsafePickleError("it calls with what is no tuple.")
        self._may_copy -= len(arguments)
        if self._may_copy >= 0:
            self._may_copy -= sum(
                len(a) for a in arguments if isinstance(a, _COPIED)
            )
        if self._may_copy < 0:
            raise UnsafePickleError("it copies its content over and over.")
        self._stack.append(self._call_name(function, arguments))

    def _build(self, argument):
        state = self._stack.pop()
        self._change(self._stack[-1], state)

    def _persid(self, argument):
        self._stack.append(self._find_reference(argument))

    def _binpersid(self, argument):
        self._stack.append(self._find_reference(self._stack.pop()))


def plain_dict(pairs: Any = ()) -> collections.OrderedDict:
    """An ordered dict of pairs with keys that can be hashed in no time."""
    made = collections.OrderedDict()
    for key, value in list(pairs):
        check_key(key)
        made[key] = value
    return made
