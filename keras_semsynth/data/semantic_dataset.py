"""Description of a set of photographs with layouts."""

import copy
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.sample_stream import SampleStream


class SemanticDataset:
    """Describes one split of a dataset and reads its samples.

    Args:
        name: str, for example `"ade20k"`.
        split: str, `"train"` or `"val"`.
        num_classes: int. Size of the id range `[0, num_classes)`, the unknown
            class included.
        samples: Sequence. What `reader` takes, one entry a sample.
        reader: Callable from an entry of `samples` to a `Sample`.
        class_names: Sequence of `num_classes` str. Defaults to numbers.
        palette: uint8 array `(num_classes, 3)` of display colours. Defaults
            to a generated one.
        use_edge_map: bool. Whether samples carry instance maps. Defaults to
            `False`.
        unknown_class: int or `None`. The id that stands for "not labelled".
            Defaults to `None`.

    Example:

    >>> dataset = keras_semsynth.data.describe("landscapes", count=100)
    >>> dataset.read(0).label_map.shape
    (64, 64)
    """

    def __init__(
        self,
        name: str,
        split: str,
        num_classes: int,
        samples: Sequence,
        reader: Callable[[object], Sample],
        class_names: Sequence[str] | None = None,
        palette: np.ndarray | None = None,
        use_edge_map: bool = False,
        unknown_class: int | None = None,
    ):
        if class_names is None:
            class_names = [f"class {i}" for i in range(num_classes)]
            if unknown_class is not None:
                class_names[unknown_class] = "unknown"
        if palette is None:
            palette = palette_for(num_classes, unknown_class)
        if len(class_names) != num_classes or len(palette) != num_classes:
            raise ValueError(
                f"Dataset {name!r} has {num_classes} classes; `class_names` "
                "and `palette` must have as many entries. Received: "
                f"{len(class_names)} names and {len(palette)} colours."
            )
        self.name = name
        self.split = split
        self.num_classes = num_classes
        self.samples = samples
        self.reader = reader
        self.class_names = tuple(class_names)
        self.palette = np.asarray(palette, "uint8")
        self.use_edge_map = use_edge_map
        self.unknown_class = unknown_class

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        return (
            f"<SemanticDataset {self.name} {self.split}: {len(self)} samples, "
            f"{self.num_classes} classes>"
        )

    @property
    def label_decoder(self) -> LabelDecoder:
        """Reads label files the way this dataset does.

        A dataset without files takes ids as they are, and its palette.
        """
        decoder = getattr(self.reader, "decoder", None)
        if decoder is None:
            decoder = LabelDecoder(self.num_classes, colors=self.palette)
        return decoder

    def make_stream(self, *args, **kwargs) -> SampleStream:
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
