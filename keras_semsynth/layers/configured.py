import functools
import inspect
from collections.abc import Mapping
from typing import Any
from typing import Self

import keras

_VARIADIC = (
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
)


# What makes the classes of this package known to Keras.
NEEDS = "import keras_semsynth"


class Configured:
    """Mixin that writes the configuration: the arguments of the constructor.

    Every argument that a constructor names, its own or one that it passes on
    through `**kwargs`, is read off the attribute of the same name. So a class
    keeps its arguments as attributes, and needs no `get_config` of its own.
    Tuples become lists, as JSON has it; Keras objects, such as networks and
    initializers, are serialized and come back as objects. `needs` comes first:
    whoever loads a file without this package reads it in the error of Keras,
    which prints the configuration.
    """

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make such an object, without weights."""
        config = {
            name: _as_config(getattr(self, name))
            for name in constructor_arguments(type(self))
        }
        return {"needs": NEEDS, **super().get_config(), **config}

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
    ) -> Self:
        """Makes an object of a configuration.

        Args:
            config: Mapping, as `get_config` returns it.
            custom_objects: Mapping, name -> class that Keras does not know.
                Defaults to `None`.
        """
        with keras.saving.custom_object_scope(dict(custom_objects or {})):
            return super().from_config(
                {
                    name: value if name == "dtype" else _from_config(value)
                    for name, value in config.items()
                    if name != "needs"
                }
            )


@functools.cache
def constructor_arguments(cls: type) -> tuple[str, ...]:
    """Names what the constructors of a class and of its bases take.

    Args:
        cls: A class of this package. Arguments of Keras's constructors are
            not listed: Keras writes them itself.

    Returns:
        tuple of str.
    """
    names: dict[str, None] = {}
    for owner in cls.__mro__:
        if owner.__module__.startswith("keras."):
            break
        if "__init__" in vars(owner):
            parameters = list(
                inspect.signature(owner.__init__).parameters.values()
            )
            for parameter in parameters[1:]:
                if parameter.kind not in _VARIADIC:
                    names[parameter.name] = None
    return tuple(names)


def _as_config(value):
    if isinstance(value, (list, tuple)):
        return [_as_config(item) for item in value]
    if hasattr(value, "get_config"):
        return keras.saving.serialize_keras_object(value)
    return value


def _from_config(value):
    if isinstance(value, list):
        return [_from_config(item) for item in value]
    if isinstance(value, Mapping) and "class_name" in value:
        return keras.saving.deserialize_keras_object(value)
    return value
