"""What a JSON file must hold, said once and checked by value."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Form:
    """What a JSON value must be.

    Args:
        words: str. It in words, e.g. `"a text"`.
        holds: Function of a value that says whether it is one.
        inside: Function of such a value and of its place, that checks what it
            holds. Defaults to none.
    """

    words: str
    holds: Callable[[Any], bool]
    inside: Callable[[Any, str], None] | None = None

    def check(self, value: Any, place: str) -> None:
        """Raises `ValueError` if a value is none of this form.

        Args:
            value: As `json.loads` returns it.
            place: str. Where it stands, for the message.
        """
        if not self.holds(value):
            raise ValueError(
                f"{place} must be {self.words}, but is {describe_value(value)}"
            )
        if self.inside is not None:
            self.inside(value, place)


def whole(least: int = 0, most: int = 2**63) -> Form:
    """A whole number from `least` to `most`; `true` is none."""
    return Form(
        f"a whole number from {least} to {most}",
        lambda value: type(value) is int and least <= value <= most,
    )


NUMBER = Form("a number", lambda value: type(value) in (int, float))
TRUTH = Form("true or false", lambda value: isinstance(value, bool))
TEXT = Form("a text", lambda value: isinstance(value, str))
ANYTHING = Form("anything", lambda value: True)


def word(*choices: str) -> Form:
    """One of a few texts."""
    return Form(
        f"one of {', '.join(choices)}",
        lambda value: isinstance(value, str) and value in choices,
    )


def optional(form: Form) -> Form:
    """A form, or `null`."""

    def inside(value, place):
        if value is not None and form.inside is not None:
            form.inside(value, place)

    return Form(
        f"{form.words} or null",
        lambda value: value is None or form.holds(value),
        inside,
    )


def list_of(
    form: Form, length: int | None = None, words: str | None = None
) -> Form:
    """A list whose items have a form, perhaps of a fixed length."""

    def holds(value):
        fits = length is None or (
            isinstance(value, list) and len(value) == length
        )
        return isinstance(value, list) and fits

    def inside(value, place):
        for i, item in enumerate(value):
            form.check(item, f"item {i} of {place}")

    items = "a list" if length is None else f"a list of {length}"
    return Form(words or f"{items}, each {form.words}", holds, inside)


def mapping_of(form: Form) -> Form:
    """An object of any names, whose values have a form."""

    def inside(value, place):
        for name, item in value.items():
            form.check(item, f"{describe_value(name)} of {place}")

    return Form("an object", lambda value: isinstance(value, dict), inside)


def fields(
    forms: Mapping[str, Form],
    required: Iterable[str] | None = None,
    closed: bool = False,
) -> Form:
    """An object with known names.

    Args:
        forms: Mapping, name -> `Form` of its value.
        required: Names that must be there. Defaults to all.
        closed: bool. Whether there may be no others. Defaults to `False`.
    """
    needed = tuple(forms if required is None else required)

    def inside(value, place):
        missing = [name for name in needed if name not in value]
        if missing:
            raise ValueError(f"{place} lacks `{'`, `'.join(missing)}`")
        for name, item in value.items():
            if name in forms:
                where = f"`{name}`"
                forms[name].check(
                    item, where if place == CONTENT else f"{where} of {place}"
                )
            elif closed:
                raise ValueError(
                    f"{place} has the unknown entry {describe_value(name)}"
                )

    return Form("an object", lambda value: isinstance(value, dict), inside)


# How messages name what a file holds as a whole.
CONTENT = "its content"


def describe_value(value: Any) -> str:
    """Says in a few words what a JSON value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
