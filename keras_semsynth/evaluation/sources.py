"""Where generated images come from."""

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.files.image_resizing import resize_floats
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.synthesis.latent_codes import drawn_around
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.synthesis.synthesizer import Synthesizer


def latent_of(size: int, seed: int, index: int) -> np.ndarray:
    """Draws the noise or style code of one sample of one pass.

    By NumPy, so that all backends and batch sizes see the same.

    Args:
        size: int. `latent_size` of the generator.
        seed: int. Seed of the pass.
        index: int. Number of the sample.

    Returns:
        `float32` array `(size,)`.
    """
    random = np.random.default_rng([seed, index])
    return random.standard_normal(size).astype("float32")


class GeneratorSource:
    """Images of a trained generator.

    Args:
        synthesizer: `Synthesizer`.
    """

    needs_layouts = True
    style = "random"

    def __init__(self, synthesizer: Synthesizer):
        self.synthesizer = synthesizer
        self.has_latent = synthesizer.has_latent
        self.has_encoder = synthesizer.encoder is not None
        self._generate = backend.compiled(synthesizer.generator)

    def use_own_style(self) -> None:
        """Draws each image in the style of the photograph of its target.

        Raises:
            ValueError: If the run has no style encoder.
        """
        if not self.has_encoder:
            raise ValueError(
                "`style=own` needs a style encoder, but the run has none "
                "(encoder.keras): train with one, or leave it out."
            )
        self.style = "own"

    def images(
        self,
        targets: Sequence[Target],
        indices: Sequence[int],
        seed: int,
    ) -> np.ndarray:
        """Generates the images of a batch.

        Args:
            targets: List of `Target`, all of one size.
            indices: List of int, the numbers of the samples.
            seed: int.

        Returns:
            `float32` array `(batch, height, width, 3)` in `[-1, 1]`.
        """
        generator = self.synthesizer.generator
        label_maps = np.stack([t.label_map for t in targets]).astype("int32")
        wanted = label_maps.shape[1:]
        size = self.synthesizer.inputs.supported_size(wanted)
        if size != wanted:
            label_maps = np.stack([resize_nearest(x, size) for x in label_maps])
        inputs = {"label_map": label_maps}
        if generator.use_edge_map:
            maps = [
                t.label_map if t.instance_map is None else t.instance_map
                for t in targets
            ]
            maps = np.stack([resize_nearest(x, size) for x in maps])
            inputs["edge_map"] = edge_map_from_instances(maps)
        if self.has_latent:
            noise = np.stack(
                [latent_of(generator.latent_size, seed, i) for i in indices]
            )
            if self.style == "own":
                photographs = np.stack([target.image for target in targets])
                codes = self.synthesizer.encode(photographs)
                noise = drawn_around(*codes, noise)
            inputs["latent"] = noise
        images = keras.ops.convert_to_numpy(self._generate(**inputs))
        return np.stack([resize_floats(image, wanted) for image in images])

    def describe(self) -> dict[str, Any]:
        """Returns what a report says of the source."""
        generator = self.synthesizer.generator
        return {"kind": "generator", "class": type(generator).__name__}


class TranslatorSource:
    """Photographs repainted by a trained generator.

    With a style encoder, by the mean codes of the sources: they say what the
    pictures show.

    Args:
        synthesizer: `Synthesizer` of unpaired translation.
    """

    needs_layouts = True
    style = "random"
    has_latent = has_encoder = False

    def __init__(self, synthesizer: Synthesizer):
        synthesizer.require_translation()
        self.synthesizer = synthesizer
        self._renderer = Renderer(synthesizer.generator)

    def use_own_style(self) -> None:
        """Refuses: the style of a translation is that of its reference."""
        raise ValueError(
            "`style=own` is for runs with layouts: a translation has the style "
            "of its reference. Leave it out."
        )

    def images(
        self,
        targets: Sequence[Target],
        indices: Sequence[int],
        seed: int,
    ) -> np.ndarray:
        """Generates the images of a batch, see `GeneratorSource`."""
        repaintings = [
            Repainting.fit(self.synthesizer.inputs, target.source, target.image)
            for target in targets
        ]
        looks = [Look()] * len(targets)
        if self.synthesizer.encoder is not None:
            sources = np.stack([target.source for target in targets])
            looks = [Look(style=x) for x in self.synthesizer.encode(sources)[0]]
        return np.stack(self._renderer.render(repaintings, looks))

    def describe(self) -> dict[str, Any]:
        """Returns what a report says of the source."""
        generator = self.synthesizer.generator
        return {"kind": "translator", "class": type(generator).__name__}


class SavedModelSource:
    """Images of a SavedModel that maps ids to images.

    Its signature `seeded` is used (see `semsynth export`), or
    else `serving_default`: it takes an integer tensor
    `(batch, height, width)`, perhaps an integer `seed` `()` or `(batch,)`, and
    returns one float image in `[-1, 1]`.

    Args:
        path: Folder of the SavedModel.
    """

    needs_layouts = True
    style = "random"
    has_encoder = False

    def __init__(self, path: str | os.PathLike):
        import tensorflow as tf

        # The model owns the variables that the signature reads.
        self._model = tf.saved_model.load(str(path))
        signatures = self._model.signatures
        if "translate" in signatures:
            raise ValueError(
                f"The SavedModel {path} repaints photographs: score the run "
                "that it was exported from."
            )
        names = [n for n in ("seeded", "serving_default") if n in signatures]
        if not names:
            raise ValueError(
                f"The SavedModel {path} has no signature serving_default, but "
                f"{sorted(signatures)}: export it with semsynth export."
            )
        self._signature = signatures[names[0]]
        inputs = self._signature.structured_input_signature[1]
        layouts = [
            name
            for name, spec in inputs.items()
            if spec.dtype.is_integer and spec.shape.rank == 3
        ]
        if len(layouts) != 1:
            raise ValueError(
                f"The signature {names[0]} of {path} must take one "
                "integer label map (batch, height, width). It takes: "
                + ", ".join(
                    f"{n} {s.dtype.name} {tuple(s.shape)}"
                    for n, s in inputs.items()
                )
                + "."
            )
        self._layout = layouts[0]
        self._dtype = inputs[self._layout].dtype.as_numpy_dtype
        self._seed = inputs.get("seed")
        self.has_latent = self._seed is not None

    def use_own_style(self) -> None:
        """Refuses: a signature with a seed takes no style."""
        raise ValueError(
            "`style=own` needs a run directory with its style encoder "
            "(encoder.keras). Received: a SavedModel."
        )

    def images(
        self,
        targets: Sequence[Target],
        indices: Sequence[int],
        seed: int,
    ) -> np.ndarray:
        """Generates the images of a batch, see `GeneratorSource`."""
        import tensorflow as tf

        images = []
        # One by one: the seed is that of a whole request.
        for target, index in zip(targets, indices, strict=True):
            arguments = {
                self._layout: tf.constant(
                    target.label_map[None].astype(self._dtype)
                )
            }
            if self._seed is not None:
                number = np.random.default_rng([seed, index]).integers(2**31)
                value = np.full(
                    [n or 1 for n in self._seed.shape], number, "int64"
                )
                arguments["seed"] = tf.cast(value, self._seed.dtype)
            outputs = self._signature(**arguments)
            images.append(_only_image(outputs))
        images = np.concatenate(images)
        wanted = targets[0].label_map.shape
        return np.stack([resize_floats(image, wanted) for image in images])

    def describe(self) -> dict[str, Any]:
        """Returns what a report says of the source."""
        return {"kind": "SavedModel"}


class FolderSource:
    """Images that any program has written.

    Args:
        paths: Sequence of paths, in the order of the targets.
        image_size: `(height, width)` to which all are resized. Defaults to
            `None`: all have the size of the first.
    """

    needs_layouts = False
    style = "unknown"
    has_latent = has_encoder = False

    def __init__(
        self,
        paths: Sequence[str],
        image_size: tuple[int, int] | None = None,
    ):
        self.paths = paths
        self.resizes = image_size is not None
        self.image_size = image_size or read_image(paths[0]).shape[:2]

    def images(
        self,
        targets: Sequence[Target],
        indices: Sequence[int],
        seed: int,
    ) -> np.ndarray:
        """Reads the images of a batch, see `GeneratorSource`."""
        images = []
        for index in indices:
            image = read_image(self.paths[index])
            if self.resizes:
                image = resize_pictures(image[None], self.image_size)[0]
            if image.shape[:2] != self.image_size:
                height, width = image.shape[:2]
                raise ValueError(
                    f"{self.paths[index]} is {width}x{height} pixels but "
                    f"{self.paths[0]} is {self.image_size[1]}x"
                    f"{self.image_size[0]} (width x height): all generated "
                    "images must have one size."
                )
            images.append(image)
        return np.stack(images)

    def describe(self) -> dict[str, Any]:
        """Returns what a report says of the source."""
        return {"kind": "folder"}


Source = GeneratorSource | TranslatorSource | SavedModelSource | FolderSource


def _only_image(outputs):
    images = [
        value.numpy()
        for value in outputs.values()
        if value.dtype.is_floating and value.shape.rank == 4
    ]
    if len(images) != 1:
        raise ValueError(
            "The signature serving_default must return one float image "
            f"(batch, height, width, 3). It returns: {sorted(outputs)}."
        )
    return images[0]
