"""A constructor is the only home of its arguments: types, defaults, meaning."""

import ast
import inspect
import re

import pytest

from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth import losses

ROOMS = (generators, discriminators, encoders, gans, losses)
EXPORTED = [
    getattr(room, name)
    for room in ROOMS
    for name in sorted(room.__all__)
    if inspect.isclass(getattr(room, name))
]
# An argument that a class passes on in `**kwargs` is declared in a base.
CLASSES = list(
    dict.fromkeys(
        owner
        for cls in EXPORTED
        for owner in cls.__mro__
        if owner.__module__.startswith("keras_semsynth.")
        and "__init__" in vars(owner)
    )
)
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def declared(cls):
    """Returns the parameters that a class itself declares, by name."""
    parameters = inspect.signature(cls.__init__, eval_str=True).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if name != "self" and parameter.kind not in VARIADIC
    }


def documented(cls):
    """Returns the entries of a class's `Args` section, by name, in a row."""
    section = re.search(
        r"^Args:\n((?:    .*\n?)+)", inspect.cleandoc(cls.__doc__), re.M
    )
    text = section[1] if section else ""
    entries = re.findall(r"^    ([*\w]+): (.*(?:\n     .*)*)", text, re.M)
    return [(name, " ".join(text.split())) for name, text in entries]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
class TestDeclarations:
    def test_every_argument_has_a_type(self, cls):
        for name, parameter in declared(cls).items():
            assert parameter.annotation is not parameter.empty, name

    def test_every_argument_has_one_entry_in_args_and_no_other_has(self, cls):
        names = [name for name, _ in documented(cls) if name[0] != "*"]
        assert names == list(declared(cls))

    def test_an_entry_says_more_than_the_type(self, cls):
        for name, text in documented(cls):
            meaning = re.sub(r"\s*Defaults to .*", "", text)
            assert len(meaning.split()) > 2, f"{name}: {text}"
            assert "As for" not in text, f"{name}: {text}"
            assert text.endswith("."), f"{name}: {text}"

    def test_the_stated_default_is_the_default(self, cls):
        for name, text in documented(cls):
            if name[0] == "*":
                continue
            default = declared(cls)[name].default
            stated = re.findall(r"Defaults to `([^`]*)`", text)
            if default is inspect.Parameter.empty:
                assert not stated, name
            else:
                assert [ast.literal_eval(s) for s in stated] == [default], name
