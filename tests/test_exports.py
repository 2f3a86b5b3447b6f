"""Rooms say in their `__init__.py`, line by line, what their public names are.

Editors, type checkers and readers see the names without running the code.
"""

import ast
import importlib
import inspect
import pathlib
import pkgutil

import keras
import pytest

import keras_semsynth

PACKAGE = pathlib.Path(keras_semsynth.__file__).parent
ROOMS = (
    "backend",
    "checkpoints",
    "data",
    "discriminators",
    "encoders",
    "gans",
    "generators",
    "layers",
    "losses",
    "metrics",
    "scorers",
)
# Rooms whose functions are for everybody, not for the room alone.
OPEN_ROOMS = ("losses", "metrics")


def imported_names(room):
    """Returns the names that `__init__.py` imports, as often as it does."""
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text())
    return [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def definitions(room):
    """Yields `(file name, name, object)` of what the room's files define."""
    package = importlib.import_module(f"keras_semsynth.{room}")
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__:
                yield info.name, name, value


def is_for_everybody(room, file, name, value):
    """Whether a name must be exported."""
    if name.startswith("_"):
        return False
    if inspect.isfunction(value) and room in OPEN_ROOMS:
        return True
    if inspect.isclass(value):
        registered = keras.saving.get_registered_name(value)
        if registered != value.__name__:  # `load_model` must find it
            return True
    return name.lower().replace("_", "") == file.replace("_", "")


@pytest.mark.parametrize("room", ROOMS)
class TestExports:
    def test_all_is_a_list_of_literals(self, room):
        tree = ast.parse((PACKAGE / room / "__init__.py").read_text())
        (node,) = (
            node
            for node in tree.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
        )
        names = ast.literal_eval(node.value)
        assert len(names) == len(set(names))

    def test_what_is_imported_is_exported_and_nothing_else(self, room):
        if room == "backend":
            pytest.skip("chooses its imports; see tests/backend")
        module = importlib.import_module(f"keras_semsynth.{room}")
        assert sorted(imported_names(room)) == sorted(module.__all__)

    def test_nothing_public_is_hidden(self, room):
        if room == "backend":
            pytest.skip("only one of its files can be imported at a time")
        module = importlib.import_module(f"keras_semsynth.{room}")
        hidden = [
            f"{file}.{name}"
            for file, name, value in definitions(room)
            if is_for_everybody(room, file, name, value)
            and name not in module.__all__
        ]
        assert not hidden


def test_the_package_says_its_names_too():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("keras_semsynth", "keras_semsynth.synthesis")
        for alias in node.names
    ]
    assert sorted(names) == sorted(keras_semsynth.__all__)


def test_every_backend_file_has_the_same_names_which_the_room_exports():
    found = []
    for file in ("jax", "tensorflow", "torch"):
        tree = ast.parse((PACKAGE / "backend" / f"{file}.py").read_text())
        defined = {
            node.name
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
            and not node.name.startswith("_")
        }
        # `from ... import name as name` passes a name on.
        passed_on = {
            alias.asname
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.asname == alias.name
        }
        found.append(defined | passed_on)
    assert found[0] == found[1] == found[2]
    assert found[0] <= set(keras_semsynth.backend.__all__)
