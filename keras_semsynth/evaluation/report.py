"""report.json and the Markdown table of an evaluation."""

import dataclasses
import datetime
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from keras_semsynth.backend import machine
from keras_semsynth.backend import versions
from keras_semsynth.evaluation.protocols import RESIZING
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.published import Published
from keras_semsynth.evaluation.published_tables import FilledTable
from keras_semsynth.evaluation.published_tables import fill_tables
from keras_semsynth.evaluation.score import Score
from keras_semsynth.files import atomic

# Of the files that an evaluation writes.
NAMES = ("report.json", "report.md", "index.html", "samples.png")


@dataclasses.dataclass(frozen=True)
class Report:
    """What an evaluation has measured; as a str, its table.

    Attributes:
        folder: Path of the folder that holds `report.json`, `report.md`,
            `index.html` and `samples.png`.
        scores: Mapping, name -> `Score`, such as `scores["miou"].value`.
        protocol: `Protocol` by which it was measured.
        dataset: str. Name of the dataset.
        context: Mapping. What was scored against what: the `source`, the
            `targets`, the `image_size`, the `noise_seeds`, the `batch_size`,
            the `backend` and the `seconds` it took.
        published: `Published` or `None`. What the papers print of it.
        whole_tables: bool. Whether the files show the whole tables of these
            rows.

    Example:

    >>> report = keras_semsynth.evaluation.evaluate("runs/mine")
    >>> report.scores["fid"].value
    49.51
    """

    folder: pathlib.Path
    scores: Mapping[str, Score]
    protocol: Protocol
    dataset: str
    context: Mapping[str, Any]
    published: Published | None = None
    whole_tables: bool = False

    def __str__(self) -> str:
        lines = _heading(self) + table_lines(list(self.scores.values()))
        for remark in self.remarks():
            lines += ["", remark]
        return "\n".join(lines)

    def published_tables(self) -> list[FilledTable]:
        """Returns the whole tables that have its row, with its own scores.

        Returns:
            List of `FilledTable`; as a str, each is Markdown.
        """
        return fill_tables(
            self.published, list(self.scores.values()), self.protocol.accuracy
        )

    def remarks(self) -> list[str]:
        """Says what the published numbers and the weights are, and are not.

        Returns:
            List of str, sentences of plain text.
        """
        said = []
        if self.published is not None:
            said = self.published.remarks(
                list(self.scores.values()), self.protocol.name
            )
        if self.whole_tables and not self.published_tables():
            said.append(
                "No table of the papers has a row of this experiment with "
                "scores that were measured."
            )
        weights = _weights(self.scores.values())
        if weights:
            said.append(
                "Files of weights, and what of each was compared with a "
                f"published hash: {', '.join(weights)}."
            )
        return said


def write(report: Report) -> None:
    """Writes `report.json` and `report.md` into the folder of a report.

    Args:
        report: `Report`.
    """
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    content = {
        "written": now,
        **report.context,
        "protocol": {**report.protocol.as_dict(), **RESIZING},
        "scores": [score.as_dict() for score in report.scores.values()],
        "published": report.published and report.published.as_dict(),
        "machine": machine(),
        "versions": versions(),
    }
    report.folder.mkdir(parents=True, exist_ok=True)
    atomic.remove_leftovers(report.folder)
    atomic.write_json(report.folder / "report.json", content)
    atomic.write_text(report.folder / "report.md", as_markdown(report))


def as_markdown(report: Report) -> str:
    """The table of an evaluation, with its ruler below.

    Args:
        report: `Report`.

    Returns:
        str.
    """
    grades = report.protocol.grades
    lines = [str(report)]
    if report.whole_tables:
        for table_of_paper in report.published_tables():
            lines += ["", str(table_of_paper)]
    lines += _per_class(report.scores, report.published)
    lines += ["", "## Ruler", "", "| choice | value | known |"]
    lines.append("| --- | --- | --- |")
    for name, value in {**report.protocol.as_dict(), **RESIZING}.items():
        if name not in ("name", "grades"):
            lines.append(f"| {name} | {value} | {grades.get(name, '–')} |")
    lines += [
        "",
        "Grades of what is known of the papers' rulers: A released code, B "
        "stated by the authors, C inferred, D our choice.",
    ]
    return "\n".join(lines).rstrip() + "\n"


def _heading(report):
    targets = report.context["targets"]
    split = f" ({targets['split']})" if targets.get("split") else ""
    return [
        f"# Scores of {report.context['scored']}",
        "",
        f"{targets['images']} images of {report.dataset}{split}, protocol "
        f"`{report.protocol.name}`, {report.context['image_size']}.",
        "",
    ]


REFERENCES = {
    "real": ("real images", "the real images through the same network"),
    "shuffled": (
        "shuffled",
        "the generated images against layouts of other samples",
    ),
}


def table(scores: Sequence[Score]) -> tuple[list[str], list[list[str]]]:
    """Arranges scores in rows: those of references beside their own.

    Args:
        scores: Sequence of `Score`.

    Returns:
        Tuple of the headings and a list of rows, all of str.
    """
    by_name = {score.name: score for score in scores}
    shown = [
        reference
        for reference in REFERENCES
        if any(name.startswith(f"{reference}/") for name in by_name)
    ]
    headings = ["score", "measured", *(REFERENCES[r][0] for r in shown)]
    headings += ["published", "better", "images", "note"]
    rows = []
    for score in scores:
        if "/" in score.name:
            continue
        unit = f" ({score.unit})" if score.unit else ""
        row = [f"{score.name}{unit}", score.shown]
        for reference in shown:
            other = by_name.get(f"{reference}/{score.name}")
            row.append("–" if other is None else other.shown)
        images = score.ruler.get("images", score.ruler.get("generated_images"))
        row.append("–" if score.published is None else str(score.published))
        row.append(score.better)
        row.append("–" if images is None else str(images))
        rows.append([*row, score.note])
    return headings, rows


def table_lines(scores: Sequence[Score]) -> list[str]:
    """`table` as lines of Markdown, and what its references are."""
    headings, rows = table(scores)
    lines = [f"| {' | '.join(row)} |" for row in (headings, *rows)]
    lines.insert(1, "| --- " * len(headings) + "|")
    told = [
        f"*{heading}*: {text}"
        for heading, text in REFERENCES.values()
        if heading in headings
    ]
    if told:
        lines += ["", "; ".join(told) + "."]
    return lines


def _per_class(by_name, published):
    if "miou" not in by_name:
        return []
    columns = [
        name
        for name in ("miou", "real/miou", "shuffled/miou")
        if name in by_name
    ]
    lines = ["", "## IoU of each class, %", ""]
    printed = published.scores if published is not None else {}
    printed = {
        name: str(printed[f"IoU of {name}"][0])
        for name in by_name["miou"].details["iou"]
        if f"IoU of {name}" in printed
    }
    headings = [*columns, "published"] if printed else columns
    lines.append("| class | " + " | ".join(headings) + " |")
    lines.append("| --- |" + " --- |" * len(headings))
    for name in by_name["miou"].details["iou"]:
        values = [by_name[c].details["iou"][name] for c in columns]
        shown = ["–" if v is None else f"{100 * v:.1f}" for v in values]
        if printed:
            shown.append(printed.get(name, "–"))
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return lines


def _weights(scores):
    """Each file of weights once: `alex.pth (sha256)`."""
    found = {}
    for score in scores:
        weights = score.ruler.get("weights") or {}
        for file in weights.get("files", [weights]):
            # Those in the package have no hash of their own.
            if "verified" in file:
                found[f"{file['file']} ({file['verified']})"] = None
    return list(found)
