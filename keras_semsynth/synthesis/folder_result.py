"""What became of a folder of files."""

import dataclasses
import sys


@dataclasses.dataclass(frozen=True)
class FolderResult:
    """What became of a folder of label maps, or of photographs.

    Args:
        inputs: int. Files that were to become images.
        skipped: tuple of str. For each that could not be used, its path and
            why.
        unit: str. What the files are. Defaults to `"label maps"`.
    """

    inputs: int
    skipped: tuple[str, ...] = ()
    unit: str = "label maps"

    def __str__(self) -> str:
        if not self.inputs:
            return "All images exist already."
        if self.skipped:
            return (
                f"{len(self.skipped)} of {self.inputs} {self.unit} could "
                "not be used (see above)."
            )
        return f"{self.inputs} {self.unit} were used."


def print_skipped(sentence: str) -> None:
    """Prints what was skipped and why, as an error.

    Args:
        sentence: str.
    """
    print(sentence, file=sys.stderr)
