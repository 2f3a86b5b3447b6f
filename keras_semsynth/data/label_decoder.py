"""Reads label files of every common kind into ids of the network."""

from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.images import read_label_values


class LabelDecoder:
    """Reads a label file and maps its values to `[0, num_classes)`.

    Indexed PNGs give their indices, grey PNGs (8 and 16 bit) their values and
    RGB colour maps the position of each colour in `colors`. RGB files whose
    three channels are equal count as grey when `colors` is absent.

    Args:
        num_real_classes: int. Raw ids `[0, num_real_classes)` stand for
            themselves.
        ignore_label: int or `None`. This raw id becomes the extra last class
            `num_real_classes`. Defaults to `None`.
        colors: uint8 array `(num_colors, 3)` or `None`. Colours of RGB label
            files, in the order of raw ids. Defaults to `None`.
        id_map: Dict from raw ids to ids or `None`. Replaces the identity for
            the listed ids. Defaults to `None`.
        extra_class: bool or `None`. Whether there is an unknown class after
            the real ones. Defaults to whether `ignore_label` is given.
        hint: str. What the user can do about an id out of range. Defaults to
            a sentence about the flags of a folder dataset.
        always_colors: bool. Whether indexed and grey files, too, are read by
            their colours: tools that shrink PNGs turn RGB files into indexed
            ones. Needs `colors`. Defaults to `False`.

    Example:

    >>> decoder = LabelDecoder(num_real_classes=11, ignore_label=11)
    >>> decoder("labels/0001.png").max()
    11
    """

    def __init__(
        self,
        num_real_classes: int,
        ignore_label: int | None = None,
        colors: np.ndarray | None = None,
        id_map: dict[int, int] | None = None,
        extra_class: bool | None = None,
        hint: str | None = None,
        always_colors: bool = False,
    ):
        if num_real_classes < 1:
            raise ValueError(
                "`num_real_classes` must be a positive int. Received: "
                f"num_real_classes={num_real_classes}."
            )
        if extra_class is None:
            extra_class = ignore_label is not None
        if colors is not None:
            colors = np.asarray(colors, "uint8")
        self.num_real_classes = num_real_classes
        self.ignore_label = ignore_label
        self.colors = colors
        self.id_map = dict(id_map or {})
        self.extra_class = bool(extra_class)
        self.hint = hint
        self.always_colors = always_colors and colors is not None
        self.num_classes = num_real_classes + self.extra_class
        self.unknown_class = num_real_classes if extra_class else None
        # 65536 entries cover every 16-bit file; -1 marks an error.
        self._table = np.full(65536, -1, "int32")
        self._table[:num_real_classes] = np.arange(num_real_classes)
        for raw, mapped in self.id_map.items():
            self._table[raw] = mapped
        if ignore_label is not None:
            self._table[ignore_label] = num_real_classes
        self._dtype = "uint8" if self.num_classes <= 256 else "int32"
        if colors is not None:
            codes = _color_codes(colors)
            self._color_codes, first = np.unique(codes, return_index=True)
            self._color_ids = first

    def __call__(self, path: str) -> np.ndarray:
        """Reads a label file.

        Args:
            path: str.

        Returns:
            uint8 (int32 beyond 256 classes) array `(height, width)`.
        """
        return self.map_ids(self.read_raw(path), path)

    def get_config(self) -> dict:
        """Arguments of the constructor as plain JSON values."""
        colors = self.colors
        return {
            "num_real_classes": self.num_real_classes,
            "ignore_label": self.ignore_label,
            "colors": None if colors is None else colors.tolist(),
            "id_map": {str(raw): new for raw, new in self.id_map.items()},
            "extra_class": self.extra_class,
            "hint": self.hint,
            "always_colors": self.always_colors,
        }

    @classmethod
    def from_config(cls, config: dict) -> "LabelDecoder":
        """Makes a decoder from the result of `get_config`."""
        id_map = config.get("id_map") or {}
        id_map = {int(raw): new for raw, new in id_map.items()}
        return cls(**{**config, "id_map": id_map})

    def read_raw(self, path: str) -> np.ndarray:
        """Reads the values of a label file before they are mapped."""
        values = read_label_values(path, as_colors=self.always_colors)
        if values.ndim == 2:
            return values
        if self.colors is None:
            grey = grey_values(values)
            if grey is not None:
                return grey
            raise ValueError(
                f"{path} is an RGB colour map; give the colours of the "
                "classes with --palette=FILE (lines 'red green blue name'; "
                "semsynth check_data writes one) or "
                "--palette=detect."
            )
        ids = self.ids_of_colors(values)
        wrong = ids < 0
        if wrong.any():
            y, x = np.argwhere(wrong)[0]
            red, green, blue = values[y, x]
            raise ValueError(
                f"{path} has the colour {red} {green} {blue} at x={x}, y={y}, "
                "which is not in the palette; add it to the file given by "
                "--palette, or save the layout without smoothing or lossy "
                "compression."
            )
        return ids

    def ids_of_colors(self, values: np.ndarray) -> np.ndarray:
        """Raw ids `(...)` of colours `(..., 3)`, -1 for unknown ones."""
        codes = _color_codes(values)
        position = np.searchsorted(self._color_codes, codes)
        position = np.minimum(position, len(self._color_codes) - 1)
        known = self._color_codes[position] == codes
        return np.where(known, self._color_ids[position], -1)

    def map_ids(self, values: np.ndarray, path: str = "label map"):
        """Maps raw ids, with an error for those out of range."""
        clipped = np.clip(values, 0, len(self._table) - 1)
        ids = self._table[clipped]
        if clipped is not values and (clipped != values).any():
            ids = np.where(clipped != values, -1, ids)
        if ids.min(initial=0) < 0:
            wrong = np.unique(values[ids < 0])
            raise ValueError(self.range_message(path, wrong))
        return ids.astype(self._dtype)

    def out_of_range(self, values: np.ndarray) -> np.ndarray:
        """Selects those of some raw ids that have no class."""
        values = np.asarray(values, "int64")
        inside = (values >= 0) & (values < len(self._table))
        mapped = self._table[np.where(inside, values, 0)]
        return values[~inside | (mapped < 0)]

    def range_message(self, path: str, wrong: Sequence[int]) -> str:
        """Sentence about raw ids that have no class."""
        listed = ", ".join(str(value) for value in wrong[:5])
        if len(wrong) > 5:
            listed += f", ... ({len(wrong)} ids)"
        noun = "id" if len(wrong) == 1 else "ids"
        hint = self.hint
        if hint is None:
            hint = f"raise --num_classes to {int(wrong[-1]) + 1}"
            if self.ignore_label is None:
                hint += (
                    f", or set --ignore_label={int(wrong[-1])} if it means "
                    "'not labelled'"
                )
        allowed = f"0 to {self.num_real_classes - 1}"
        if self.ignore_label is not None:
            allowed += f" and --ignore_label={self.ignore_label}"
        return (
            f"Label {noun} {listed} found in {path}, but allowed are "
            f"{allowed}; {hint}."
        )


def grey_values(rgb: np.ndarray) -> np.ndarray | None:
    """Returns one channel if all three are equal, else `None`."""
    first = rgb[..., 0]
    if (first == rgb[..., 1]).all() and (first == rgb[..., 2]).all():
        return first
    return None


def _color_codes(colors):
    red, green, blue = np.moveaxis(colors.astype("int32"), -1, 0)
    return (red << 16) | (green << 8) | blue
