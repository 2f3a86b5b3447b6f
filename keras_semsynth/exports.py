"""Public names of the rooms that hold one class a file."""

import importlib
import inspect
import pkgutil

import keras


def export_classes(namespace, functions=False):
    """Imports all files of a package and re-exports their Keras classes.

    A new network then needs no line in `__init__.py`, and importing the
    package registers all that `keras.models.load_model` may have to find.

    Args:
        namespace: dict. `globals()` of the package's `__init__.py`.
        functions: bool. Whether to re-export public functions too. Defaults
            to `False`.

    Returns:
        list of str, the names of what was exported.
    """
    package = namespace["__name__"]
    names = []
    for info in pkgutil.iter_modules(namespace["__path__"]):
        module = importlib.import_module(f"{package}.{info.name}")
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) != module.__name__:
                continue  # imported there
            if _is_keras_class(value) or (
                functions and inspect.isfunction(value) and name[0] != "_"
            ):
                namespace[name] = value
                names.append(name)
    return names


def _is_keras_class(value):
    return (
        isinstance(value, type)
        and keras.saving.get_registered_name(value) != value.__name__
    )
