"""One number with the ruler it was measured by."""

import dataclasses
import math
from typing import Any


@dataclasses.dataclass(frozen=True)
class Score:
    """A measured number.

    Args:
        name: str, such as `"fid"`.
        value: float, or `None` if it could not be measured.
        ruler: dict, everything that changes the number.
        unit: `"%"`, `"x1000"` or `""`. Values of unit `"%"` are stored as
            fractions in `[0, 1]` and shown times 100, those of `"x1000"` are
            shown times 1000. Defaults to `""`.
        better: `"lower"` or `"higher"`. Defaults to `"higher"`.
        published: float or `None`, as printed in the paper. Defaults to
            `None`.
        published_in: str. Where it is printed, such as `"SPADE, table 3,
            pix2pixHD++"`. Defaults to `""`.
        details: dict, such as one value a class. Defaults to none.
        note: str. What a reader must know about this number. Defaults to
            `""`.
    """

    name: str
    value: float | None
    ruler: dict[str, Any]
    unit: str = ""
    better: str = "higher"
    published: float | None = None
    published_in: str = ""
    details: dict[str, Any] = dataclasses.field(default_factory=dict)
    note: str = ""

    @property
    def shown(self) -> str:
        """The value as tables show it."""
        if self.value is None or not math.isfinite(self.value):
            return "–"
        if self.unit == "%":
            return f"{100 * self.value:.1f}"
        if self.unit == "x1000":
            return f"{1000 * self.value:.2f}"
        return (
            f"{self.value:.3f}"
            if abs(self.value) < 10
            else (f"{self.value:.2f}")
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields, for a report."""
        return dataclasses.asdict(self)
