"""From official state dicts to Keras networks and back."""

import logging
import os
from collections.abc import Mapping
from typing import Literal

import keras
import numpy as np

from keras_semsynth.backend.unallocated import count_numbers
from keras_semsynth.backend.unallocated import unallocated
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.registry import CONVERTERS
from keras_semsynth.checkpoints.state import open_state
from keras_semsynth.checkpoints.untold import check_told

# A file that lacks more than this is no damaged state of the network.
_FAR_MORE = 4
_FEW = 1_000_000


def from_official(
    network: str,
    state: Mapping | str | os.PathLike,
    *,
    label_order: Literal["file", "unknown_last"] | None = None,
    weights_key: str | None = None,
    **options,
) -> keras.Model:
    """Build a Keras network from an official PyTorch state dict.

    Whatever the shapes tell (widths, kernel sizes, style code or not, scales,
    spectral normalization or not) is read from them. What they do not tell and
    what changes the result must be given; `experiments.preset_options` has it
    for published networks.

    Args:
        network: str. `"spade_generator"`, `"spade_discriminator"`,
            `"spade_encoder"`, `"inception_fid"`, `"vgg19"` or another key of
            `checkpoints.CONVERTERS`.
        state: Mapping of official keys to arrays, or the path of a `.pth` or
            `.safetensors` file; see `open_state` for the wrappings that are
            understood. A network published in several files takes a mapping
            of part names (`"trunk"` and `"lin"` of LPIPS, `"encoder"` and
            `"decoder"` of UperNet) to such states, or the path of a folder.
        label_order: str or `None`. Which ids the network takes. `"file"`:
            those of the official code. `"unknown_last"`: the file's channel 0
            is the unknown class and channel `k + 1` class `k`, as OASIS and
            DP-GAN read COCO-Stuff; the network takes class `k` as `k` and the
            unknown class as the last, as the dataset `coco_stuff` has them.
            Must be given for 183 classes. Defaults to `None`: `"file"`.
        weights_key: str or `None`. Name of the weights in a file that holds
            several, such as `"state_dict_ema"`. Defaults to `None`: the
            moving average if there is one, else the first; a line says so.
        **options: Constructor arguments of the network. Those that the shapes
            tell must agree with them.

    Returns:
        The built `keras.Model`, holding the weights of `state`.

    Raises:
        ValueError: If `network` is unknown, an option is missing (the message
            lists all, with their values and what was published), or the state
            does not fit (it lists every missing, surplus and mis-shaped key).
        TypeError: If an option is not an argument of the constructor.

    Example:

    >>> generator = keras_semsynth.checkpoints.from_official(
    ...     "spade_generator", "latest_net_G.pth",
    ...     use_edge_map=False, image_size=(256, 256), upsampling="normal",
    ... )
    >>> generator.num_classes
    151
    """
    converter = find_converter(network)
    kind = network.rpartition("_")[2]
    if converter.select is None:
        # Before a big file is read.
        _check_options(network, converter, options)
    state = open_state(
        state,
        converter.parts,
        kind if kind in ("generator", "discriminator", "encoder") else None,
        weights_key,
    )
    if converter.select is not None:
        converter = converter.select(state)
        _check_options(network, converter, options)
    inferred = converter.infer(state, dict(options))
    arguments = {**inferred, **options}
    given = {*options} if label_order is None else {*options, "label_order"}
    check_told(network, converter.untold, state, arguments, given)
    described = ", ".join(f"{k}={v!r}" for k, v in arguments.items())
    state = {
        key: value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }

    def build():
        try:
            model = converter.network_class(**arguments)
            model.build()
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"The state and the options ask for {network}({described}), "
                f"which cannot be built: {error}"
            ) from error
        return model, converter.entries(model, label_order or "file")

    def find_values():
        _, entries = build()
        _check_size(entries, state, network)
        fits = (converter.is_unused, f"{network}({described})")
        return _find_values(entries, state, *fits, inferred, options)

    # First without memory for its weights: a small file with large shapes
    # makes no large network.
    values = unallocated(find_values)
    model, entries = build()
    for entry, value in zip(entries, values, strict=True):
        entry.assign(value)
    return model


def to_official(
    model: keras.Model,
    label_order: Literal["file", "unknown_last"] = "file",
) -> dict[str, np.ndarray]:
    """Give the weights of a network under their official names.

    Args:
        model: A built network of one of the classes `from_official` returns.
        label_order: str. What `from_official` was given, which no network
            remembers. Defaults to `"file"`.

    Returns:
        `dict` of official key -> `np.ndarray` in PyTorch's layout, as complete
        as PyTorch's strict loading wants it. A scorer that holds less than
        its file (no classifier, no scratch of training) says so in a line.

    Raises:
        ValueError: If the class of `model` has no converter.
    """
    converter = _converter_of(model)
    state = {}
    for entry in converter.entries(model, label_order):
        state[entry.key] = entry.read()
        prefix, _, name = entry.key.rpartition(".")
        if name == "running_var":
            counter = f"{prefix}.num_batches_tracked"
            state[counter] = np.zeros((), "int64")
    left_out = converter.left_out(model)
    if left_out:
        logging.getLogger(__name__).warning(
            "The state of %s lacks %s: load it with `strict=False`.",
            type(model).__name__,
            left_out,
        )
    return {**state, **converter.unused_values(model)}


def naming_table(model: keras.Model) -> list[Entry]:
    """List the `Entry` of every weight of a network; see `to_official`."""
    return _converter_of(model).naming_table(model)


def _converter_of(model):
    for converter in CONVERTERS.values():
        if type(model) is converter.network_class:
            return converter
    known = [c.network_class.__name__ for c in CONVERTERS.values()]
    raise ValueError(
        f"`model` must be one of {known}. Received: {type(model).__name__}."
    )


def find_converter(network: str) -> Converter:
    """Returns the `Converter` of an official network by its name."""
    if network not in CONVERTERS:
        raise ValueError(
            f"`network` must be one of {sorted(CONVERTERS)}. "
            f"Received: {network!r}."
        )
    return CONVERTERS[network]


def _check_options(network, converter, options):
    known = converter.option_names()
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(
            f"{network!r} has no option {', '.join(unknown)}. Options are the "
            f"arguments of {converter.network_class.__name__}: "
            f"{', '.join(known)}."
        )


def _check_size(entries, state, network):
    """Says in one sentence, not key by key, that the file is far too small."""
    needed = count_numbers(entry.variable for entry in entries)
    held = sum(value.size for value in state.values())
    if needed > _FAR_MORE * held + _FEW:
        raise ValueError(
            f"The shapes in the file ask for a {network} of {needed:,} "
            f"numbers, but it holds {held:,}: give the whole state dict of "
            "the network."
        )


def _find_values(entries, state, is_unused, described, inferred, options):
    """The value of each entry, or one error that lists what is wrong."""
    used, values, missing, wrong = set(), [], [], []
    for entry in entries:
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
            values.append(value)
    surplus = [k for k in state if k not in used and not is_unused(k)]
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
    return values
