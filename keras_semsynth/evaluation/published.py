"""The rows of the papers that an experiment is to be compared with."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from keras_semsynth.evaluation.score import Score
from keras_semsynth.presets import ABLATIONS
from keras_semsynth.presets import PRESETS
from keras_semsynth.presets import Row
from keras_semsynth.presets import Table
from keras_semsynth.scorers import UNetSegmenter

# Name of a score -> column of the papers' tables.
_COLUMNS = {
    "fid": "FID",
    "miou": "mIoU",
    "lpips": "LPIPS",
    "inception_score": "IS",
    "object_miou": "object mIoU",
    "fid_crops_all": "FID of crops, all",
    "fid_crops_large": "FID of crops, large",
    "fid_crops_medium": "FID of crops, medium",
    "fid_crops_small": "FID of crops, small",
    "fid_at_128x256": "FID at 128x256",
    "fid_at_512x1024": "FID at 512x1024",
    "fid_mean_of_5_seeds": "FID of 5 seeds, mean",
}
_KNOWN = {**PRESETS, **ABLATIONS}
_FLOAT32 = "_float32_oasis"


@dataclasses.dataclass(frozen=True)
class Published:
    """What the papers print of an experiment.

    Attributes:
        preset: str. The preset that makes these rows.
        dataset: str. Name of the dataset.
        rows: Tuple of `(Table, Row)`, those of the model's own paper first.
        differences: Tuple of str. In what the run differs from the preset, as
            far as it changes what is learned; such as `"epochs 2 (there
            200)"`.
        is_known: bool. Whether there is a run whose settings are known.
            Defaults to `True`.
        parameters: float or `None`. Millions of parameters of the run's
            generator. Defaults to `None`.
        other_style: str or `None`. The style of the scored images, if the
            paper's had another: its numbers then are no comparison. Defaults
            to `None`.
    """

    preset: str
    dataset: str
    rows: tuple[tuple[Table, Row], ...]
    differences: tuple[str, ...] = ()
    is_known: bool = True
    parameters: float | None = None
    other_style: str | None = None

    @property
    def style(self) -> str:
        """Whose style made the images of the paper, see `Protocol`."""
        return _KNOWN[self.preset]["style"]

    def scored_with(self, style: str) -> "Published":
        """Returns what is comparable with images of some style.

        Args:
            style: str. As in `Protocol`.

        Returns:
            `Published`, without numbers if the paper's style was another.
        """
        same = style in (self.style, "unknown")
        return dataclasses.replace(self, other_style=None if same else style)

    @property
    def scores(self) -> dict[str, tuple[float, Table, Row]]:
        """What is printed: column -> the number and where it stands."""
        if self.other_style is not None:
            return {}
        found = {}
        for table, row in self.rows:
            for column, value in table.scores(row, self.dataset).items():
                found.setdefault(column, (value, table, row))
        return found

    def remarks(self, scores: Sequence[Score], protocol: str) -> list[str]:
        """Says in plain words what stands beside the scores.

        Args:
            scores: Sequence of `Score`, of `with_published`.
            protocol: str. Name of the ruler they were measured by.

        Returns:
            List of str: where the numbers are printed, in what the run
            differs from the one that made them, and what else a reader should
            know. Empty if no score has a published number.
        """
        if self.other_style is not None:
            return [
                f"The published scores of {self.preset} were measured with "
                f"style={self.style}, these with style={self.other_style}: "
                "they are not comparable and left out."
            ]
        places = {}
        for score in scores:
            if score.published is not None:
                places.setdefault(score.published_in, []).append(score.name)
        used = [(t, r) for t, r in self.rows if _place(t, r) in places]
        if not places:
            return []
        told = "; ".join(f"{k} ({', '.join(v)})" for k, v in places.items())
        said = [f"Published: {told}."]
        if not self.is_known:
            said.append(
                "How these images were made is unknown here: the row is that "
                "of the paper whose protocol measured them."
            )
        elif self.differences:
            said.append(
                f"This run was not trained as {self.preset} says: "
                f"{', '.join(self.differences)}."
            )
        own = [
            score.name
            for score in scores
            if score.published is not None
            and score.ruler.get("network") == UNetSegmenter.__name__
        ]
        if own:
            said.append(
                f"A network trained here measured {', '.join(own)}, not that "
                "of the papers: the numbers cannot be compared."
            )
        models = {table.model for table, _ in used}
        ruler = protocol.partition(" with ")[0].partition(",")[0]
        if ruler not in models:
            said.append(
                f"The papers measured by rulers of their own "
                f"({', '.join(sorted(models))}), here it was {ruler}: small "
                "differences say nothing."
            )
        return [*said, *dict.fromkeys(row.note for _, row in used if row.note)]

    def as_dict(self) -> dict[str, Any]:
        """Returns what a report says of it."""
        return {
            "preset": self.preset,
            "style": self.style,
            "differences": list(self.differences),
            "rows": [
                {
                    "table": table.cited,
                    "row": row.title,
                    "scores": table.scores(row, self.dataset),
                }
                for table, row in self.rows
            ],
        }


def columns_of(scores: Sequence[Score], accuracy: str) -> dict[str, str]:
    """Says which column of the papers each score belongs in.

    Args:
        scores: Sequence of `Score`.
        accuracy: `"valid"` or `"all"`, what the paper calls accuracy.

    Returns:
        dict, name of a score -> name of a column.
    """
    names = {score.name for score in scores}
    columns = {f"pixel_accuracy_{accuracy}": "accuracy", **_COLUMNS}
    for name in names:
        if _FLOAT32 in name:
            # With the float32 routine, that row is what the paper measured.
            plain = name.replace(_FLOAT32, "")
            columns[name] = columns.pop(plain, None)
    return {name: columns[name] for name in names if columns.get(name)}


def with_published(
    scores: Sequence[Score], published: Published | None, accuracy: str
) -> list[Score]:
    """Puts the paper's number beside each measured one.

    Args:
        scores: Sequence of `Score`.
        published: `Published` or `None`.
        accuracy: As for `columns_of`.

    Returns:
        List of `Score`.
    """
    if published is None:
        return list(scores)
    columns = columns_of(scores, accuracy)
    printed = published.scores
    beside = []
    for score in scores:
        found = printed.get(columns.get(score.name))
        if found is not None:
            value, table, row = found
            told = [score.note] if score.note else []
            if published.differences:
                told.append("trained otherwise than the published one")
            score = dataclasses.replace(
                score,
                published=value,
                published_in=_place(table, row),
                note="; ".join(told),
            )
        beside.append(score)
    return beside


def _place(table, row):
    return f"{table.cited}, {row.title}"
