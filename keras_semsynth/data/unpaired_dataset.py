"""Two sets of photographs that do not correspond, such as two seasons."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.sample_stream import SampleStream
from keras_semsynth.data.sample_stream import image_values
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_image

_AUGMENT, _PAIR = 2, 3


class UnpairedDataset(SemanticDataset):
    """Pairs each source image (A) with a reference (B) of the other set.

    Sample `i` is `(sources[i mod |A|], references[i mod |B|])`. The reference
    stands where a label map with three soft classes would.

    Args:
        split: str, `"train"` or `"val"`.
        sources: Sequence of paths.
        references: Sequence of paths.
        random_references: bool. Whether training draws a reference anew each
            time. Defaults to `False`.
        max_dataset_size: int or `None`. Defaults to `None`.
    """

    paired = False

    def __init__(
        self,
        split: str,
        sources: Sequence[str],
        references: Sequence[str],
        random_references: bool = False,
        max_dataset_size: int | None = None,
    ):
        count = max(len(sources), len(references))
        samples = [
            (sources[i % len(sources)], references[i % len(references)])
            for i in range(count)
        ]
        super().__init__(
            "unpaired",
            split,
            Classes(("red", "green", "blue")),
            samples[:max_dataset_size],
            read_reference,
        )
        self.sources = sources
        self.references = references
        self.random_references = random_references

    def make_stream(self, *args: Any, **kwargs: Any) -> SampleStream:
        return UnpairedStream(self, *args, **kwargs)


class UnpairedStream(SampleStream):
    """A `SampleStream` of source and reference images.

    One crop and one flip are drawn for both.
    """

    def signature(self, size: Sequence[int | None]) -> dict[str, Any]:
        shape = (*size, 3)
        return {"label_map": (shape, "float32"), "source": (shape, "float32")}

    def element(self, arrays: dict[str, Any]) -> tuple[Any, Any]:
        # The reference is what the discriminator takes for real.
        return arrays, arrays["label_map"]

    def _make(self, position):
        source, reference = self.dataset.samples[self.index(position)]
        if self.training and self.dataset.random_references:
            random = np.random.default_rng([self.seed, _PAIR, position])
            references = self.dataset.references
            reference = references[int(random.integers(len(references)))]
        source, reference = self._photo(source), self._photo(reference)
        random = np.random.default_rng([self.seed, _AUGMENT, position])
        parameters = self.preprocessing.draw(source, random, self.training)
        return tuple(
            image_values(
                self.preprocessing.crop_and_flip(photo, *parameters).image
            )
            for photo in (reference, source)
        )

    def _resized(self, index):
        return self._photo(self.dataset.samples[index][0])

    def _photo(self, path):
        photo = self._cached.get(path)
        if photo is None:
            photo = self.preprocessing.resize(read_photo(path))
            if self.caching:
                self._cached[path] = photo
        return photo


def read_reference(pair: tuple[str, str]) -> Sample:
    """Reads the reference of a pair of paths."""
    return read_photo(pair[1])


def read_photo(path: str) -> Sample:
    """Reads a photograph as a `Sample` without labels."""
    image = read_image(path)
    return Sample(image, np.zeros(image.shape[:2], "uint8"), None, path)
