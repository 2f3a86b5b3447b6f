"""From official state dicts to Keras networks and back."""

import dataclasses
import inspect
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np

from keras_semsynth.checkpoints.state import open_state

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
        select: Function of a state that returns the `Converter` to use, where
            official files of one name hold different networks. Defaults to
            this one.
        parts: dict, part name -> tuple of file names, for a network published
            in several files; see `open_state`. Defaults to one file.
    """

    network_class: type
    infer: Callable
    naming_table: Callable
    is_unused: Callable = lambda key: False
    unused_values: Callable = lambda model: {}
    select: Callable | None = None
    parts: Mapping = dataclasses.field(default_factory=dict)


def from_official(network, state, **options):
    """Build a Keras network from an official PyTorch state dict.

    Whatever the shapes tell (classes, widths, kernel sizes, style code or not,
    scales, spectral normalization or not) is read from them.

    Args:
        network: str. `"spade_generator"`, `"spade_discriminator"`,
            `"spade_encoder"`, `"inception_fid"`, `"vgg19"` or another file
            name of `keras_semsynth/checkpoints`.
        state: Mapping of official keys to arrays, or the path of a `.pth`
            file; see `open_state` for the wrappings that are understood. A
            network published in several files takes a mapping of part names
            (`"trunk"` and `"lin"` of LPIPS, `"encoder"` and `"decoder"` of
            UperNet) to such states, or the path of a folder.
        **options: Constructor arguments of the network, for what shapes cannot
            tell: `image_size`, `upsampling`, `normalization` (`"batch"` or
            `"sync_batch"`), and `use_edge_map` or `num_classes` (both sides of
            one number). Others must agree with the state.

    Returns:
        The built `keras.Model`, holding the weights of `state`.

    Raises:
        ValueError: If `network` is unknown, or the state does not fit; the
            message lists every missing, surplus and mis-shaped key.
        TypeError: If an option is not an argument of the constructor.

    Example:

    >>> generator = keras_semsynth.checkpoints.from_official(
    ...     "spade_generator", "latest_net_G.pth", image_size=(256, 256)
    ... )
    >>> generator.num_classes
    151
    """
    converter = find_converter(network)
    if converter.select is not None:
        state = open_state(state, converter.parts)
        converter = converter.select(state)
    _check_options(network, converter, options)
    state = open_state(state, converter.parts)
    inferred = converter.infer(state, dict(options))
    arguments = {**inferred, **options}
    described = ", ".join(f"{k}={v!r}" for k, v in arguments.items())
    try:
        model = converter.network_class(**arguments)
        model.build()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The state and the options ask for {network}({described}), which "
            f"cannot be built: {error}"
        ) from error
    _load(converter, model, state, f"{network}({described})", inferred, options)
    return model


def to_official(model):
    """Give the weights of a network under their official names.

    Args:
        model: A built network of one of the classes `from_official` returns.

    Returns:
        `dict` of official key -> `np.ndarray` in PyTorch's layout, as complete
        as PyTorch's strict loading wants it.

    Raises:
        ValueError: If the class of `model` has no converter.
    """
    state = {}
    for entry in naming_table(model):
        state[entry.key] = entry.read()
        prefix, _, name = entry.key.rpartition(".")
        if name == "running_var":
            counter = f"{prefix}.num_batches_tracked"
            state[counter] = np.zeros((), "int64")
    return {**state, **_converter_of(model).unused_values(model)}


def naming_table(model):
    """List the `Entry` of every weight of a network; see `to_official`."""
    return _converter_of(model).naming_table(model)


def _converter_of(model):
    from keras_semsynth.checkpoints.registry import CONVERTERS

    for converter in CONVERTERS.values():
        if type(model) is converter.network_class:
            return converter
    known = [c.network_class.__name__ for c in CONVERTERS.values()]
    raise ValueError(
        f"`model` must be one of {known}. Received: {type(model).__name__}."
    )


def find_converter(network):
    # The registry imports every network, and they import this file.
    from keras_semsynth.checkpoints.registry import CONVERTERS

    if network not in CONVERTERS:
        raise ValueError(
            f"`network` must be one of {sorted(CONVERTERS)}. "
            f"Received: {network!r}."
        )
    return CONVERTERS[network]


def option_names(converter):
    """Names `from_official` takes as options for a network."""
    names = []
    for owner in converter.network_class.__mro__:
        # Subclasses pass `**kwargs` on to the bases of this package.
        if owner.__module__.startswith("keras_semsynth."):
            parameters = inspect.signature(owner.__init__).parameters
            names += [
                name
                for name, parameter in parameters.items()
                if parameter.kind not in _VARIADIC and name != "self"
            ]
    return [*dict.fromkeys([*names, *_BASE_OPTIONS])]


def _check_options(network, converter, options):
    known = option_names(converter)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(
            f"{network!r} has no option {', '.join(unknown)}. Options are the "
            f"arguments of {converter.network_class.__name__}: "
            f"{', '.join(known)}."
        )


def _load(converter, model, state, described, inferred, options):
    """Assign every weight, or raise one error that lists what is wrong."""
    state = {
        key: value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
        and not converter.is_unused(key)
    }
    used, values, missing, wrong = set(), [], [], []
    for entry in converter.naming_table(model):
        key = entry.key
        value = state.get(key)
        if value is None and entry.derive is not None:
            derived = entry.derive(state)
            if derived is not None:
                value, read = derived
                used.add(read)
        used.add(key)
        if value is None:
            missing.append(key)
        elif tuple(value.shape) != tuple(entry.official_shape):
            wrong.append(
                f"{key}: expected {tuple(entry.official_shape)}, "
                f"received {tuple(value.shape)}"
            )
        else:
            values.append((entry, value))
    surplus = [key for key in state if key not in used]
    if missing or surplus or wrong:
        lines = [f"The state does not fit {described}."]
        differing = [
            f"{name}={options[name]!r} was given, the shapes say {value!r}"
            for name, value in inferred.items()
            if name in options and options[name] != value
        ]
        lines += [f"{'; '.join(differing)}."] if differing else []
        for title, keys in (
            ("missing", missing),
            ("surplus", surplus),
            ("wrong shape", wrong),
        ):
            if keys:
                lines.append(f"{title} ({len(keys)}):")
                lines += [f"  {key}" for key in keys]
        raise ValueError("\n".join(lines))
    for entry, value in values:
        entry.assign(value)
