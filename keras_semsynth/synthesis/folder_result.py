"""What became of a folder of label maps."""

import dataclasses
import sys


@dataclasses.dataclass(frozen=True)
class FolderResult:
    """What became of a folder of label maps.

    Args:
        label_maps: int. Label maps that were to become images.
        skipped: tuple of str. For each that could not be used, its path and
            why.
    """

    label_maps: int
    skipped: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.label_maps:
            return "All images exist already."
        if self.skipped:
            return (
                f"{len(self.skipped)} of {self.label_maps} label maps could "
                "not be used (see above)."
            )
        return f"{self.label_maps} label maps were used."


def print_skipped(sentence: str) -> None:
    """Prints what was skipped and why, as an error.

    Args:
        sentence: str.
    """
    print(sentence, file=sys.stderr)
