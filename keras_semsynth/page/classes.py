"""What the page knows of a dataset: names, colours, numbers in files."""

import dataclasses
import json
import pathlib

import numpy as np

from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.files.images import read_label_values


class WrongIds(ValueError):
    """A layout holds ids or colours that stand for no class."""


@dataclasses.dataclass
class Classes:
    """The classes of a run.

    A layout on the wire holds ids of the network. A layout file follows the
    rule of the run's label files, as everywhere in this package, so that what
    the page saves is also understood by the other commands.

    Args:
        names: Tuple of str.
        palette: `uint8` array `(num_classes, 3)`.
        decoder: `LabelDecoder`, the rule of label files.
        dataset_name: str or `None`. Defaults to `None`.
        unknown_class: int or `None`. Defaults to `None`.
    """

    names: tuple
    palette: np.ndarray
    decoder: LabelDecoder
    dataset_name: str | None = None
    unknown_class: int | None = None

    @classmethod
    def from_dataset(cls, dataset, num_classes=None):
        """Makes the classes of the content of a `dataset.json`.

        Args:
            dataset: dict.
            num_classes: int, if the generator is at hand. Defaults to what
                the dataset says.
        """
        names = dataset.get("class_names")
        number = num_classes or dataset.get("num_classes") or len(names or ())
        if not number:
            raise ValueError(
                "The dataset.json names no classes: give the run directory "
                "that train.py has written, or the exported folder."
            )
        names = names or [f"class {i}" for i in range(number)]
        palette = dataset.get("palette")
        if palette is None:
            palette = palette_for(number)
        if len(names) != number or len(palette) != number:
            raise ValueError(
                f"The dataset.json has {len(names)} names and {len(palette)} "
                f"colours for {number} classes: restore the file."
            )
        rule = dataset.get("label_rule")
        decoder = LabelDecoder.from_config(rule) if rule else None
        decoder = decoder or LabelDecoder(number)
        return cls(
            tuple(names),
            np.asarray(palette, "uint8"),
            decoder,
            dataset.get("name") or dataset.get("dataset"),
            dataset.get("unknown_class", decoder.unknown_class),
        )

    @classmethod
    def of_synthesizer(cls, synthesizer, path=None):
        """Makes the classes of a loaded run, with the name of its dataset."""
        dataset = read_dataset(path) if path else {}
        return cls(
            synthesizer.class_names,
            synthesizer.palette,
            synthesizer.label_decoder,
            dataset.get("name"),
            dataset.get(
                "unknown_class", synthesizer.label_decoder.unknown_class
            ),
        )

    def file_values(self):
        """Returns for every class its number in label files, or `None`."""
        values = np.arange(65536)
        wrong = self.decoder.out_of_range(values)
        values = np.setdiff1d(values, wrong)
        ids = self.decoder.map_ids(values)
        result = [None] * len(self.names)
        for value, number in zip(values[::-1], ids[::-1], strict=True):
            result[int(number)] = int(value)
        return result

    def description(self):
        """Returns names, colours and numbers of files as JSON values."""
        background = self.unknown_class
        return {
            "classes": [
                {"name": name, "color": color, "file_value": value}
                for name, color, value in zip(
                    self.names,
                    self.palette.tolist(),
                    self.file_values(),
                    strict=True,
                )
            ],
            "background": 0 if background is None else background,
        }

    def read_ids(self, data, max_pixels):
        """Decodes a layout of the wire.

        Args:
            data: bytes of a PNG of ids, or of the colours of the palette.
            max_pixels: int.

        Returns:
            `int32` array `(height, width)`.

        Raises:
            WrongIds: If an id or colour stands for no class.
            ImageError: If the PNG cannot be used.
        """
        values = read_label_values(data, "the layout", ("PNG",), max_pixels)
        if values.ndim == 3:
            return self._ids_of_colors(values)
        wrong = np.unique(values[values >= len(self.names)])
        if wrong.size:
            raise WrongIds(
                f"The layout holds the ids {wrong[:5].tolist()}, but there "
                f"are the classes 0 to {len(self.names) - 1} "
                f"({self.names[0]} to {self.names[-1]})."
            )
        return values.astype("int32")

    def read_file(self, data, max_pixels):
        """Decodes a layout file, which follows the rule of label files."""
        values = read_label_values(data, "the layout", ("PNG",), max_pixels)
        if values.ndim == 3:
            return self._ids_of_colors(values)
        try:
            return self.decoder.map_ids(values, "the file").astype("int32")
        except ValueError as error:
            raise WrongIds(str(error)) from error

    def _ids_of_colors(self, values):
        codes = [_codes(colors) for colors in (self.palette, values)]
        order = np.argsort(codes[0], kind="stable")
        place = np.searchsorted(codes[0][order], codes[1])
        place = np.minimum(place, len(order) - 1)
        ids = order[place]
        wrong = codes[0][ids] != codes[1]
        if not wrong.any():
            return ids.astype("int32")
        if self.decoder.colors is not None:
            raw = self.decoder.ids_of_colors(values)
            if raw.min() >= 0:
                try:
                    return self.decoder.map_ids(raw, "the file").astype("int32")
                except ValueError as error:
                    raise WrongIds(str(error)) from error
        y, x = np.argwhere(wrong)[0]
        red, green, blue = values[y, x]
        raise WrongIds(
            f"The colour {red} {green} {blue} at x={x}, y={y} is that of no "
            "class: save the layout as indexed PNG, without smoothing."
        )


def read_dataset(path):
    """Reads the `dataset.json` of a run or of an exported model.

    Args:
        path: Path of a run directory, of a file in it, of an exported version
            folder, or of a `dataset.json`.

    Returns:
        dict, empty if there is none.
    """
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    versions = [p for p in folder.glob("[0-9]*") if p.name.isdecimal()]
    newest = sorted(versions, key=lambda p: int(p.name))[-1:]
    for file in (
        folder / "dataset.json",
        folder / "assets" / "dataset.json",
        *(version / "assets" / "dataset.json" for version in newest),
    ):
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    return {}


def _codes(colors):
    red, green, blue = np.moveaxis(colors.astype("int32"), -1, 0)
    return (red << 16) | (green << 8) | blue
