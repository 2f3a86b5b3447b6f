"""What has to be known to convert one official network."""

import dataclasses
import inspect
from collections.abc import Callable
from collections.abc import Mapping

import keras

from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.naming import with_unknown_first
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.layers.arguments import check_choice

LABEL_ORDERS = ("file", "unknown_last")
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
        class_axis: Function of an official key that returns `(axis, first)`:
            which axis of the Keras variable holds one place a class, and
            where they begin; `None` for other keys. Of networks whose
            official files may have the unknown class first while our data
            have it last. Defaults to none.
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
    class_axis: Callable | None = None
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
        order = [] if self.class_axis is None else ["label_order"]
        return [*dict.fromkeys([*names, *order, *_BASE_OPTIONS])]

    def entries(self, model: keras.Model, label_order: str) -> list[Entry]:
        """The naming table of a built network.

        Args:
            model: The network.
            label_order: str, `"file"` or `"unknown_last"`; see
                `from_official`.

        Raises:
            ValueError: If it is neither, or the network has no such option, or
                is modulated in a way that no official file has.
        """
        check_choice(LABEL_ORDERS, label_order=label_order)
        if getattr(model, "conditioning", "spade") != "spade":
            raise ValueError(
                f"`conditioning={model.conditioning!r}` has no official names; "
                'only networks with `conditioning="spade"` are converted.'
            )
        entries = self.naming_table(model)
        if label_order == "file":
            return entries
        if self.class_axis is None:
            raise ValueError(
                f"`label_order={label_order}` is an option of OASIS's and "
                "DP-GAN's networks, whose files may have the unknown class "
                f"first. Received: {type(model).__name__}."
            )
        return [
            entry
            if self.class_axis(entry.key) is None
            else with_unknown_first(
                entry, *self.class_axis(entry.key), model.num_classes
            )
            for entry in entries
        ]
