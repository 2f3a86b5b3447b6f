"""What a table of a paper is, as data."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping

# What a part of an experiment is: its choice, and what differs from that
# choice's defaults.
Parts = Mapping[str, tuple[str, Mapping[str, object]]]


@dataclasses.dataclass(frozen=True)
class Variant:
    """An experiment that differs from a preset.

    Args:
        base: str. Name of the preset.
        changes: Mapping, part -> `(choice, arguments)`. Another choice starts
            from its own defaults. Defaults to no changes.
    """

    base: str
    changes: Parts = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table (or a column, where the paper lists systems across).

    Args:
        name: str. Its part in the names of presets and flag files.
        title: str. The system, as the paper prints it.
        scores: Mapping, dataset -> one number a column of the table, `None`
            where the paper prints none.
        experiments: Mapping, dataset -> what makes these scores: the name of
            a preset, or a `Variant`, which becomes a preset under the name of
            the row. Defaults to none, for systems that are only quoted.
        parameters: float or `None`. Millions of parameters, as printed.
            Defaults to `None`.
        note: str. What a reader should know. Defaults to `""`.
    """

    name: str
    title: str
    scores: Mapping[str, tuple[float | None, ...]]
    experiments: Mapping[str, str | Variant] = dataclasses.field(
        default_factory=dict
    )
    parameters: float | None = None
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a paper.

    Args:
        model: str. Whose paper, a key of `presets.MODELS`.
        name: str. Its part in the names of presets, such as `"table4a"`.
        paper: str. The name that a reader knows, such as `"CC-FPSE"`.
        number: str. As cited, such as `"table 4 (a)"`.
        title: str. What it compares.
        columns: Mapping, dataset -> names of its columns: `"mIoU"`,
            `"accuracy"`, `"FID"` and so on, the same in all tables.
        rows: Tuple of `Row`.
        notes: Mapping, dataset -> what a reader should know of all its
            scores. Defaults to none.
    """

    model: str
    name: str
    paper: str
    number: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    notes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def cited(self) -> str:
        """The table as text cites it: `"CC-FPSE, table 2"`."""
        return f"{self.paper}, {self.number}"

    def scores(self, row: Row, dataset: str) -> dict[str, float]:
        """Returns what a row says of a dataset.

        Args:
            row: `Row` of this table.
            dataset: str, such as `"ade20k"`.

        Returns:
            dict, column -> number, without those that are not printed; empty
            for another dataset.
        """
        printed = row.scores.get(dataset)
        if printed is None:
            return {}
        named = zip(self.columns[dataset], printed, strict=True)
        return {name: value for name, value in named if value is not None}

    def preset_of(self, row: Row, dataset: str) -> str | None:
        """Returns the preset that makes the scores of a row.

        The variant of a row, of which it has one at most, is called
        MODEL_TABLE_ROW.

        Args:
            row: `Row` of this table.
            dataset: str.

        Returns:
            str, or `None` if nothing here makes them.
        """
        experiment = row.experiments.get(dataset)
        if isinstance(experiment, Variant):
            return f"{self.model}_{self.name}_{row.name}"
        return experiment

    def variants(self) -> Iterator[tuple[str, Row, Variant]]:
        """Yields the presets that this table adds.

        Yields:
            Tuple of the name, the `Row` and its `Variant`.
        """
        for row in self.rows:
            for dataset, experiment in row.experiments.items():
                if isinstance(experiment, Variant):
                    yield self.preset_of(row, dataset), row, experiment
