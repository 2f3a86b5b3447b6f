"""Whole tables of the papers, with the scores of a run in them."""

import dataclasses
from collections.abc import Sequence

from keras_semsynth.evaluation.published import Published
from keras_semsynth.evaluation.published import columns_of
from keras_semsynth.evaluation.score import Score
from keras_semsynth.presets import Table

OWN = "this run"


@dataclasses.dataclass(frozen=True)
class FilledTable:
    """A table of a paper, on one dataset, with a run in it.

    Attributes:
        title: str. Which table it is.
        headings: Tuple of str.
        rows: Tuple of tuples of str, as many as headings.
        own: int. Which row is the run's; the one before it is that of its
            own experiment.
        notes: Tuple of str. What a reader should know.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    own: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"## {self.title}", ""]
        lines.append(f"| {' | '.join(self.headings)} |")
        lines.append("| --- " * len(self.headings) + "|")
        for number, row in enumerate(self.rows):
            if number == self.own:
                row = tuple(f"**{cell}**" for cell in row)
            lines.append(f"| {' | '.join(row)} |")
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines)


def fill_tables(
    published: Published | None, scores: Sequence[Score], accuracy: str
) -> list[FilledTable]:
    """Puts a run into each table that has a row of its experiment.

    Tables of scores that were not measured are left out.

    Args:
        published: `Published` or `None`.
        scores: Sequence of `Score`.
        accuracy: `"valid"` or `"all"`, what the paper calls accuracy.

    Returns:
        List of `FilledTable`.
    """
    if published is None or published.other_style is not None:
        return []
    measured = _measured(scores, accuracy)
    # In a table with several rows of one experiment the first has the run.
    own = {}
    for table, row in published.rows:
        own.setdefault(table.cited, (table, row))
    filled = [
        _fill(table, row, published, measured) for table, row in own.values()
    ]
    return [
        table
        for table in filled
        if any(cell != "–" for cell in table.rows[table.own][1:])
    ]


def _fill(table: Table, own_row, published, measured):
    dataset = published.dataset
    columns = table.columns[dataset]
    with_parameters = any(row.parameters for row in table.rows)
    rows = []
    notes = [table.notes[dataset]] if dataset in table.notes else []
    place = 0
    for row in table.rows:
        printed = table.scores(row, dataset)
        if not printed:
            continue
        cells = [_shown(printed.get(column)) for column in columns]
        if with_parameters:
            cells.append(_shown(row.parameters))
        rows.append((row.title, *cells))
        if row.note:
            notes.append(f"{row.title}: {row.note}")
        if row is own_row:
            place = len(rows)
            cells = [measured.get(column, "–") for column in columns]
            if with_parameters:
                own = published.parameters
                cells.append("–" if own is None else f"{own:.1f}")
            rows.append((OWN, *cells))
    headings = ["", *map(_heading, columns)]
    if with_parameters:
        headings.append("parameters, M")
    return FilledTable(
        f"{table.cited}: {table.title} ({dataset})",
        tuple(headings),
        tuple(rows),
        place,
        tuple(notes),
    )


def _heading(column):
    lower = column.startswith(("FID", "LPIPS", "inference time"))
    # The title of a table of classes says what they are.
    column = column.removeprefix("IoU of ")
    return f"{column} {'↓' if lower else '↑'}"


def _measured(scores, accuracy):
    """Column -> the measured number as a text."""
    columns = columns_of(scores, accuracy)
    found = {}
    for score in scores:
        column = columns.get(score.name)
        if column is None:
            continue
        found[column] = score.shown
        if column == "mIoU":
            for name, iou in score.details.get("iou", {}).items():
                found[f"IoU of {name}"] = (
                    "–" if iou is None else f"{100 * iou:.1f}"
                )
        if column.endswith("seeds, mean"):
            variance = score.details["variance_ddof0"]
            found[column.replace("mean", "variance")] = f"{variance:.3g}"
    return found


def _shown(value):
    return "–" if value is None else str(value)
