"""Where generated images come from."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.files.image_resizing import resize_floats
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.synthesis.latent_codes import sample_seed
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.synthesis.synthesizer import Synthesizer


class GeneratorSource:
    """Pictures of a trained generator: of layouts, or repainted photographs.

    A translation with a style encoder takes the mean codes of its sources:
    they say what the pictures show.

    Args:
        synthesizer: `Synthesizer`.
    """

    needs_layouts = True
    style = "random"

    def __init__(self, synthesizer: Synthesizer):
        self.synthesizer = synthesizer
        self.translates = synthesizer.translates
        draws = not self.translates
        self.has_latent = draws and synthesizer.inputs.has_latent
        self.has_encoder = draws and synthesizer.encoder is not None

    def use_own_style(self) -> None:
        """Draws each image in the style of the photograph of its target.

        Raises:
            ValueError: If the run has no style encoder, or repaints
                photographs.
        """
        if self.translates:
            raise ValueError(
                "`style=own` is for runs with layouts: a translation has the "
                "style of its reference. Leave it out."
            )
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
        if self.translates:
            pairs = [self._repainting(target) for target in targets]
        else:
            pairs = [
                self._layout(target, sample_seed(seed, index))
                for target, index in zip(targets, indices, strict=True)
            ]
        return np.stack(
            self.synthesizer.renderer.render(*zip(*pairs, strict=True))
        )

    def _layout(self, target, seed):
        instances = None
        if self.synthesizer.inputs.use_edge_map:
            instances = target.instance_map
        code = ()
        if self.style == "own":
            (code,) = self.synthesizer.encode(target.image, [target.label_map])
        layout = self.synthesizer.layout(target.label_map, instances)
        return layout, Look(seed, *code)

    def _repainting(self, target):
        fitted = Repainting.fit(
            self.synthesizer.inputs, target.source, target.image
        )
        if self.synthesizer.encoder is None:
            return fitted, Look()
        return fitted, Look(None, *self.synthesizer.encode(target.source)[0])

    def describe(self) -> dict[str, Any]:
        """Returns what a report says of the source."""
        kind = "translator" if self.translates else "generator"
        generator = self.synthesizer.generator
        return {"kind": kind, "class": type(generator).__name__}


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
                shape = [n or 1 for n in self._seed.shape]
                value = np.full(shape, sample_seed(seed, index), "int64")
                arguments["seed"] = tf.cast(value, self._seed.dtype)
            outputs = self._signature(**arguments)
            image = _only_image(outputs)[0]
            images.append(resize_floats(image, target.label_map.shape))
        return np.stack(images)

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


Source = GeneratorSource | SavedModelSource | FolderSource


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
