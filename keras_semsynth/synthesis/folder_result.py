"""Work on a folder of files, and what became of it."""

import dataclasses
import sys
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from keras_semsynth.files import atomic
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.synthesis.generation_plan import Job
from keras_semsynth.synthesis.generation_plan import remove_leftovers

# Images in memory together, unless one file becomes more.
AT_A_TIME = 16


@dataclasses.dataclass(frozen=True)
class FolderResult:
    """What became of a folder of label maps, or of photographs.

    Args:
        inputs: int. Files that were to become images.
        skipped: tuple of str. For each that could not be used, its path and
            why.
        unit: str. What the files are. Defaults to `"label maps"`.
        kept: int. Further files whose images were all there already.
            Defaults to `0`.
    """

    inputs: int
    skipped: tuple[str, ...] = ()
    unit: str = "label maps"
    kept: int = 0

    def __str__(self) -> str:
        kept = ""
        if self.kept:
            kept = f" The images of {self.kept} {self.unit} exist already."
        if not self.inputs:
            return kept.strip() or "All images exist already."
        if self.skipped:
            return (
                f"{len(self.skipped)} of {self.inputs} {self.unit} could "
                f"not be used (see above).{kept}"
            )
        return f"{self.inputs} {self.unit} were used.{kept}"


@dataclasses.dataclass(frozen=True)
class Work:
    """The steps from a file to images.

    Args:
        read: Function of a job that returns what is drawn.
        draw: Function of a list of such, those of several jobs, that returns
            the images of each.
        write: Function of a job, of what was read and of its images.
    """

    read: Callable[[Job], Any]
    draw: Callable[[list[Any]], Sequence[Any]]
    write: Callable[[Job, Any, Any], None]


def work_through(
    jobs: Sequence[Job],
    work: Work,
    unit: str,
    skip_errors: bool,
    on_skip: Callable[[str], None],
    skip_existing: bool = False,
) -> FolderResult:
    """Works on several jobs at a time and shows progress.

    Args:
        jobs: Sequence of `Job`.
        work: `Work`. A `ValueError` or `OSError` of a step is about the files
            of one job alone, except if the disk is full: jobs that cannot be
            drawn together are drawn one by one.
        unit: str. What the sources of the jobs are.
        skip_errors: bool. Whether a source that cannot be used is named and
            skipped, instead of ending it all.
        on_skip: Function that is told in a sentence what was skipped.
        skip_existing: bool. Whether jobs whose files are all there are left
            out. Defaults to `False`.

    Returns:
        `FolderResult`.

    Raises:
        DiskFullError: If the disk filled up.
    """
    planned = len(jobs)
    if skip_existing:
        jobs = [job for job in jobs if not job.is_done]
    remove_leftovers(jobs)
    line = ProgressLine(total=len(jobs), unit=unit)
    skipped, images = [], 0

    def attempt(job, step, *arguments):
        try:
            return step(*arguments)
        except (ValueError, OSError) as error:
            line.end()
            if not skip_errors or isinstance(error, atomic.DiskFullError):
                raise
            text = " ".join(str(error).split())
            skipped.append(f"{job.source}: {text}")
            on_skip(f"Skipped {' '.join(skipped[-1].split())}")
            return error

    def draw(given):
        try:
            return work.draw([one for _, one in given])
        except (ValueError, OSError):
            if not skip_errors:
                raise
        alone = (attempt(job, work.draw, [one]) for job, one in given)
        return [
            drawn if isinstance(drawn, Exception) else drawn[0]
            for drawn in alone
        ]

    step = max(1, AT_A_TIME // len(jobs[0].images)) if jobs else 1
    for start in range(0, len(jobs), step):
        batch = jobs[start : start + step]
        given = [(job, attempt(job, work.read, job)) for job in batch]
        given = [pair for pair in given if not isinstance(pair[1], Exception)]
        drawn = draw(given) if given else []
        for (job, one), pictures in zip(given, drawn, strict=True):
            if not isinstance(pictures, Exception):
                failed = attempt(job, work.write, job, one, pictures)
                images += 0 if failed else len(job.images)
        line.update(start + len(batch), images=images)
    return FolderResult(len(jobs), tuple(skipped), unit, planned - len(jobs))


def print_skipped(sentence: str) -> None:
    """Prints what was skipped and why, as an error.

    Args:
        sentence: str.
    """
    print(sentence, file=sys.stderr)
