"""The styles of photographs, whole or class by class."""

from collections.abc import Mapping
from collections.abc import Sequence

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.data.classes import Classes
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout_reading import Given
from keras_semsynth.synthesis.layout_reading import likeliest_ids
from keras_semsynth.synthesis.layout_reading import one_each
from keras_semsynth.synthesis.layout_reading import read_layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.photographs import Photograph
from keras_semsynth.synthesis.photographs import read_photograph
from keras_semsynth.synthesis.photographs import read_photographs

# Where a class takes its look from: a seed, a photograph, or the regions of
# the class in a photograph with its label map.
ClassStyle = int | Photograph | tuple[Photograph, Given]


class PhotographStyles:
    """Encodes photographs for a generator.

    Args:
        encoder: `Encoder` of the run, or `None`.
        inputs: `GeneratorInputs` of the generator.
        classes: `Classes` of its layouts.
    """

    def __init__(
        self,
        encoder: Encoder | None,
        inputs: GeneratorInputs,
        classes: Classes,
    ):
        self.encoder = encoder
        self.inputs = inputs
        self.classes = classes

    def encode(
        self,
        photographs: Photograph | Sequence[Photograph],
        label_maps: Sequence[Given] | None = None,
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """As `Synthesizer.encode`."""
        self.require()
        images = read_photographs(photographs, "style")
        maps = [None] if label_maps is None else list(label_maps)
        maps = one_each(maps, len(images), "label_maps", "photograph")
        return [
            self._encode(image, label_map)
            for image, label_map in zip(images, maps, strict=True)
        ]

    def of_classes(self, style: Mapping[int | str, ClassStyle]) -> dict:
        """Reads where classes take their looks from.

        Args:
            style: Mapping, as for `Synthesizer.synthesize`.

        Returns:
            dict, class id -> `Look`.

        Raises:
            ValueError: If there is no such class, the generator has one look
                for the whole image, or a photograph cannot be used.
        """
        if not self.inputs.latent_by_region:
            raise ValueError(
                "`style` by class needs a generator whose noise may differ by "
                "region (INADE, OASIS, DP-GAN), but this one has one look for "
                "the whole image: give a photograph or a seed."
            )
        return {
            self.classes.id_of(name): self._look(name, source)
            for name, source in style.items()
        }

    def _look(self, name, source):
        if isinstance(source, (int, np.integer)):
            return Look(int(source))
        if not isinstance(source, tuple):
            return Look(None, *self._encode(self._photograph(source), None))
        if len(source) != 2:
            raise ValueError(
                f"`style` of {name} must be a seed, a photograph, or a pair of "
                f"a photograph and its label map. Received: {len(source)} "
                "values."
            )
        label_map = likeliest_ids(read_layout(source[1], self.classes))
        id = self.classes.id_of(name)
        if not np.any(label_map == id):
            raise ValueError(
                f"`style` takes {self.classes.names[id]} from a photograph "
                "whose label map shows none: it shows "
                f"{[self.classes.names[i] for i in np.unique(label_map)]}."
            )
        codes = self._encode(self._photograph(source[0]), label_map)
        return Look(None, *(code[id] for code in codes))

    def _photograph(self, source):
        self.require()
        if not self.encoder.reads_label_map:
            raise ValueError(
                "`style` by class needs an encoder of regions (--encoder="
                f"region_style), but the run has a "
                f"{type(self.encoder).__name__}: give seeds, or one photograph "
                "for all classes."
            )
        return read_photograph(source, "style")

    def _encode(self, photograph, label_map):
        """Returns mean and logarithm of the variance, of all or by class."""
        size = self.inputs.image_size
        image = resize_pictures(photograph[None], size)
        ids = np.zeros(size, "int32")
        if label_map is not None:
            ids = likeliest_ids(read_layout(label_map, self.classes))
            if ids.shape != photograph.shape[:2]:
                raise ValueError(
                    "A label map must have the size of its photograph, "
                    f"{photograph.shape[:2]}. Received: {ids.shape}."
                )
            ids = resize_nearest(ids, size)
        with backend.no_gradients():
            pair = self.encoder.encode(
                image.astype("float32") / 127.5 - 1, ids[None], training=False
            )
        pair = (keras.ops.convert_to_numpy(code)[0] for code in pair)
        if label_map is None and self.encoder.reads_label_map:
            pair = (code[0] for code in pair)  # all of it is one region
        return tuple(code.astype("float32") for code in pair)

    def require(self) -> None:
        """Raises `ValueError` for a model without a style encoder."""
        if self.encoder is None:
            raise ValueError(
                "`style` needs a style encoder, but the run has none "
                "(encoder.keras): train with one, or leave it out."
            )
