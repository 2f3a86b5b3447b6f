"""Public names of the rooms that hold one class a file."""

import importlib
import pkgutil

import keras


def export_classes(namespace):
    """Imports all files of a package and re-exports their Keras classes.

    A new network then needs no line in `__init__.py`, and importing the
    package registers all that `keras.models.load_model` may have to find.

    Args:
        namespace: dict. `globals()` of the package's `__init__.py`.

    Returns:
        list of str, the names of the classes.
    """
    package = namespace["__name__"]
    names = []
    for info in pkgutil.iter_modules(namespace["__path__"]):
        module = importlib.import_module(f"{package}.{info.name}")
        for name, value in list(vars(module).items()):
            if _is_own_class(value, module):
                namespace[name] = value
                names.append(name)
    return names


def _is_own_class(value, module):
    return (
        isinstance(value, type)
        and value.__module__ == module.__name__
        and keras.saving.get_registered_name(value) != value.__name__
    )
