"""What the files of a dataset hold, and what is wrong with them."""

import collections
import dataclasses
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.file_dataset import check_sizes
from keras_semsynth.data.file_dataset import read_instances
from keras_semsynth.data.palettes import find_colors
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.files.images import open_image
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values


@dataclasses.dataclass
class _Facts:
    """What was found in the files of one sample."""

    label: str
    problems: list
    size: tuple[int, int] | None = None
    kind: str = ""
    by_color: bool = False
    values: np.ndarray | None = None
    counts: np.ndarray | None = None
    embedded: bytes | None = None


class DataReport:
    """Collects facts and problems of a dataset.

    As a str it is the report.

    Args:
        show: int. Number of problems of each kind to list. Defaults to `5`.

    Attributes:
        classes: `Classes` by which ids are named, or `None`.
        recommended: dict of arguments to train with; empty where there is
            nothing to recommend.
    """

    def __init__(self, show: int = 5):
        self.show = show
        self.classes: Classes | None = None
        self.recommended: dict[str, Any] = {}
        self.problems = {}
        self.warnings = []
        self.samples = {}
        self.sizes = collections.Counter()
        self.kinds = collections.Counter()
        # Keys are raw ids, or (red, green, blue) of colour maps.
        self.pixels = collections.Counter()
        self.files = collections.Counter()
        self.first_file = {}
        self.generated = []
        self._embedded = set()

    @property
    def failed(self) -> bool:
        """Whether training would fail."""
        return bool(self.problems)

    @property
    def colors(self) -> list[tuple[int, int, int]]:
        """Colours of RGB label maps, in the order of red, green, blue."""
        return sorted(key for key in self.pixels if isinstance(key, tuple))

    @property
    def ids(self) -> list[int]:
        """Raw ids of grey and indexed label maps in ascending order."""
        return sorted(key for key in self.pixels if isinstance(key, int))

    def fail(self, heading: str, problem: str) -> None:
        """Notes something that would stop training."""
        self.problems.setdefault(heading, []).append(problem)

    def scan(
        self,
        splits: dict[str, list[SampleFiles]],
        progress: Callable[[int, int], None] | None = None,
        by_color: bool = False,
        read_values: Callable[[str], np.ndarray] = read_label_values,
    ) -> None:
        """Reads all files.

        Args:
            splits: Dict from split to its samples.
            progress: Callable `(done, total)` or `None`. Defaults to `None`.
            by_color: bool. Whether indexed and grey label maps, too, count
                with their colours. Defaults to `False`.
            read_values: Function from the path of a label file to its values.
                Defaults to `read_label_values`.
        """
        self.samples = splits
        files = [sample for samples in splits.values() for sample in samples]
        inspect = functools.partial(_inspect, by_color, read_values)
        with ThreadPoolExecutor() as pool:
            for done, facts in enumerate(pool.map(inspect, files), 1):
                self._add(facts)
                if progress is not None:
                    progress(done, len(files))
        if len(self._embedded) > 1 and not by_color:
            self.warnings.append(
                f"The indexed label maps carry {len(self._embedded)} different "
                "palettes; their indices are used as ids, so make sure that "
                "they mean the same in every file."
            )

    def check_ids(self) -> None:
        """Notes ids and colours that stand for no class."""
        rule, palette = self.classes.label_rule, self.classes.palette
        wrong = [int(i) for i in rule.out_of_range(np.array(self.ids, int))]
        if wrong:
            count = max(self.files[raw] for raw in wrong)
            where = self.first_file[wrong[0]]
            if count > 1:
                where += f" and in up to {count - 1} other files"
            self.fail("Ids out of range", rule.range_message(where, wrong))
        for color in self.colors:
            raw = _value(rule, color)
            where = self.first_file[color]
            shown = " ".join(str(value) for value in color)
            if raw < 0 and find_colors(np.array(color), palette) < 0:
                advice = rule.advice.color
                if rule.colors is None:
                    advice = rule.advice.colors
                self.fail(
                    "Unknown colours",
                    f"The colour {shown} (first in {where}, in "
                    f"{self.files[color]} files) is that of no class; "
                    f"{advice}.",
                )
            elif raw >= 0 and len(rule.out_of_range(np.array([raw]))):
                self.fail(
                    "Ids out of range",
                    f"Colour {shown}: {rule.range_message(where, [raw])}",
                )

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The report as lines of text."""
        lines = list(self.generated)
        for split, samples in self.samples.items():
            lines.append(f"{split}: {len(samples)} pairs")
        if self.sizes:
            common = ", ".join(
                f"{height}x{width} ({count})"
                for (height, width), count in self.sizes.most_common(3)
            )
            more = len(self.sizes) - 3
            more = f" and {more} other sizes" if more > 0 else ""
            lines.append(f"Sizes, height x width (samples): {common}{more}")
        if self.kinds:
            kinds = ", ".join(f"{n} {kind}" for kind, n in self.kinds.items())
            lines.append(f"Label maps: {kinds}")
        if self.pixels:
            lines += self._histogram()
        for warning in self.warnings:
            lines += ["", f"Warning: {warning}"]
        for heading, problems in self.problems.items():
            lines += ["", f"{heading}: {len(problems)} problem(s)"]
            lines += [f"  {problem}" for problem in problems[: self.show]]
            if len(problems) > self.show:
                lines.append(f"  ... {len(problems) - self.show} more")
        return lines

    def _histogram(self):
        total = sum(self.pixels.values())
        lines = ["", f"{'id':>11}  {'pixels':>7}  {'files':>6}  class"]
        for key in [*self.ids, *self.colors]:
            share = 100 * self.pixels[key] / total
            shown, name = str(key), ""
            if isinstance(key, tuple):
                shown = " ".join(str(value) for value in key)
            if self.classes is not None:
                name = _class_name(self.classes, key)
            lines.append(
                f"{shown:>11}  {share:6.2f}%  {self.files[key]:>6}  {name}"
            )
        return lines

    def _add(self, facts):
        for heading, problem in facts.problems:
            self.fail(heading, problem)
        if facts.values is None:
            return
        self.sizes[facts.size] += 1
        self.kinds[facts.kind] += 1
        if facts.embedded is not None:
            self._embedded.add(facts.embedded)
        for value, count in zip(facts.values, facts.counts, strict=True):
            if facts.by_color:
                value = tuple(int(value) >> shift & 255 for shift in (16, 8, 0))
            else:
                value = int(value)
            self.pixels[value] += int(count)
            self.files[value] += 1
            self.first_file.setdefault(value, facts.label)


def _inspect(by_color, read_values, files):
    facts = _Facts(files.label, [])

    def attempt(heading, function, *arguments):
        try:
            return function(*arguments)
        except ValueError as error:
            facts.problems.append((heading, str(error)))

    image = attempt("Unreadable files", read_image, files.image)
    values = attempt("Unreadable files", read_values, files.label)
    if values is None:
        return facts
    others = [(files.image, image)]
    if files.instance is not None:
        instances = attempt("Unreadable files", read_instances, files.instance)
        others.append((files.instance, instances))
    for path, array in others:
        if array is not None:
            attempt(
                "Sizes", check_sizes, path, array.shape, files.label,
                values.shape,
            )  # fmt: skip
    facts.size = values.shape[:2]
    facts.by_color, facts.kind = by_color, "grey"
    if values.ndim == 3:
        facts.kind = "colour"
        grey = grey_values(values)
        if grey is not None and not by_color:
            facts.kind, values = "grey", grey
    else:
        label = open_image(files.label)
        if label.mode == "P":
            facts.kind = "indexed"
            facts.embedded = bytes(label.getpalette())
        if by_color:
            values = read_label_values(files.label, as_colors=True)
    if values.ndim == 3:
        facts.by_color = True
        values = values.astype("int32") @ np.array([65536, 256, 1])
    facts.values, facts.counts = np.unique(values, return_counts=True)
    return facts


def _value(rule, color):
    """The value of a colour in label files, -1 if it has none."""
    if rule.colors is None:
        return -1
    return int(rule.values_of_colors(np.array(color)))


def _class_name(classes, key):
    rule = classes.label_rule
    value = key
    if isinstance(key, tuple):
        value = _value(rule, key)
        if value < 0:
            number = int(find_colors(np.array(key), classes.palette))
            return classes.names[number] if number >= 0 else "OUT OF RANGE"
    if len(rule.out_of_range(np.array([value]))):
        return "OUT OF RANGE"
    return classes.names[rule.table[value]]
