"""What the exports to ONNX and LiteRT share."""

import os
import pathlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_semsynth.export.description import describe_model
from keras_semsynth.export.versions import new_version
from keras_semsynth.files import atomic
from keras_semsynth.generators.exported import ExportedGenerator
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.synthesizer import Synthesizer

# Of images in [-1, 1]: an eighth of a grey level.
TOLERANCE = 1e-3


class ExportRefusedError(ValueError):
    """Says in one sentence why a format cannot hold a generator."""


def image_function(
    generator: Generator,
    batch: int | None = None,
    size: tuple[int, int] | None = None,
) -> tf.types.experimental.PolymorphicFunction:
    """Makes the function that is converted: ids and latent vectors to images.

    Random numbers are no part of it: the formats have none that could be
    repeated, so the caller draws them.

    Args:
        generator: A generator of this package.
        batch: int, or `None` for any. Defaults to `None`.
        size: `(height, width)`. Defaults to `image_size` for a generator of
            one size, else any.

    Returns:
        `tf.function` with the inputs `label_map`, int32, and, if the model has
        such an input, `style` or `noise`, float32. Its output is `image`.
    """
    exported = ExportedGenerator(generator)
    specs = [
        tf.TensorSpec(spec.shape, spec.dtype, spec.name)
        for spec in exported.input_signature(True, batch, size)
    ]

    def image(*inputs):
        return {"image": exported(*inputs)}

    return tf.function(image, input_signature=specs, autograph=False)


def check_parity(
    generator: Generator,
    run: Callable[[dict[str, np.ndarray]], np.ndarray],
    format_name: str,
    sizes: Sequence[tuple[int, int]],
    batch: int,
) -> float:
    """Compares a converted generator with Keras.

    Args:
        generator: The generator that was converted.
        run: Callable that takes a dict of arrays by the names of inputs and
            returns images.
        format_name: str.
        sizes: list of `(height, width)` to try.
        batch: int. Label maps at once.

    Returns:
        float. The greatest difference, of images in [-1, 1].

    Raises:
        ExportRefusedError: If it is more than `TOLERANCE`.
    """
    greatest = 0.0
    renderer = Renderer(generator)
    looks = [Look(seed) for seed in range(batch)]
    for number, size in enumerate(sizes):
        label_map = _label_maps(generator.num_classes, batch, size, number)
        inputs = {"label_map": label_map}
        if generator.latent_size is not None:
            inputs[generator.latent_kind] = np.stack(
                [
                    look.latent(renderer.inputs, ids)
                    for look, ids in zip(looks, label_map, strict=True)
                ]
            )
        layouts = [Layout.fit(generator, ids) for ids in label_map]
        expected = np.stack(renderer.render(layouts, looks))
        difference = float(np.max(np.abs(run(inputs) - expected)))
        # Not `max`: it would pass over a NaN.
        if not difference <= TOLERANCE:
            raise ExportRefusedError(
                f"The {format_name} model differs from Keras by "
                f"{difference:.2g} (images in [-1, 1]; allowed are "
                f"{TOLERANCE:.0e}), so it was not written: use "
                "`format=saved_model`."
            )
        greatest = max(greatest, difference)
    return greatest


def _label_maps(num_classes, batch, size, seed):
    """Label maps of rectangles: few boundaries, as in real ones."""
    random = np.random.default_rng(seed)
    maps = np.zeros((batch, *size), "int32")
    for label_map in maps:
        for _ in range(12):
            top, left = (random.integers(0, n) for n in size)
            label_map[top:, left:] = random.integers(num_classes)
    return maps


def write_model_file(
    synthesizer: Synthesizer,
    output: str | os.PathLike,
    run: str | os.PathLike | None,
    content: bytes,
    name: str,
    **more: Any,
) -> pathlib.Path:
    """Writes a model of one file as the next version of a model.

    Args:
        synthesizer: `Synthesizer`.
        output: Path of the folder of all versions.
        run: Path that the synthesizer was loaded from, or `None`.
        content: bytes.
        name: str. Name of the file.
        **more: JSON values for `dataset.json`.

    Returns:
        `pathlib.Path` of the version.
    """
    with new_version(output) as version:
        (version.writing / name).write_bytes(content)
        atomic.write_json(
            version.writing / "dataset.json",
            describe_model(synthesizer, run, **more),
        )
    return version.path
