"""One line that says how training goes and how long it will take."""

import sys
import time

import keras

BAR_WIDTH = 20


class ProgressBar(keras.callbacks.Callback):
    """Prints epoch, step, images per second, time left and the two totals.

    On a terminal the line is rewritten in place; in a file or a pipe a new
    line is printed from time to time, so that a log stays short.

    Args:
        progress: `Progress`, earlier in the list of callbacks.
        every_seconds: float. Least seconds between two lines when the output
            is no terminal. Defaults to `30`.
        stream: Text stream. Defaults to standard output.
        clock: Function returning seconds. Defaults to `time.monotonic`.
    """

    def __init__(
        self, progress, every_seconds=30.0, stream=None, clock=time.monotonic
    ):
        super().__init__()
        self.progress = progress
        self.stream = stream if stream is not None else sys.stdout
        self._interactive = bool(getattr(self.stream, "isatty", bool)())
        self._every_seconds = 0.2 if self._interactive else every_seconds
        self._clock = clock
        self._last_shown = clock()
        self._last_length = 0

    def on_train_batch_end(self, batch, logs=None):
        progress = self.progress
        first = progress.step == progress.first_step + 1
        if first or self._clock() - self._last_shown >= self._every_seconds:
            step = progress.step_in_epoch or progress.steps_per_epoch
            epoch = (progress.step - 1) // progress.steps_per_epoch
            self._show(epoch, step, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if self.progress.step_in_epoch == 0:
            self._show(epoch, self.progress.steps_per_epoch, logs or {})
        self.stream.write("\n" if self._interactive else "")
        self.stream.flush()

    def _show(self, epoch, step, logs):
        progress = self.progress
        done = BAR_WIDTH * step // progress.steps_per_epoch
        parts = [
            f"Epoch {epoch + 1}/{progress.epochs} "
            f"[{'=' * done}{'.' * (BAR_WIDTH - done)}] "
            f"{step}/{progress.steps_per_epoch}"
        ]
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:.1f} images/s")
        left = progress.seconds_left(progress.total_steps - progress.step)
        if left is not None:
            parts.append(f"{format_seconds(left)} left")
        parts += [
            f"{name.split('/')[0]} {float(logs[name]):.3f}"
            for name in sorted(logs, reverse=True)
            if name.endswith("/total")
        ]
        line = " - ".join(parts)
        if self._interactive:
            padding = " " * max(0, self._last_length - len(line))
            self.stream.write(f"\r{line}{padding}")
        else:
            self.stream.write(line + "\n")
        self.stream.flush()
        self._last_length = len(line)
        self._last_shown = self._clock()


def format_seconds(seconds):
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
