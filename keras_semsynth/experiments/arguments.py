"""Reads arguments off a signature and its `Args` section.

These are the only home of an argument's name, type, default and meaning. What
a command line, a run directory or a page says of it is derived here.
"""

import collections.abc
import dataclasses
import difflib
import functools
import inspect
import math
import os
import re
import textwrap
import types
import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

_SIZE = re.compile(r"([1-9]\d{0,4})(?:[xX]([1-9]\d{0,4}))?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclasses.dataclass(frozen=True)
class Argument:
    """One argument that a text can set.

    Args:
        name: str.
        types: tuple of the types a value may have, `None` not counted.
        optional: bool. Whether `None` is a value.
        default: The default; `inspect.Parameter.empty` if there is none.
        help: str. What the `Args` section says, without the default.
        is_path: bool. Whether its type names `os.PathLike`: a text then is
            the path of a file or folder. Defaults to `False`.
    """

    name: str
    types: tuple
    optional: bool
    default: Any
    help: str
    is_path: bool = False

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is inspect.Parameter.empty

    @property
    def is_boolean(self) -> bool:
        """Whether the values are true and false alone."""
        return self.types == (bool,)

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that may be given, if only certain ones may."""
        return self._words if all(map(_is_literal, self.types)) else ()

    @property
    def _words(self):
        literals = filter(_is_literal, self.types)
        return tuple(c for t in literals for c in typing.get_args(t))

    @property
    def _absent(self):
        """The text for `None`; where "none" is a choice, it is another."""
        return "unset" if "none" in self._words else "none"

    def parse(self, text: str) -> Any:
        """Turns a text into a value.

        Sizes read `HEIGHTxWIDTH`, sequences have commas, `none` is `None`
        where that is a value (`unset`, where `"none"` is a choice). NaN and
        infinity are no numbers.

        Args:
            text: str.

        Returns:
            The value, normalized as by `convert`.

        Raises:
            ValueError: If the text has no such value.
        """
        if self.optional and text.strip().lower() == self._absent:
            return None
        for kind in self.types:
            try:
                return _parse(text, kind)
            except ValueError:
                continue
        if self.choices:
            raise ValueError(
                f"`{self.name}={text}` is not a choice"
                f"{suggestion(text, self.choices)}; choose one of "
                f"{', '.join(self.choices)}."
            )
        raise ValueError(
            f"`{self.name}` must be {self.expected}. Received: {text!r}."
        )

    def convert(self, value: Any) -> Any:
        """Brings a value of Python or JSON into one normal form.

        Lists become tuples, paths texts, and whole numbers floats where a
        float is meant. NaN and infinity are no values of a number.

        Args:
            value: The value.

        Returns:
            The value in normal form.

        Raises:
            ValueError: If it has none of the types.
        """
        if value is None:
            if self.optional or self.default is None:
                return None
        else:
            if self.is_path and isinstance(value, os.PathLike):
                value = os.fspath(value)
            for kind in self.types:
                converted = _convert(value, kind)
                if converted is not None:
                    return converted
        raise ValueError(
            f"`{self.name}` must be {self.expected}. Received: {value!r}."
        )

    def names_path(self, value: Any) -> bool:
        """Whether a value is a path, and not one of the words beside it.

        Args:
            value: A value in normal form.

        Returns:
            bool.
        """
        is_text = isinstance(value, str) and value not in self._words
        return self.is_path and is_text

    def same(self, one: Any, other: Any) -> bool:
        """Whether two values mean the same.

        Two paths do if they lead to the same place: a slash at the end, a
        relative path or a symbolic link makes no difference.

        Args:
            one: A value in normal form.
            other: Another.

        Returns:
            bool.
        """
        if self.names_path(one) and self.names_path(other):
            one, other = (
                os.path.realpath(os.path.expanduser(path))
                for path in (one, other)
            )
        return one == other

    def format(self, value: Any) -> str:
        """Writes a value as `parse` reads it.

        Args:
            value: A value in normal form.

        Returns:
            str.
        """
        if value is None:
            return self._absent
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, tuple):
            if any(_is_size(kind) for kind in self.types):
                return "x".join(map(str, value))
            return ",".join(map(str, value))
        return str(value)

    @property
    def expected(self) -> str:
        """What a value must look like, in words."""
        words = [_in_words(kind) for kind in self.types]
        if self.is_path:
            words = ["a path" if w == "a text" else w for w in words]
        if self.optional:
            words.append(self._absent)
        return " or ".join(words)


@functools.cache
def arguments_of(function: Callable) -> Mapping[str, Argument]:
    """Finds what a text can set of a function or class.

    Parameters whose type no text has (networks, functions) are left out. A
    class that passes `**kwargs` on has the arguments of its bases too.

    Args:
        function: Function or class with annotations and an `Args` section.

    Returns:
        Mapping, name -> `Argument`, in the order of the signature.
    """
    found: dict[str, Argument] = {}
    for owner, signature in _signatures(function):
        documented = documented_arguments(owner)
        for parameter in signature.parameters.values():
            argument = _argument(parameter, documented)
            if argument is not None:
                found.setdefault(parameter.name, argument)
    return types.MappingProxyType(found)


def documented_arguments(function: Callable) -> dict[str, str]:
    """Splits the `Args` section of a docstring.

    Args:
        function: Function or class.

    Returns:
        dict, name -> text of its entry on one line.
    """
    text = inspect.cleandoc(function.__doc__ or "")
    match = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", text, re.MULTILINE)
    if not match:
        return {}
    entries: dict[str, list[str]] = {}
    names: list[str] = []
    for line in textwrap.dedent(match[1]).splitlines():
        head = re.match(r"(\*{0,2}\w+(?:, \w+)*):\s*(.*)", line)
        if head:
            names = head[1].split(", ")
            for name in names:
                entries[name] = [head[2]]
        elif names and line.strip():
            for name in names:
                entries[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in entries.items()}


def _signatures(function):
    """Yields what declares arguments: a function, or a class and its bases."""
    if not inspect.isclass(function):
        yield function, _signature(function)
        return
    for owner in function.__mro__:
        if not owner.__module__.startswith(__name__.partition(".")[0]):
            return  # Keras has options of its own, which no run sets.
        if "__init__" not in vars(owner):
            continue
        signature = _signature(owner.__init__)
        yield owner, signature
        kinds = [p.kind for p in signature.parameters.values()]
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            return


def _signature(function):
    return inspect.signature(function, eval_str=True)


def _argument(parameter, documented):
    if parameter.kind in (
        inspect.Parameter.VAR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    ):
        return None
    kinds = _union(parameter.annotation)
    optional = type(None) in kinds
    is_path = os.PathLike in kinds
    kinds = tuple(k for k in kinds if _is_text(k))
    if not kinds:
        return None
    text = documented.get(parameter.name, "")
    text = re.sub(r"\s*Defaults to .*$", "", text)
    return Argument(
        parameter.name,
        kinds,
        optional,
        parameter.default,
        text.strip(),
        is_path,
    )


def _union(annotation):
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _is_literal(kind):
    return typing.get_origin(kind) is typing.Literal


def _is_sequence(kind):
    return typing.get_origin(kind) is collections.abc.Sequence


def _is_size(kind):
    return kind == tuple[int, int]


def _is_text(kind):
    """Whether a text can be a value of this type."""
    if _is_sequence(kind):
        return typing.get_args(kind)[0] in (int, float, str)
    plain = kind in (bool, int, float, str)
    return plain or _is_size(kind) or _is_literal(kind)


def _parse(text, kind):
    if _is_literal(kind):
        if text in typing.get_args(kind):
            return text
        raise ValueError
    if _is_sequence(kind):
        (item,) = typing.get_args(kind)
        parts = [part.strip() for part in text.split(",")]
        return tuple(_parse(part, item) for part in parts if part)
    if _is_size(kind):
        match = _SIZE.fullmatch(text.strip())
        if not match:
            raise ValueError
        return int(match[1]), int(match[2] or match[1])
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError
        return _BOOLEANS[text.lower()]
    value = kind(text)
    if kind is float and not math.isfinite(value):
        raise ValueError
    return value


def _convert(value, kind):
    """Returns the value as this type, or `None` if it is none."""
    if _is_literal(kind):
        return value if value in typing.get_args(kind) else None
    if _is_sequence(kind) or _is_size(kind):
        if isinstance(value, str) or not isinstance(value, (tuple, list)):
            return None
        item = typing.get_args(kind)[0]
        converted = tuple(_convert(v, item) for v in value)
        if None in converted or (_is_size(kind) and len(converted) != 2):
            return None
        return converted
    if kind is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    if kind is float and type(value) is float and not math.isfinite(value):
        return None
    return value if type(value) is kind else None


def _in_words(kind):
    if _is_literal(kind):
        return "one of " + ", ".join(map(str, typing.get_args(kind)))
    if _is_sequence(kind):
        words = {int: "whole numbers", float: "finite numbers", str: "names"}
        return f"{words[typing.get_args(kind)[0]]} with commas"
    if _is_size(kind):
        return "a size HEIGHTxWIDTH in pixels, e.g. 256x512"
    return {
        bool: "true or false",
        int: "a whole number",
        float: "a finite number",
        str: "a text",
    }[kind]


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """Returns the nearest of some words, for a message.

    Args:
        word: str. What was given.
        candidates: Iterable of str.

    Returns:
        str, `" (did you mean x?)"`, or `""` if none is near.
    """
    near = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""
