"""Shows how far a bulk generation on this machine is."""

import contextlib
import os
import sys
import threading
import time

from keras_semsynth.training.progress_bar import format_seconds

# Looking through the folder may take this share of the time, no more.
_SHARE = 0.05


@contextlib.contextmanager
def shown_progress(folder, expected, every_seconds=None, stream=None):
    """Prints how many images a block has written, how fast, and what is left.

    Workers are processes of their own, so the folder itself is looked at. On a
    terminal the line is rewritten in place.

    Args:
        folder: str. Output folder on this machine.
        expected: int. Images that the folder will hold.
        every_seconds: float. Seconds between two lines. Defaults to `1` on a
            terminal and `30` elsewhere.
        stream: Text stream. Defaults to standard output.
    """
    stream = sys.stdout if stream is None else stream
    terminal = bool(getattr(stream, "isatty", bool)())
    if every_seconds is None:
        every_seconds = 1.0 if terminal else 30.0
    # The clock of a file system lags some milliseconds behind.
    started = time.time() - 0.05
    kept = _count(folder, before=started)
    ended = threading.Event()
    begin, end = ("\r", "") if terminal else ("", "\n")

    def watch():
        wait = every_seconds
        while not ended.wait(wait):
            now = time.time()
            written = _count(folder, since=started)
            rate = written / (now - started)
            line = f"{written} images written - {rate:.1f} images/s"
            if written:
                left = max(expected - kept - written, 0) / rate
                line += f" - {format_seconds(left)} left"
            stream.write(f"{begin}{line}{end}")
            stream.flush()
            wait = max(every_seconds, (time.time() - now) / _SHARE)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        if terminal:
            stream.write("\n")


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
