"""What the files of a dataset hold, and what is wrong with them."""

import collections
import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.counting import FileCounts
from keras_semsynth.data.counting import Key
from keras_semsynth.data.counting import ValueCounts
from keras_semsynth.data.counting import count_values
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.label_rule import UnknownLabelError
from keras_semsynth.data.palettes import color_codes
from keras_semsynth.data.palettes import find_colors
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.validation import inspect_files
from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import open_image
from keras_semsynth.files.listing import count_of

# Lines of a report, so that it fits on a screen.
SCREEN = 24
# White of 12 bits, read as 16 bits and shown in 8.
ALMOST_BLACK = 16
_NO_CLASS = "OUT OF RANGE"


@dataclasses.dataclass(frozen=True)
class Split:
    """The samples of a split, and how they are read and cut.

    Args:
        samples: Sequence of `SampleFiles`.
        reader: `FileReader`.
        preprocessing: `Preprocessing` or `None`, if it is not valid.
        unknown_class: int or `None`.
    """

    samples: Sequence[SampleFiles]
    reader: FileReader
    preprocessing: Preprocessing | None = None
    unknown_class: int | None = None


@dataclasses.dataclass
class _Facts:
    """What was found in the files of one sample."""

    label: str
    problems: list[ValueError]
    size: tuple[int, int] | None = None
    kind: str = ""
    counts: FileCounts | None = None
    embedded: bytes | None = None
    dark: str | None = None


class DataReport:
    """Collects facts and problems of a dataset.

    As a str it is the report, of a screenful.

    Args:
        show: int. Number of problems to list, at least one of each kind.
            Defaults to `5`.

    Attributes:
        classes: `Classes` by which ids are named, or `None`.
        recommended: dict of arguments to train with; empty where there is
            nothing to recommend.
        findings: list of str, what the values of the label maps tell.
        counts: `ValueCounts` of the label maps.
        main: list of the ids or colours to show of smoothed label maps;
            empty for all.
    """

    def __init__(self, show: int = 5):
        self.show = show
        self.classes: Classes | None = None
        self.recommended: dict[str, Any] = {}
        self.findings: list[str] = []
        self.counts = ValueCounts()
        self.main: list[Key] = []
        self.problems = {}
        self.samples = {}
        self.sizes = collections.Counter()
        self.kinds = collections.Counter()
        self.generated = []
        self._unknown_label = None
        self._embedded = set()
        self._dark = []

    @property
    def failed(self) -> bool:
        """Whether training would fail."""
        return bool(self.problems)

    def fail(self, heading: str, problem: str) -> None:
        """Notes something that would stop training, once."""
        problems = self.problems.setdefault(heading, [])
        if problem not in problems[:100]:
            problems.append(problem)

    def scan(
        self,
        splits: Mapping[str, Split],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Reads all files.

        Args:
            splits: Mapping from the name of a split to it.
            progress: Callable `(done, total)` or `None`. Defaults to `None`.
        """
        self.samples = {name: split.samples for name, split in splits.items()}
        tasks = [
            (split, files)
            for split in splits.values()
            for files in split.samples
        ]
        with ThreadPoolExecutor() as pool:
            for done, facts in enumerate(pool.map(_inspect, tasks), 1):
                self._add(facts)
                if progress is not None:
                    progress(done, len(tasks))
        by_color = any(
            split.reader.classes.label_rule.always_colors
            for split in splits.values()
        )
        if len(self._embedded) > 1 and not by_color:
            self.findings.append(
                f"The indexed label maps carry {len(self._embedded)} different "
                "palettes; their indices are used as ids, so make sure that "
                "they mean the same in every file."
            )

        if self._dark:
            self.findings.append(
                f"{len(self._dark)} of {len(tasks)} photographs are almost "
                f"black (at most {ALMOST_BLACK} of 255), such as "
                f"{self._dark[0]}: if 16-bit files hold values of 12 bits, "
                "multiply these by 16."
            )

    def check_values(self, advice: str | None = None) -> None:
        """Notes ids and colours that stand for no class.

        Args:
            advice: str. What to do about them. Defaults to what the rule of
                the label files says.
        """
        rule = self.classes.label_rule
        unknown = [key for key, found in self._class_ids().items() if found < 0]
        ids = sorted(key for key in unknown if isinstance(key, int))
        colors = [key for key in unknown if isinstance(key, tuple)]
        if ids:
            message = rule.range_message(self._where(ids), ids, advice)
            self.fail("Ids out of range", message)
        if colors:
            colors.sort(key=lambda key: -self.counts.pixels[key])
            shown = ", ".join(_shown(color) for color in colors[:3])
            share = 100 * self.counts.share(colors)
            if advice is None and rule.colors is None:
                advice = rule.advice.colors
            self.fail(
                "Unknown colours",
                f"{count_of(len(colors), 'colour')} with {share:.1f}% of the "
                f"pixels stand for no class ({shown}"
                f"{', ...' * (len(colors) > 3)}; found in "
                f"{self._where(colors)}); {advice or rule.advice.color}.",
            )
        if not unknown and self._unknown_label is not None:
            # So rare that it was not counted.
            self.fail("Ids out of range", self._unknown_label)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The report as lines of text."""
        first, last = self._overview(), []
        last += self.findings
        listed = max(1, self.show // max(1, len(self.problems)))
        for heading, problems in self.problems.items():
            more = len(problems) - listed
            more = f", {listed} of them:" if more > 0 else ":"
            noun = "problem" if len(problems) == 1 else "problems"
            last.append(f"{heading}: {len(problems)} {noun}{more}")
            last += [f"  {problem}" for problem in problems[:listed]]
        if self.counts:
            first += ["", *self._histogram(SCREEN - len(first) - len(last))]
        return [*first, *([""] if first and last else []), *last]

    def _overview(self):
        lines = list(self.generated)
        for split, samples in self.samples.items():
            lines.append(f"{split}: {count_of(len(samples), 'pair')}")
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
        return lines

    def _histogram(self, room):
        """The values with the most pixels, in so many lines."""
        counts = self.counts
        keys = self.main or [*counts.ids, *counts.colors]
        # Two blank lines, the heading and the line about the rest.
        rows = max(3, room - 4)
        if len(keys) > rows + 1:
            common = sorted(keys, key=lambda key: -counts.pixels[key])
            chosen = set(common[:rows])
            keys = [key for key in keys if key in chosen]
        rest = len(counts.pixels) - len(keys)
        lines = [f"{'id':>11}  {'pixels':>7}  {'files':>6}  class"]
        class_ids = self._class_ids()
        for key in keys:
            name = ""
            if self.classes is not None:
                number = class_ids[key]
                name = self.classes.names[number] if number >= 0 else _NO_CLASS
            lines.append(
                f"{_shown(key):>11}  {100 * counts.share([key]):6.2f}%  "
                f"{counts.files[key]:>6}  {name}"
            )
        if rest:
            kept = counts.share(keys)
            lines.append(
                f"{'others':>11}  {100 * (1 - kept):6.2f}%  {'':>6}  "
                f"{rest} {'along edges' if self.main else 'with fewer pixels'}"
            )
        return lines

    def _class_ids(self):
        """Key -> id of its class, -1 for none."""
        counts, classes = self.counts, self.classes
        if classes is None:
            return {}
        rule, found = classes.label_rule, {}
        ids = np.array(counts.ids, "int64")
        outside = set(rule.out_of_range(ids).tolist())
        for value in counts.ids:
            found[value] = -1 if value in outside else int(rule.table[value])
        colors = counts.colors
        if not colors:
            return found
        array = np.array(colors, "uint8")
        numbers = np.full(len(colors), -1)
        if rule.colors is not None:
            values = rule.values_of_colors(array)
            numbers = np.where(values >= 0, rule.table[values], -1)
        if (numbers < 0).any():
            painted = find_colors(array, classes.palette)
            numbers = np.where(numbers < 0, painted, numbers)
        return found | dict(zip(colors, numbers.tolist(), strict=True))

    def _where(self, keys):
        counts = self.counts
        count = max(counts.files[key] for key in keys)
        more = f" and in up to {count - 1} other files" if count > 1 else ""
        return f"{counts.first_file[keys[0]]}{more}"

    def _add(self, facts):
        if facts.dark is not None:
            self._dark.append(facts.dark)
        for error in facts.problems:
            if isinstance(error, UnknownLabelError):
                # All of them are summed up by `check_values`.
                self._unknown_label = self._unknown_label or str(error)
            elif isinstance(error, ImageError):
                self.fail("Unreadable files", str(error))
            else:
                self.fail("Sizes", str(error))
        if facts.counts is None:
            return
        self.sizes[facts.size] += 1
        self.kinds[facts.kind] += 1
        if facts.embedded is not None:
            self._embedded.add(facts.embedded)
        self.counts.add(facts.label, facts.counts)


def _shown(key: Key) -> str:
    if isinstance(key, tuple):
        return " ".join(str(value) for value in key)
    return str(key)


def _inspect(task):
    split, files = task
    values, image, problems = inspect_files(
        files, split.reader, split.preprocessing, split.unknown_class
    )
    facts = _Facts(files.label, problems)
    if image is not None and image.max() <= ALMOST_BLACK:
        facts.dark = files.image
    if values is None:
        return facts
    rule = split.reader.classes.label_rule
    facts.size, facts.kind = values.shape[:2], "grey"
    if values.ndim == 2 or rule.always_colors:
        label = open_image(files.label)
        if label.mode == "P":
            facts.kind = "indexed"
            facts.embedded = bytes(label.getpalette())
        elif label.mode in ("RGB", "RGBA"):
            facts.kind = "colour"
    elif grey_values(values) is None:
        facts.kind = "colour"
    is_color = values.ndim == 3
    if is_color:
        values = color_codes(values)
    facts.counts = count_values(values, is_color)
    return facts
