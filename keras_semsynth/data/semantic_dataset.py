"""Description of a set of photographs with layouts."""

import copy
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.sample_stream import SampleStream


class SemanticDataset:
    """Describes one split of a dataset and reads its samples.

    Args:
        name: str, for example `"ade20k"`.
        split: str, `"train"` or `"val"`.
        classes: `Classes`. Ids of its samples lie in
            `[0, len(classes))`.
        samples: Sequence. What `reader` takes, one entry a sample.
        reader: Callable from an entry of `samples` to a `Sample`.
        use_edge_map: bool. Whether samples carry instance maps. Defaults to
            `False`.

    Example:

    >>> dataset = keras_semsynth.data.describe("landscapes", count=100)
    >>> dataset.read(0).label_map.shape
    (64, 64)
    """

    # Whether a sample is a photograph and its own layout.
    paired = True

    def __init__(
        self,
        name: str,
        split: str,
        classes: Classes,
        samples: Sequence,
        reader: Callable[[Any], Sample],
        use_edge_map: bool = False,
    ):
        self.name = name
        self.split = split
        self.classes = classes
        self.samples = samples
        self.reader = reader
        self.use_edge_map = use_edge_map

    @property
    def num_classes(self) -> int:
        """Number of classes, the unknown one included."""
        return len(self.classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in the order of their ids."""
        return self.classes.names

    @property
    def unknown_class(self) -> int | None:
        """The id that stands for "not labelled"."""
        return self.classes.unknown_id

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        return (
            f"<SemanticDataset {self.name} {self.split}: {len(self)} samples, "
            f"{self.num_classes} classes>"
        )

    def make_stream(self, *args: Any, **kwargs: Any) -> SampleStream:
        """Makes the stream of samples that a pipeline reads.

        Args:
            *args: Arguments of `SampleStream` after the dataset.
            **kwargs: Likewise.
        """
        return SampleStream(self, *args, **kwargs)

    def spread(self, count: int) -> "SemanticDataset":
        """Returns the same dataset with `count` samples, evenly spaced.

        Neighbouring files are often frames of one film.
        """
        chosen = copy.copy(self)
        step = len(self) / count
        chosen.samples = [self.samples[int(i * step)] for i in range(count)]
        return chosen

    def read(self, index: int) -> Sample:
        """Decodes one sample.

        Args:
            index: int in `[0, len(dataset))`.

        Returns:
            `Sample` at its original size.
        """
        return self.reader(self.samples[index])

    def read_resized(self, index: int, preprocessing: Preprocessing) -> Sample:
        """Decodes one sample and does what does not depend on chance.

        Args:
            index: int in `[0, len(dataset))`.
            preprocessing: `Preprocessing`.

        Returns:
            `Sample` at the size that it is cropped from.
        """
        return preprocessing.resize(self.read(index))

    def require(self, preprocessing: Preprocessing) -> None:
        """Checks that the samples can be had as a preprocessing asks.

        Args:
            preprocessing: `Preprocessing`.

        Raises:
            ValueError: If they are stored at other sizes.
        """
