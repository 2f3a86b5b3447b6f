"""A signature is the only home of an argument: its type, default and meaning.

Constructors of networks and objectives say all three; every public function
says its types.
"""

import ast
import inspect
import pathlib
import re

import pytest

import keras_semsynth
from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth import layers
from keras_semsynth import losses
from keras_semsynth import scorers

ROOMS = (
    generators,
    discriminators,
    encoders,
    gans,
    losses,
    layers,
    scorers,
)
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


PACKAGE = pathlib.Path(keras_semsynth.__file__).parent
TYPED_ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
# What Keras and Beam call, with the signature that they prescribe. (Beam would
# take types of these for those of the elements.)
PRESCRIBED = {
    "build",
    "build_from_config",
    "call",
    "compile_from_config",
    "compute_output_shape",
    "compute_output_spec",
    "finish_bundle",
    "from_config",
    "get_build_config",
    "get_compile_config",
    "get_config",
    "get_metrics_namespace",
    "load_model",
    "process",
    "run_inference",
    "start_bundle",
}


def public_functions(tree):
    """Yields `(name, node, is_method)` of public functions and methods."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_":
            yield node.name, node, False
        if isinstance(node, ast.ClassDef) and node.name[0] != "_":
            for child in node.body:
                if (
                    isinstance(child, ast.FunctionDef)
                    and (child.name == "__init__" or child.name[0] != "_")
                    and child.name not in PRESCRIBED
                ):
                    decorators = map(ast.unparse, child.decorator_list)
                    bound = "staticmethod" not in decorators
                    yield f"{node.name}.{child.name}", child, bound


def untyped(node, is_method):
    """Returns the arguments without a type, and `return` if it has none."""
    arguments = [*node.args.posonlyargs, *node.args.args][is_method:]
    arguments += node.args.kwonlyargs
    names = [a.arg for a in arguments if a.annotation is None]
    if node.returns is None and node.name != "__init__":
        names.append("return")
    return names


@pytest.mark.parametrize("room", TYPED_ROOMS)
def test_every_public_function_of_a_room_says_its_types(room):
    found = {}
    for path in sorted((PACKAGE / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, node, is_method in public_functions(tree):
            names = untyped(node, is_method)
            if names:
                found[f"{path.relative_to(PACKAGE)}: {name}"] = names
    assert not found


def test_the_types_of_networks_and_objectives_can_be_evaluated():
    for room in ROOMS:
        for name in room.__all__:
            value = getattr(room, name)
            functions = [value] if inspect.isfunction(value) else []
            if inspect.isclass(value):
                functions = [
                    function
                    for owner in value.__mro__
                    if owner.__module__.startswith("keras_semsynth.")
                    for function in vars(owner).values()
                    if inspect.isfunction(function)
                ]
            for function in functions:
                inspect.signature(function, eval_str=True)
