"""One line that says how far something is and how long it will take."""

import sys
import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import TextIO

BAR_WIDTH = 20
TERMINAL_SECONDS = 0.2


class ProgressLine:
    """Shows how far something is, in one line.

    On a terminal the line is rewritten in place; in a file or a pipe, where
    `rich.progress` would stay silent, a new line is printed from time to
    time, so that a log stays short.

    Args:
        title: str. Stands before the bar. Defaults to `""`.
        total: int. What `update` counts to. Defaults to `1`.
        unit: str. What is counted, e.g. `"label maps"`. Defaults to `""`.
        every_seconds: float. Least seconds between two lines when the output
            is no terminal. Defaults to `30`.
        stream: Text stream. Defaults to standard output.
        clock: Function returning seconds. Defaults to `time.monotonic`.

    Example:

    >>> line = ProgressLine("Reading", total=100, unit="samples")
    >>> line.update(100)
    Reading [====================] 100/100 samples - 0:00:00
    """

    def __init__(
        self,
        title: str = "",
        total: int = 1,
        unit: str = "",
        every_seconds: float = 30.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.title = title
        self.total = total
        self.unit = unit
        self.stream = sys.stdout if stream is None else stream
        self.terminal = bool(getattr(self.stream, "isatty", bool)())
        self._every = TERMINAL_SECONDS if self.terminal else every_seconds
        self._clock = clock
        self._start = self._shown = clock()
        self._length = 0
        self._ended = False

    def is_due(self) -> bool:
        """Tells whether the last line is old enough for another."""
        return self._clock() - self._shown >= self._every

    def update(self, done: int, images: int | None = None) -> None:
        """Shows how much is done, if it is time to or all is done.

        Args:
            done: int. How many of `total` are done.
            images: int or `None`. Images made so far, for the pace. Defaults
                to `None`.
        """
        last = done >= self.total
        if self._ended or not (last or self.is_due()):
            return
        self._ended = last
        seconds = max(self._clock() - self._start, 1e-6)
        parts = [
            f"{self.title} {bar(done, self.total)} {self.unit}".strip(),
        ]
        if images is not None:
            parts.append(f"{images / seconds:.1f} images/s")
        if last:
            parts.append(format_seconds(seconds))
        elif done:
            left = seconds / done * (self.total - done)
            parts.append(f"{format_seconds(left)} left")
        self.show(parts, last)

    def show(self, parts: Sequence[str], last: bool = False) -> None:
        """Writes a line now.

        Args:
            parts: Sequence of str, joined by dashes.
            last: bool. Whether the next line stands below this one even on
                a terminal. Defaults to `False`.
        """
        line = " - ".join(parts)
        if self.terminal:
            padding = " " * max(0, self._length - len(line))
            self.stream.write(f"\r{line}{padding}")
            self._length = len(line)
        else:
            self.stream.write(line + "\n")
        self._shown = self._clock()
        if last:
            self.end()
        else:
            self.stream.flush()

    def end(self) -> None:
        """Ends the line, so that what is printed next stands below it."""
        if self.terminal and self._length:
            self.stream.write("\n")
        self._length = 0
        self.stream.flush()


def bar(done: int, total: int) -> str:
    """Draws a bar with its count.

    Args:
        done: int.
        total: int.

    Returns:
        str, e.g. `"[=====...............] 1/4"`.
    """
    full = BAR_WIDTH * min(done, total) // max(total, 1)
    return f"[{'=' * full}{'.' * (BAR_WIDTH - full)}] {done}/{total}"


def format_seconds(seconds: float) -> str:
    """Formats seconds as `h:mm:ss`, with days where there are any.

    Args:
        seconds: float.

    Returns:
        str, e.g. `"0:01:40"` or `"2 days 3:00:00"`.
    """
    days, rest = divmod(int(round(seconds)), 24 * 3600)
    hours, rest = divmod(rest, 3600)
    text = f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    if not days:
        return text
    return f"{days} day{'s' if days > 1 else ''} {text}"
