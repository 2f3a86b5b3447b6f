"""Samples of a dataset that were resized once and stored as records."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.pack_description import PackFile
from keras_semsynth.data.packed_samples import decode_sample
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.record_file import RecordReader


@dataclasses.dataclass(frozen=True)
class PackedRecord:
    """Where a sample is: the first file of its split, and its place there."""

    path: str
    number: int


class PackedDataset(SemanticDataset):
    """Reads samples that were resized when they were packed.

    Args:
        name: str. Name of the dataset that was packed.
        classes: `Classes`.
        folder: Path of the pack.
        files: Sequence of `PackFile`, those of one split.
        use_edge_map: bool. Whether samples carry instance maps.
        max_dataset_size: int or `None`. Keeps the first samples only.
            Defaults to `None`.
    """

    def __init__(
        self,
        name: str,
        classes: Classes,
        folder: str | os.PathLike,
        files: Sequence[PackFile],
        use_edge_map: bool,
        max_dataset_size: int | None = None,
    ):
        self.folder = folder
        self._readers = {
            file.resized: RecordReader(
                pathlib.Path(folder) / file.name, file.samples
            )
            for file in files
        }
        first = files[0]
        path = str(pathlib.Path(folder) / first.name)
        numbers = range(first.samples)[:max_dataset_size]
        super().__init__(
            name,
            first.split,
            classes,
            [PackedRecord(path, number) for number in numbers],
            self.read_record,
            use_edge_map,
        )

    def read_record(
        self, record: PackedRecord, preprocessing: Preprocessing | None = None
    ) -> Sample:
        """Decodes a sample.

        Args:
            record: `PackedRecord`, one of `samples`.
            preprocessing: `Preprocessing` whose resizing the sample must have
                gone through. Defaults to that of the first file.

        Returns:
            `Sample`, resized.

        Raises:
            ValueError: If it is damaged, or not stored at that size.
        """
        resized = next(iter(self._readers))
        if preprocessing is not None and preprocessing.resizing in self.resized:
            resized = preprocessing.resizing
        reader = self._readers[resized]
        source = f"Record {record.number} of {reader.path}"
        data = reader.read(record.number)
        sample = decode_sample(data, source, self.use_edge_map)
        if preprocessing is not None and preprocessing.resizing != resized:
            # Any resizing to the very size that a sample has is the same.
            exact = preprocessing.mode == "fixed"
            if not exact or sample.label_map.shape != preprocessing.image_size:
                self.require(preprocessing)
        return sample

    @property
    def resized(self) -> tuple[str, ...]:
        """What `Preprocessing.resizing` says of the files, of each once."""
        return tuple(self._readers)

    def read_resized(self, index: int, preprocessing: Preprocessing) -> Sample:
        return self.read_record(self.samples[index], preprocessing)

    def require(self, preprocessing: Preprocessing) -> None:
        if preprocessing.resizing not in self.resized:
            raise ValueError(
                f"The pack `data_dir={self.folder}` holds the {self.split} "
                f"split resized {' and '.join(self.resized)}, but "
                f"{preprocessing.resizing} is asked for: leave "
                "`preprocess_mode`, `image_size`, `load_size` and "
                "`legacy_shortside` out, or pack the data with them anew."
            )
