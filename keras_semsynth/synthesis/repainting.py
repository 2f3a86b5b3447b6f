"""A photograph to be repainted, as a generator takes it."""

import dataclasses

import numpy as np

from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs


@dataclasses.dataclass(frozen=True, eq=False)
class Repainting:
    """A photograph in the style of another, in the place of a `Layout`.

    Args:
        reference: `float32` array `(height, width, 3)` in `[-1, 1]`, the
            photograph whose style the picture gets.
        source: The same for the photograph that is repainted, or `None` if a
            style encoder says what it shows. Defaults to `None`.
        size: `(height, width)` of the picture. Defaults to that of
            `reference`.
    """

    reference: np.ndarray
    source: np.ndarray | None = None
    size: tuple[int, int] | None = None

    def __post_init__(self):
        if self.size is None:
            object.__setattr__(self, "size", self.network_size)

    @classmethod
    def fit(
        cls,
        generator: Generator | GeneratorInputs,
        source: np.ndarray,
        reference: np.ndarray,
    ) -> "Repainting":
        """Fits photographs to a generator of unpaired translation.

        Both are brought to the size of the training images (bicubic, as in
        training); the picture gets the size of its source.

        Args:
            generator: `Generator`, or the `GeneratorInputs` of one.
            source: `uint8` array `(height, width, 3)`.
            reference: The same, of any size.

        Returns:
            `Repainting`.
        """
        inputs = GeneratorInputs.of(generator)
        reference, start = (
            resize_pictures(photograph[None], inputs.image_size)[0]
            .astype("float32") / 127.5 - 1
            for photograph in (reference, source)
        )  # fmt: skip
        if inputs.has_latent:
            start = None
        return cls(reference, start, source.shape[:2])

    @property
    def network_size(self) -> tuple[int, int]:
        """Height and width at which the generator draws."""
        return self.reference.shape[:2]

    @property
    def arguments(self) -> dict[str, np.ndarray]:
        """What the generator is called with, one without the batch axis."""
        if self.source is None:
            return {"label_map": self.reference}
        return {"label_map": self.reference, "source": self.source}
