"""A bounded queue in front of a model."""

import concurrent.futures
import math
import threading
import time
from collections.abc import Callable
from collections.abc import Hashable
from typing import Any


class QueueFull(Exception):
    """More is waiting than the queue takes.

    Args:
        retry_after: int. Seconds after which another try may succeed.
    """

    def __init__(self, retry_after: int):
        super().__init__(
            "The model is busy: too many pictures are waiting. Try again in "
            f"{retry_after} s."
        )
        self.retry_after = retry_after


class RenderQueue:
    """Hands jobs to a model, in order, a few at a time.

    Jobs of the same kind that wait at the same time are run as one batch.

    Args:
        run: Callable `(kind, jobs)`; returns a list with the result of every
            job. `jobs` is a list of what `submit` was given.
        threads: int. Batches that run at the same time. Defaults to `1`, for
            a model in this process.
        max_waiting: int. Jobs that may wait, besides those that run.
            Defaults to `16`.
        max_batch: int. Defaults to `1`.
    """

    def __init__(
        self,
        run: Callable[[Hashable, list], list],
        threads: int = 1,
        max_waiting: int = 16,
        max_batch: int = 1,
    ):
        for name, value in (
            ("threads", threads),
            ("max_waiting", max_waiting),
            ("max_batch", max_batch),
        ):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"`{name}` must be a positive integer. "
                    f"Received: {name}={value}."
                )
        self.max_waiting = max_waiting
        self.max_batch = max_batch
        self._run = run
        self._waiting = []
        self._changed = threading.Condition()
        self._open = True
        self._seconds = 0.5  # a job, averaged over the recent ones
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, kind: Hashable, job: Any) -> concurrent.futures.Future:
        """Adds a job.

        Args:
            kind: Hashable. Only jobs of one kind share a batch.
            job: Anything.

        Returns:
            `concurrent.futures.Future` of the result. A job that is cancelled
            while it waits is never run.

        Raises:
            QueueFull: If too many wait already.
        """
        future = concurrent.futures.Future()
        with self._changed:
            if not self._open:
                raise QueueFull(1)
            self._waiting = [w for w in self._waiting if not w[2].cancelled()]
            if len(self._waiting) >= self.max_waiting:
                raise QueueFull(self._retry_after())
            self._waiting.append((kind, job, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Cancels what waits and ends the threads."""
        with self._changed:
            self._open = False
            waiting, self._waiting = self._waiting, []
            self._changed.notify_all()
        for _, _, future in waiting:
            future.cancel()

    def _retry_after(self):
        seconds = len(self._waiting) * self._seconds / len(self._threads)
        return min(max(math.ceil(seconds), 1), 60)

    def _work(self):
        while True:
            batch = self._next_batch()
            if batch is None:
                return
            if batch:
                started = time.monotonic()
                self._finish(batch)
                seconds = (time.monotonic() - started) / len(batch)
                self._seconds += 0.2 * (seconds - self._seconds)

    def _next_batch(self):
        """Waits for jobs of one kind; `None` at the end."""
        with self._changed:
            while not self._waiting:
                if not self._open:
                    return None
                self._changed.wait()
            kind = self._waiting[0][0]
            same = [w for w in self._waiting if w[0] == kind][: self.max_batch]
            taken = {id(w) for w in same}
            self._waiting = [w for w in self._waiting if id(w) not in taken]
        return [w for w in same if w[2].set_running_or_notify_cancel()]

    def _finish(self, batch):
        kind = batch[0][0]
        try:
            results = list(self._run(kind, [job for _, job, _ in batch]))
            if len(results) != len(batch):
                raise RuntimeError("The model returned too few results.")
        except Exception as error:
            if len(batch) == 1:
                batch[0][2].set_exception(error)
                return
            for one in batch:  # one bad job must not spoil the others
                self._finish([one])
            return
        for (_, _, future), result in zip(batch, results, strict=True):
            future.set_result(result)
