"""What has to be known to convert one official network."""

import dataclasses
import inspect
from collections.abc import Callable
from collections.abc import Mapping

from keras_semsynth.checkpoints.untold import Untold

_BASE_OPTIONS = ("name", "dtype")
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclasses.dataclass(frozen=True)
class Converter:
    """What has to be known about one official network.

    Args:
        network_class: The Keras model.
        infer: Function `(state, options)` that returns the constructor
            arguments the shapes tell. `options` are what the caller gave;
            arguments given there need not be returned.
        naming_table: Function of a built network that returns its list of
            `Entry`.
        is_unused: Function of an official key: whether the Keras network has
            no use for it. Defaults to none.
        unused_values: Function of a built network that returns values of
            these keys, as official training starts with them. Defaults to
            none.
        left_out: Function of a built network that says which weights of the
            official file it does not hold; empty if it holds all. Defaults
            to all.
        select: Function of a state that returns the `Converter` to use, where
            official files of one name hold different networks. Defaults to
            this one.
        variants: Tuple of the converters that `select` returns besides this
            one. Defaults to none.
        untold: Tuple of `Untold`, the options that must be given. Defaults to
            none.
        parts: dict, part name -> tuple of file names, for a network published
            in several files; see `open_state`. Defaults to one file.
    """

    network_class: type
    infer: Callable
    naming_table: Callable
    is_unused: Callable = lambda key: False
    unused_values: Callable = lambda model: {}
    left_out: Callable = lambda model: ""
    select: Callable | None = None
    variants: tuple["Converter", ...] = ()
    untold: tuple[Untold, ...] = ()
    parts: Mapping = dataclasses.field(default_factory=dict)

    @property
    def network_classes(self) -> tuple[type, ...]:
        """The classes that a file under this name may hold."""
        others = (variant.network_class for variant in self.variants)
        return (self.network_class, *others)

    def option_names(self) -> list[str]:
        """Names `from_official` takes as options for a network."""
        names = []
        for owner in self.network_class.__mro__:
            # Subclasses pass `**kwargs` on to the bases of this package.
            if owner.__module__.startswith("keras_semsynth."):
                parameters = inspect.signature(owner.__init__).parameters
                names += [
                    name
                    for name, parameter in parameters.items()
                    if parameter.kind not in _VARIADIC and name != "self"
                ]
        return [*dict.fromkeys([*names, *_BASE_OPTIONS])]
