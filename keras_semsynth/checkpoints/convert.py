"""Converts a file of official weights into a file of Keras."""

import os
import pathlib
import tempfile
from typing import Literal

import keras

from keras_semsynth.checkpoints.official import from_official


def convert(
    network: str,
    input: str | os.PathLike,
    output: str | os.PathLike,
    *,
    overwrite: bool = False,
    image_size: tuple[int, int] | None = None,
    upsampling: Literal["normal", "more", "most"] | None = None,
    num_classes: int | None = None,
    use_edge_map: bool | None = None,
    normalization: Literal["sync_batch", "batch", "instance", "none"]
    | None = None,
    style_dim: int | None = None,
    filters: int | None = None,
    max_filters: int | None = None,
    image_channels: int | None = None,
    name: str | None = None,
) -> keras.Model:
    """Reads official weights and writes the network that holds them.

    Whatever the shapes in the file tell is read from them; the rest is given
    as it was in training.

    Args:
        network: str. Which official network the file holds: a key of
            `CONVERTERS` such as spade_generator.
        input: str. State dict of PyTorch (.pth), such as latest_net_G.pth.
            Nothing in it is executed.
        output: str. Where to write the network: a whole model (.keras) or its
            weights only (.weights.h5).
        overwrite: bool. Whether to replace the output if it exists. Defaults
            to `False`.
        image_size: `(height, width)` or `None`. Size of the training images
            in pixels. For generators. Unset: 256x256, or the square that a
            style code's layer tells. Defaults to `None`.
        upsampling: str or `None`. Number of doublings of a SPADE generator:
            normal 5, more 6 (Cityscapes), most 7. Shapes tell most only.
            Unset: normal. Defaults to `None`.
        num_classes: int or `None`. Classes of the label map, the unknown
            class included. Unset: all semantic channels, less the edge map.
            Defaults to `None`.
        use_edge_map: bool or `None`. Whether the last semantic channel is the
            instance edge map (official models of COCO-Stuff and Cityscapes).
            Unset: no, unless `num_classes` leaves one channel. Defaults to
            `None`.
        normalization: str or `None`. Shapes tell all but sync_batch from
            batch. Unset: of these two, sync_batch. Defaults to `None`.
        style_dim: int or `None`. Length of the style code. Unset: from the
            file. Defaults to `None`.
        filters: int or `None`. Width of the network. Unset: from the file.
            Defaults to `None`.
        max_filters: int or `None`. Cap of a discriminator's width. Unset:
            from the file. Defaults to `None`.
        image_channels: int or `None`. Channels of the images a network reads.
            Unset: from the file. Defaults to `None`.
        name: str or `None`. Name of the Keras model. Defaults to `None`.

    Returns:
        The converted `keras.Model`.

    Raises:
        ValueError: If the file is damaged or does not fit the network, the
            network has no such option, or the output exists.
        FileNotFoundError: If there is no such input.

    Example:

    >>> generator = keras_semsynth.checkpoints.convert(
    ...     "spade_generator", "latest_net_G.pth", "generator.keras"
    ... )
    """
    output = pathlib.Path(output)
    if not output.name.endswith((".keras", ".weights.h5")):
        raise ValueError(
            "`output` must end in .keras (whole model) or .weights.h5 "
            f"(weights only). Received: `output={output}`."
        )
    if output.exists() and not overwrite:
        raise ValueError(
            f"`output={output}` exists. Choose another name, or pass "
            "`overwrite` to replace it."
        )
    options = {
        "image_size": image_size,
        "upsampling": upsampling,
        "num_classes": num_classes,
        "use_edge_map": use_edge_map,
        "normalization": normalization,
        "style_dim": style_dim,
        "filters": filters,
        "max_filters": max_filters,
        "image_channels": image_channels,
        "name": name,
    }
    given = {key: value for key, value in options.items() if value is not None}
    try:
        model = from_official(network, os.fspath(input), **given)
    except TypeError as error:
        raise ValueError(str(error)) from error
    _save(model, output)
    return model


def _save(model, output):
    """Writes beside the target first: no half-written file is ever seen."""
    output.parent.mkdir(parents=True, exist_ok=True)
    ending = ".keras" if output.suffix == ".keras" else ".weights.h5"
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=".convert-"
    ) as work:
        path = os.path.join(work, f"converted{ending}")
        if ending == ".keras":
            model.save(path)
        else:
            model.save_weights(path)
        os.replace(path, output)
