"""What a dataset is, in one value."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.semantic_dataset import SemanticDataset

# Every id that a uint8 or a -1 can hold must have a row.
_ROWS = 256
RESIZE_AND_CROP = {
    "mode": "resize_and_crop",
    "load_size": 286,
    "crop_size": 256,
}


def no_doubts(counts: Mapping[int, int], total: int) -> list[str]:
    """Doubts nothing; see `Dataset`."""
    return []


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """All that the package knows of a dataset.

    Args:
        name: str.
        find: Function that lists a split: its `split` and what else it needs
            are its arguments. It returns a `SemanticDataset`, or `None` for a
            split that the dataset does not have.
        source: str. Where the data can be had, in one sentence.
        classes: `Classes`, or `None` if the files decide them. Defaults to
            `None`.
        use_edge_map: bool. Whether samples have instance edges, unless told
            otherwise. Defaults to `False`.
        preprocessing: Mapping of arguments of `Preprocessing`: how the papers
            train; evaluation loads at the crop size. Defaults to a random
            crop of 256x256 from 286x286.
        image_size: `(height, width)` at which papers generate and score, or
            `None` if there is no paper. Defaults to `None`.
        metrics: tuple of str. What the papers print. Defaults to FID.
        scorer: str or `None`. The public network that segments its images.
            Defaults to `None`.
        scorer_ids: `int32` array: class of `scorer` for every id. Defaults to
            `None`.
        score_convention: str. Which classes a mean IoU is over; see
            `metrics.segmentation_scores`. Defaults to `"cityscapes"`.
        doubts: Function `(counts, total)` from the number of label maps with
            each value, and of all, to sentences about numbering that is
            possible but not likely. Defaults to none.
        paired: bool. Whether a sample is a photograph and its layout; `False`
            for two sets of photographs that do not correspond. Defaults to
            `True`.
        variants: Mapping from a boolean argument of `find` to the `Dataset`
            that it makes. Defaults to none.
        of_files: Function from a mapping of arguments of `find` to the
            `Dataset` that the files say, or `None` if they say nothing.
            Defaults to `None`.
    """

    name: str
    find: Callable[..., SemanticDataset | None]
    source: str
    classes: Classes | None = None
    use_edge_map: bool = False
    preprocessing: Mapping[str, Any] = dataclasses.field(
        default_factory=lambda: dict(RESIZE_AND_CROP)
    )
    image_size: tuple[int, int] | None = None
    metrics: tuple[str, ...] = ("fid",)
    scorer: str | None = None
    scorer_ids: np.ndarray | None = None
    score_convention: str = "cityscapes"
    doubts: Callable[[Mapping[int, int], int], list[str]] = no_doubts
    paired: bool = True
    variants: Mapping[str, "Dataset"] = dataclasses.field(default_factory=dict)
    of_files: Callable[[Mapping[str, Any]], "Dataset"] | None = None

    def variant(self, arguments: Mapping[str, Any]) -> "Dataset":
        """Returns the dataset that arguments of `find` make of this one.

        Args:
            arguments: Mapping, argument -> value.

        Returns:
            `Dataset`.

        Raises:
            ValueError: If files that say it cannot be read.
        """
        if self.of_files is not None:
            return self.of_files(arguments)
        for name, dataset in self.variants.items():
            if arguments.get(name):
                return dataset
        return self

    @property
    def scorer_class_names(self) -> tuple[str, ...]:
        """Names of the classes that `scorer` knows, in its order."""
        ignored = self.scorer_ids[-1]
        names = {
            int(self.scorer_ids[i]): name
            for i, name in enumerate(self.classes.names)
            if self.scorer_ids[i] != ignored
        }
        return tuple(names[i] for i in sorted(names))


def make_scorer_ids(ids: Sequence[int], ignored: int) -> np.ndarray:
    """Makes the table from ids of a dataset to classes of its scorer.

    Args:
        ids: Sequence of int. The id of each class of the scorer, in order.
        ignored: int. What stands for all other ids.

    Returns:
        `int32` array of 256 rows.
    """
    table = np.full(_ROWS, ignored, "int32")
    table[np.asarray(ids)] = np.arange(len(ids))
    return table
