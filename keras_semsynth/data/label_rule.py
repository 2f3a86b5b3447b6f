"""What the values of a label file mean."""

import dataclasses
import functools
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.palettes import color_codes
from keras_semsynth.data.palettes import colors_of_codes
from keras_semsynth.data.palettes import find_colors
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.data.palettes import nearest_colors
from keras_semsynth.files.dataset_file import LABEL_RULE
from keras_semsynth.files.images import read_label_values

# Every 16-bit file is covered.
VALUES = 65536


class UnknownLabelError(ValueError):
    """A layout holds an id or a colour that stands for no class."""


@dataclasses.dataclass(frozen=True)
class Advice:
    """What to do about values that stand for no class, where they are read.

    Args:
        ids: str, about an id without a class. Defaults to correcting the
            file.
        color: str, about a colour without a class. Defaults to saving the
            layout exactly.
        colors: str, about a file of colours where the classes have none.
            Defaults to saving the ids.
    """

    ids: str = "correct the layout, or choose data with such a class"
    color: str = "save the layout without smoothing or lossy compression"
    colors: str = "save the ids of the classes as grey or indexed PNG"


@dataclasses.dataclass(frozen=True, eq=False)
class LabelRule:
    """Maps the values of label files to ids of classes.

    Indexed PNGs give their indices, grey PNGs (8 and 16 bit) their values and
    RGB colour maps the position of each colour in `colors`. RGB files whose
    three channels are equal count as grey when `colors` is absent.

    Args:
        num_real_classes: int. The classes are the values 0, 1, 2, ... with
            `ignore_label` left out, the first `num_real_classes` of them.
        ignore_label: int or `None`. This value becomes the extra last class
            `num_real_classes`. Defaults to `None`.
        colors: uint8 array `(num_colors, 3)` or `None`. Colours of RGB label
            files, in the order of values. Defaults to `None`.
        id_map: Mapping from values to ids, where the classes are other
            values; those that it leaves out have no class. Defaults to none.
        extra_class: bool or `None`. Whether there is a class after the real
            ones. Defaults to whether `ignore_label` is given.
        always_colors: bool. Whether indexed and grey files, too, are read by
            their colours: tools that shrink PNGs turn RGB files into indexed
            ones. Needs `colors`. Defaults to `False`.
        palette_tolerance: int. A colour that is none of `colors` counts as
            the nearest of them, if it is at most this far from it (Euclidean
            distance in RGB). Defaults to `0`.
        advice: `Advice`. It depends on where files are read, so it is not
            part of `to_json`. Defaults to what helps anywhere.
    """

    num_real_classes: int
    ignore_label: int | None = None
    colors: np.ndarray | None = None
    id_map: Mapping[int, int] = dataclasses.field(default_factory=dict)
    extra_class: bool | None = None
    always_colors: bool = False
    palette_tolerance: int = 0
    advice: Advice = Advice()

    def __post_init__(self):
        if self.num_real_classes < 1:
            raise ValueError(
                "`num_real_classes` must be a positive int. Received: "
                f"num_real_classes={self.num_real_classes}."
            )
        extra_class = self.extra_class
        if extra_class is None:
            extra_class = self.ignore_label is not None
        colors = self.colors
        if colors is not None:
            colors = np.asarray(colors, "uint8")
        for name, value in (
            ("colors", colors),
            ("id_map", dict(self.id_map)),
            ("extra_class", bool(extra_class)),
            ("always_colors", self.always_colors and colors is not None),
            # So that numbers of JSON and of NumPy make the same rule.
            ("palette_tolerance", int(self.palette_tolerance)),
        ):
            object.__setattr__(self, name, value)

    @property
    def num_classes(self) -> int:
        """Ids lie in `[0, num_classes)`."""
        return self.num_real_classes + self.extra_class

    @functools.cached_property
    def table(self) -> np.ndarray:
        """Id of every value of a 16-bit file, -1 for those without a class."""
        table = np.full(VALUES, -1, "int32")
        id_map = self.id_map
        if not id_map:
            values = range(self.num_real_classes + 1)
            real = [value for value in values if value != self.ignore_label]
            real = real[: self.num_real_classes]
            id_map = {value: index for index, value in enumerate(real)}
        for value, mapped in id_map.items():
            table[value] = mapped
        if self.ignore_label is not None:
            table[self.ignore_label] = self.num_real_classes
        return table

    def read_values(self, path: str) -> np.ndarray:
        """Reads the values of a label file before they are mapped.

        Args:
            path: str.

        Returns:
            Integer array `(height, width)`, or uint8 `(height, width, 3)` for
            a file that is read by its colours.
        """
        values = read_label_values(
            path,
            as_colors=self.always_colors,
            lossy=self.palette_tolerance > 0,
        )
        if values.ndim == 3 and self.colors is None:
            grey = grey_values(values)
            return values if grey is None else grey
        return values

    def map_ids(
        self, values: np.ndarray, source: str = "label map"
    ) -> np.ndarray:
        """Maps values to ids.

        Args:
            values: Integer array.
            source: str. What holds them, for messages. Defaults to
                `"label map"`.

        Returns:
            uint8 (int32 beyond 256 classes) array of the same shape.

        Raises:
            UnknownLabelError: If a value has no class.
        """
        clipped = np.clip(values, 0, VALUES - 1)
        ids = np.where(clipped == values, self.table[clipped], -1)
        if ids.min(initial=0) < 0:
            wrong = np.unique(np.asarray(values)[ids < 0])
            raise UnknownLabelError(self.range_message(source, wrong))
        return ids.astype("uint8" if self.num_classes <= 256 else "int32")

    def out_of_range(self, values: np.ndarray) -> np.ndarray:
        """Selects those of some values that have no class."""
        values = np.asarray(values, "int64")
        inside = (values >= 0) & (values < VALUES)
        mapped = self.table[np.where(inside, values, 0)]
        return values[~inside | (mapped < 0)]

    def values_of_colors(self, colors: np.ndarray) -> np.ndarray:
        """Values `(...)` of colours `(..., 3)`, -1 for unknown ones."""
        colors = np.asarray(colors)
        values = find_colors(colors, self.colors)
        unknown = values < 0
        if self.palette_tolerance and unknown.any():
            codes, place = np.unique(
                color_codes(colors[unknown]), return_inverse=True
            )
            near, distance = nearest_colors(colors_of_codes(codes), self.colors)
            near = np.where(distance <= self.palette_tolerance, near, -1)
            values[unknown] = near[place]
        return values

    def range_message(
        self, source: str, wrong: Sequence[int], advice: str | None = None
    ) -> str:
        """Sentence about values that have no class, in ascending order."""
        listed = ", ".join(str(value) for value in wrong[:5])
        if len(wrong) > 5:
            listed += f", ... ({len(wrong)} ids)"
        noun = "id" if len(wrong) == 1 else "ids"
        advice = advice or self.advice.ids
        return (
            f"Label {noun} {listed} found in {source}, but allowed are "
            f"{self.allowed}; {advice}."
        )

    @property
    def allowed(self) -> str:
        """Values that have a class, in words."""
        known = np.flatnonzero(self.table >= 0)
        runs = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
        words = [
            f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0])
            for run in runs
        ]
        return " and ".join(words)

    def to_json(self) -> dict[str, Any]:
        """Returns the rule as JSON values."""
        colors = self.colors
        return {
            "num_real_classes": self.num_real_classes,
            "ignore_label": self.ignore_label,
            "colors": None if colors is None else colors.tolist(),
            "id_map": {str(value): i for value, i in self.id_map.items()},
            "extra_class": self.extra_class,
            "always_colors": self.always_colors,
            "palette_tolerance": self.palette_tolerance,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "LabelRule":
        """Makes a rule from the result of `to_json`.

        Raises:
            ValueError: If it is not one.
        """
        try:
            LABEL_RULE.check(content, "`label_rule`")
            id_map = {int(value): i for value, i in content["id_map"].items()}
        except ValueError as error:
            raise ValueError(
                "The label rule of the dataset.json is none of this version "
                f"({error}): restore the file, or train the run anew."
            ) from error
        return cls(**{**content, "id_map": id_map})
