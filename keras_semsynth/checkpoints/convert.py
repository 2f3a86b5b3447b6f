"""Converts a file of official weights into a file of Keras."""

import os
import pathlib
from typing import Any
from typing import Literal

import keras

from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.files import atomic
from keras_semsynth.files.network_writing import save_network
from keras_semsynth.files.outputs import require_file


def convert(
    network: str,
    input: str | os.PathLike,
    output: str | os.PathLike,
    overwrite: bool = False,
    label_order: Literal["file", "unknown_last"] | None = None,
    weights_key: str | None = None,
    name: str | None = None,
    dtype: str | None = None,
    **options: Any,
) -> keras.Model:
    """Reads official weights and writes the network that holds them.

    Whatever the shapes in the file tell is read from them; the rest is given
    as it was in training.

    Args:
        network: str. Which official network the file holds: a key of
            `CONVERTERS` such as spade_generator.
        input: str. State dict of PyTorch (.pth), such as latest_net_G.pth, or
            .safetensors. Nothing in it is executed.
        output: str. Where to write the network: a whole model (.keras) or its
            weights only (.weights.h5).
        overwrite: bool. Whether to replace the output if it exists. Defaults
            to `False`.
        label_order: str or `None`. Which ids a network of OASIS or DP-GAN
            takes: those of the file, or unknown_last for a file whose first
            label is the unknown class and a dataset that has it last
            (coco_stuff). Must be given for 183 classes. Unset: file.
            Defaults to `None`.
        weights_key: str or `None`. Name of the weights in a file that holds
            several, such as state_dict_ema. Unset: the moving average if
            there is one, else the first; a line says so. Defaults to `None`.
        name: str or `None`. Name of the Keras model. Defaults to `None`.
        dtype: str or `None`. Dtype policy of the Keras model, such as
            mixed_bfloat16. Defaults to `None`.
        **options: Constructor arguments of the network; see `from_official`.

    Returns:
        The converted `keras.Model`.

    Raises:
        ValueError: If the file is damaged or does not fit the network, the
            network has no such option, an option that the file cannot tell
            is missing, or the output exists.
        FileNotFoundError: If there is no such input.

    Example:

    >>> generator = keras_semsynth.checkpoints.convert(
    ...     "spade_generator", "latest_net_G.pth", "generator.keras",
    ...     use_edge_map=False, image_size=(256, 256), upsampling="normal",
    ... )
    """
    output = pathlib.Path(output)
    if not output.name.endswith((".keras", ".weights.h5")):
        raise ValueError(
            "`output` must end in .keras (whole model) or .weights.h5 "
            f"(weights only). Received: `output={output}`."
        )
    if not os.path.isfile(input):
        kind = "is a folder" if os.path.isdir(input) else "does not exist"
        raise ValueError(f"`input={input}` {kind}: give a file of weights.")
    require_file(output, "output", overwrite, [input])
    base = {"name": name, "dtype": dtype}
    options |= {key: value for key, value in base.items() if value is not None}
    try:
        model = from_official(
            network,
            os.fspath(input),
            label_order=label_order,
            weights_key=weights_key,
            **options,
        )
    except TypeError as error:
        raise ValueError(str(error)) from error
    _save(model, output)
    return model


def _save(model, output):
    output.parent.mkdir(parents=True, exist_ok=True)
    atomic.remove_leftovers(output.parent)
    save_network(model, output)
