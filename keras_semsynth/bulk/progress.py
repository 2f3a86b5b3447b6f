"""Shows how far a bulk generation on this machine is."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from typing import TextIO

from keras_semsynth.files.progress_line import ProgressLine

# Looking through the folder may take this share of the time, no more.
_SHARE = 0.05


@contextlib.contextmanager
def shown_progress(
    folder: str,
    expected: int,
    every_seconds: float = 30.0,
    stream: TextIO | None = None,
) -> Iterator[None]:
    """Prints how many images a block has written, how fast, and what is left.

    Workers are processes of their own, so the folder itself is looked at. On a
    terminal the line is rewritten in place.

    Args:
        folder: str. Output folder on this machine.
        expected: int. Images that the folder will hold.
        every_seconds: float. Seconds between two lines when the output is
            no terminal. Defaults to `30`.
        stream: Text stream. Defaults to standard output.
    """
    # The clock of a file system lags some milliseconds behind.
    started = time.time() - 0.05
    kept = _count(folder, before=started)
    line = ProgressLine(
        total=max(expected - kept, 1),
        unit="images",
        every_seconds=every_seconds,
        stream=stream,
    )
    # On a terminal the line is refreshed more often than in a file.
    every_seconds = min(every_seconds, 1.0) if line.terminal else every_seconds
    ended = threading.Event()

    def watch():
        wait = every_seconds
        while not ended.wait(wait):
            began = time.time()
            written = _count(folder, since=started)
            line.update(written, written)
            wait = max(every_seconds, (time.time() - began) / _SHARE)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        line.end()


def _count(folder, since=0.0, before=float("inf")):
    """Images last written in a span of time, at any depth."""
    count = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".bulk"]
        for name in names:
            if name.endswith(".png"):
                try:
                    written = os.stat(os.path.join(path, name)).st_mtime
                except FileNotFoundError:
                    continue  # replaced at this moment
                count += since <= written < before
    return count
