"""Work on a folder of files, and what became of it."""

import dataclasses
import sys
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from keras_semsynth.files import atomic
from keras_semsynth.files.progress_line import ProgressLine


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


def work_through(
    jobs: Sequence[Any],
    work: Callable[[Any], None],
    unit: str,
    skip_errors: bool,
    on_skip: Callable[[str], None],
) -> FolderResult:
    """Does one job after the other and shows progress.

    Args:
        jobs: Sequence of `generation_plan.Job`.
        work: Function that does one. Its `ValueError` or `OSError` is about
            the files of that job alone, except if the disk is full.
        unit: str. What the sources of the jobs are.
        skip_errors: bool. Whether a source that cannot be used is named and
            skipped, instead of ending it all.
        on_skip: Function that is told in a sentence what was skipped.

    Returns:
        `FolderResult`.

    Raises:
        DiskFullError: If the disk filled up.
    """
    line = ProgressLine(total=len(jobs), unit=unit)
    skipped, images = [], 0
    for done, job in enumerate(jobs, start=1):
        try:
            work(job)
        except (ValueError, OSError) as error:
            line.end()
            if not skip_errors or isinstance(error, atomic.DiskFullError):
                raise
            text = " ".join(str(error).split())
            skipped.append(f"{job.source}: {text}")
            on_skip(f"Skipped {skipped[-1]}")
        else:
            images += len(job.images)
        line.update(done, images=images)
    return FolderResult(len(jobs), tuple(skipped), unit)


def print_skipped(sentence: str) -> None:
    """Prints what was skipped and why, as an error.

    Args:
        sentence: str.
    """
    print(sentence, file=sys.stderr)
