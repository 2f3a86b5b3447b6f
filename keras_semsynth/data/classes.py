"""What the ids of a layout stand for."""

import dataclasses
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.label_rule import UnknownLabelError
from keras_semsynth.data.palettes import find_colors
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.files.dataset_file import check_classes


@dataclasses.dataclass(frozen=True, eq=False)
class Classes:
    """The classes of a dataset, and all that is needed to read its layouts.

    They travel with a run, its exported model and the page that paints for
    it, so that a layout means the same everywhere.

    Args:
        names: Sequence of str, or an int: that many numbered classes.
        palette: uint8 array `(num_classes, 3)` of colours for display.
            Defaults to generated ones.
        unknown_id: int or `None`. The id that stands for "not labelled".
            Defaults to `None`.
        label_rule: `LabelRule`: what the values of label files mean. Defaults
            to ids as they are, and colours as in `palette`.

    Raises:
        ValueError: If there are not as many names as colours and ids.

    Example:

    >>> classes = keras_semsynth.data.Classes(("sky", "grass"))
    >>> classes.ids("layout.png").max()
    1
    """

    names: tuple[str, ...]
    # `__post_init__` fills in what is not given.
    palette: np.ndarray = None  # type: ignore[assignment]
    unknown_id: int | None = None
    label_rule: LabelRule = None  # type: ignore[assignment]

    def __post_init__(self):
        names, palette, rule = self.names, self.palette, self.label_rule
        if isinstance(names, int):
            names = [f"class {i}" for i in range(names)]
            if self.unknown_id is not None:
                names[self.unknown_id] = "unknown"
        if palette is None:
            palette = generate_palette(len(names), self.unknown_id)
        # A copy that nobody changes: the value is shared.
        palette = np.array(palette, "uint8")
        palette.flags.writeable = False
        if rule is None:
            rule = LabelRule(len(names), colors=palette)
        if not len(names) == len(palette) == rule.num_classes:
            raise ValueError(
                "`names`, `palette` and `label_rule` must be of as many "
                f"classes. Received: {len(names)} names, {len(palette)} "
                f"colours and a rule for {rule.num_classes} classes."
            )
        object.__setattr__(self, "names", tuple(names))
        object.__setattr__(self, "palette", palette)
        object.__setattr__(self, "label_rule", rule)

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other) -> bool:
        if not isinstance(other, Classes):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.names, self.unknown_id))

    def ids(
        self, image: str | os.PathLike | np.ndarray, source: str | None = None
    ) -> np.ndarray:
        """Reads a layout as the rule of label files says.

        Args:
            image: Path of an indexed, grey or RGB file, or an array of its
                values, `(height, width)` or `(height, width, 3)`.
            source: str. Name for messages. Defaults to the path.

        Returns:
            uint8 (int32 beyond 256 classes) array `(height, width)` of ids.

        Raises:
            UnknownLabelError: If an id or colour stands for no class.
            ValueError: If the file cannot be read.
        """
        if isinstance(image, (str, os.PathLike)):
            source = source or str(image)
            image = self.label_rule.read_values(str(image))
        source = source or "the layout"
        values = np.asarray(image)
        if values.ndim == 3 and self.label_rule.colors is None:
            grey = grey_values(values)
            values = values if grey is None else grey
        if values.ndim == 3:
            return self.ids_of_colors(values, source)
        return self.label_rule.map_ids(values, source)

    def colors(self, label_map: np.ndarray) -> np.ndarray:
        """Paints a layout.

        Args:
            label_map: Integer array `(..., height, width)` of ids.

        Returns:
            uint8 array `(..., height, width, 3)`, RGB. Ids outside the
            classes are black.
        """
        label_map = np.asarray(label_map)
        inside = (label_map >= 0) & (label_map < len(self))
        colors = self.palette[np.where(inside, label_map, 0)]
        return np.where(inside[..., None], colors, np.uint8(0))

    def check(self, label_map: np.ndarray, source: str = "The layout") -> None:
        """Checks that ids stand for classes.

        Args:
            label_map: Integer array of ids, not of values of label files.
            source: str. What holds them, for the message. Defaults to
                `"The layout"`.

        Raises:
            UnknownLabelError: If one does not.
        """
        label_map = np.asarray(label_map)
        outside = (label_map < 0) | (label_map >= len(self))
        if outside.any():
            wrong = np.unique(label_map[outside])
            raise UnknownLabelError(
                f"{source} holds the ids {wrong[:5].tolist()}, but there are "
                f"the classes 0 to {len(self) - 1} ({self.names[0]} to "
                f"{self.names[-1]})."
            )

    def id_of(self, name: int | str) -> int:
        """Returns the id of a class given by name or number.

        Raises:
            ValueError: If there is no such class.
        """
        if name in self.names:
            return self.names.index(name)
        try:
            number = int(name)
        except ValueError:
            number = -1
        if not 0 <= number < len(self):
            raise ValueError(
                f"There is no class {name!r}: give one of "
                f"{', '.join(self.names)}, or an id from 0 to {len(self) - 1}."
            )
        return number

    def file_values(self) -> list[int | None]:
        """Returns for every class its value in label files, or `None`."""
        values = np.flatnonzero(self.label_rule.table >= 0)
        ids = self.label_rule.table[values]
        result: list[int | None] = [None] * len(self)
        for value, number in zip(values[::-1], ids[::-1], strict=True):
            result[int(number)] = int(value)
        return result

    def to_json(self) -> dict[str, Any]:
        """Returns the classes as JSON values.

        The same keys stand in the `dataset.json` of a run, in that of its
        exported model and in what the page is told.
        """
        return {
            "num_classes": len(self),
            "class_names": list(self.names),
            "palette": self.palette.tolist(),
            "unknown_class": self.unknown_id,
            "label_rule": self.label_rule.to_json(),
        }

    @classmethod
    def from_json(
        cls, content: Mapping[str, Any], num_classes: int | None = None
    ) -> "Classes":
        """Makes classes from the result of `to_json`.

        Args:
            content: Mapping; what else it holds is not read.
            num_classes: int or `None`. How many there must be. Defaults to
                what `content` says.

        Returns:
            `Classes`.

        Raises:
            ValueError: If it names no classes, or does not fit together.
        """
        try:
            check_classes(content)
        except ValueError as error:
            raise ValueError(
                f"The dataset.json cannot be used ({error}): restore the file."
            ) from error
        names: Sequence[str] | None = content.get("class_names")
        said = content.get("num_classes") or len(names or ())
        number = num_classes or said
        if not number:
            raise ValueError(
                "The dataset.json names no classes: give the run directory "
                "that train.py has written, or the exported folder."
            )
        if said and said != number:
            raise ValueError(
                f"The dataset.json is of {said} classes, but the generator "
                f"has {number}: restore the file of its run."
            )
        palette, rule = content.get("palette"), content.get("label_rule")
        return cls(
            names or number,
            palette,
            content.get("unknown_class"),
            LabelRule.from_json(rule) if rule else None,
        )

    def ids_of_colors(
        self, values: np.ndarray, source: str = "the layout"
    ) -> np.ndarray:
        """Reads a painted layout.

        Args:
            values: uint8 array `(height, width, 3)`, in the colours of label
                files or of `palette`.
            source: str. Name for messages. Defaults to `"the layout"`.

        Returns:
            As `ids`.

        Raises:
            UnknownLabelError: If a colour stands for no class.
        """
        rule = self.label_rule
        if rule.colors is not None:
            raw = rule.values_of_colors(values)
            if raw.min(initial=0) >= 0:
                return rule.map_ids(raw, source)
        # What this package has painted can be read back.
        ids = find_colors(values, self.palette)
        if ids.min(initial=0) >= 0:
            return ids.astype("uint8" if len(self) <= 256 else "int32")
        noun, advice = "is an RGB colour map with", rule.advice.colors
        if rule.colors is not None:
            ids, noun, advice = raw, "has", rule.advice.color
        y, x = np.argwhere(ids < 0)[0]
        red, green, blue = values[y, x]
        raise UnknownLabelError(
            f"{source} {noun} the colour {red} {green} {blue} at x={x}, "
            f"y={y}, which is that of no class; {advice}."
        )
