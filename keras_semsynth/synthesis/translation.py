"""Photographs repainted in the style of others."""

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.latent_codes import drawn_around
from keras_semsynth.synthesis.variations import Rounding

Photograph = str | os.PathLike | np.ndarray


class Translation:
    """Use of a model of unpaired translation: part of `Synthesizer`."""

    def translate(
        self,
        source: Photograph | Sequence[Photograph],
        reference: Photograph | Sequence[Photograph],
        seed: int | None = None,
        rounding: Rounding = "nearest",
    ) -> np.ndarray | list[np.ndarray]:
        """Repaints photographs in the style of others.

        Sources and references are resized to the size of the training
        images (bicubic, as in training), and the results are brought back to
        the sizes of their sources.

        Args:
            source: Photograph, array of photographs of one size
                `(count, height, width, 3)`, or list of photographs of any
                sizes. A photograph is a path, a `uint8` array
                `(height, width, 3)`, or such a float array in `[-1, 1]`,
                which is rounded to 8 bits.
            reference: The photograph whose style all results get, or as many
                as there are sources, one for each.
            seed: int. With a style encoder, draws the code of each source
                around its mean; source `i` has the seed `seed + i`. Defaults
                to `None`: the mean code. A generator that starts from the
                source image has nothing to draw.
            rounding: `"nearest"`, or `"truncate"` as the official programs
                export. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(height, width, 3)` for one source, an array
            `(count, height, width, 3)` for an array of them, and a list of
            arrays for a list. Each has the size of its source.

        Raises:
            ValueError: If the model paints layouts, a photograph cannot be
                read, or there are as many references as fit no source.

        Example:

        >>> synthesizer = keras_semsynth.Synthesizer.load("runs/dusk")
        >>> picture = synthesizer.translate("day.jpg", "dusk.jpg")
        >>> pictures = synthesizer.translate(["a.jpg", "b.jpg"], "dusk.jpg")
        """
        self.require_translation()
        sources = _read_all(source, "source")
        references = _read_all(reference, "reference")
        if len(references) not in (1, len(sources)):
            raise ValueError(
                "`reference` must be one photograph, or one for each source. "
                f"Received: {len(references)} references for {len(sources)} "
                "sources."
            )
        if len(references) == 1:
            references = references * len(sources)
        pictures = []
        for i, pair in enumerate(zip(sources, references, strict=True)):
            one = None if seed is None else seed + i
            image = self._repaint(*pair, one)
            picture = to_uint8(image, rounding)
            pictures.append(resize_pictures(picture, pair[0].shape[:2])[0])
        if isinstance(source, (list, tuple)):
            return pictures
        if np.ndim(source) == 4:
            return np.stack(pictures)
        return pictures[0]

    def translation_inputs(
        self,
        sources: np.ndarray,
        references: np.ndarray,
        noise: np.ndarray | None = None,
    ) -> dict[str, Any]:
        """Makes what the generator takes to repaint photographs.

        Args:
            sources: `uint8` array `(count, height, width, 3)`.
            references: The same, of any size.
            noise: Float array `(count, latent_size)` of the standard normal
                law, or `None` for the mean codes of the sources. Defaults to
                `None`.

        Returns:
            dict of arguments of the generator.
        """
        size = self.generator.image_size
        reference = resize_pictures(references, size).astype("float32")
        inputs = {"label_map": reference / 127.5 - 1}
        if self.encoder is None:
            start = resize_pictures(sources, size).astype("float32")
            inputs["source"] = start / 127.5 - 1
            return inputs
        mean, log_variance = self.encode(sources)
        inputs["latent"] = mean
        if noise is not None:
            inputs["latent"] = drawn_around(mean, log_variance, noise)
        return inputs

    def require_translation(self) -> None:
        """Raises `ValueError` for a model that paints layouts."""
        if not self.translates:
            raise ValueError(
                "This run paints layouts: give it layouts instead of `source` "
                "and `reference`, or use a run of unpaired translation "
                "(objective unpaired_scgan)."
            )

    def require_layouts(self) -> None:
        """Raises `ValueError` for a model of unpaired translation."""
        if self.translates:
            raise ValueError(
                "This run repaints photographs and takes no layouts: use "
                "`translate`, or semsynth generate with a source and a "
                "reference in the place of label maps."
            )

    def _repaint(self, source, reference, seed):
        noise = None
        if seed is not None and self.encoder is not None:
            shape = (1, self.generator.latent_size)
            noise = np.random.default_rng(seed).standard_normal(shape)
        inputs = self.translation_inputs(source[None], reference[None], noise)
        tensors = {k: keras.ops.convert_to_tensor(v) for k, v in inputs.items()}
        with backend.no_gradients():
            image = self.generator(**tensors, training=False)
        return keras.ops.convert_to_numpy(image)


def _read_all(given, name):
    """Photographs of an argument, as a list of `uint8` arrays."""
    several = isinstance(given, (list, tuple)) or np.ndim(given) == 4
    photographs = [_read(one, name) for one in (given if several else [given])]
    if not photographs:
        raise ValueError(f"`{name}` is empty: give at least one photograph.")
    return photographs


def _read(photograph, name):
    if isinstance(photograph, (str, os.PathLike)):
        return read_image(str(photograph))
    pixels = np.asarray(photograph)
    floating = np.issubdtype(pixels.dtype, np.floating)
    if (
        pixels.ndim != 3
        or pixels.shape[-1] != 3
        or not pixels.size
        or not (floating or pixels.dtype == np.uint8)
    ):
        raise ValueError(
            f"`{name}` must hold paths of photographs, uint8 arrays (height, "
            "width, 3), or such float arrays in [-1, 1]. Received: array of "
            f"shape {pixels.shape} and type {pixels.dtype}."
        )
    if not floating:
        return pixels
    if not np.abs(pixels).max() <= 1:  # NaN too
        raise ValueError(
            f"`{name}` holds floats outside [-1, 1]: divide levels of 0 to 255 "
            "by 127.5 and subtract 1, or give uint8 arrays."
        )
    return to_uint8(pixels)
