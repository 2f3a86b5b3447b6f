"""Joins requests of several clients, by the rules of TensorFlow Serving.

As in its `BatchingSession`: one queue a signature, whole requests only, an
error in a batch is the error of all its requests, and a full queue means
UNAVAILABLE.
"""

import collections
import pathlib
import re
import threading
import time
from concurrent import futures

import numpy as np

from tests.serving_doubles.request_error import RequestError

_LINE = re.compile(r"\s*(\w+)\s*\{\s*value:\s*(\d+)\s*\}\s*(?:#.*)?")
_DEFAULTS = {
    "max_batch_size": 8,
    "batch_timeout_micros": 1000,
    "max_enqueued_batches": 64,
    "num_batch_threads": 2,
}


def read_parameters(path):
    """Reads a `--batching_parameters_file`.

    Args:
        path: Path of a text file with lines such as
            `max_batch_size { value: 8 }`.

    Returns:
        dict of str to int, with defaults for what is absent.
    """
    parameters = dict(_DEFAULTS)
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match or match[1] not in parameters:
            raise ValueError(
                f"{path} has the line {line!r}, but only "
                f"{', '.join(parameters)} in the form 'name {{ value: 1 }}' "
                "are understood here."
            )
        parameters[match[1]] = int(match[2])
    return parameters


class Batcher:
    """Runs signatures on batches that several callers fill.

    Args:
        run: Function of a signature and a dict of arrays.
        max_batch_size: int. Rows.
        batch_timeout_micros: int. How long the first request waits for more.
        max_enqueued_batches: int. Batches that may wait, for each signature.
        num_batch_threads: int. Batches that run at once, for each signature.
    """

    def __init__(
        self,
        run,
        max_batch_size,
        batch_timeout_micros,
        max_enqueued_batches,
        num_batch_threads,
    ):
        self._run = run
        self.max_batch_size = max_batch_size
        self.timeout = batch_timeout_micros / 1e6
        self.max_waiting = max_enqueued_batches * max_batch_size
        self.num_threads = num_batch_threads
        self.batch_sizes = collections.Counter()
        self.rejected = 0
        self._queues = {}
        self._changed = threading.Condition()
        self._closed = False

    def run(self, signature, inputs):
        """Runs a signature, maybe together with the requests of others.

        Args:
            signature: str.
            inputs: dict, name -> array with the batch as first axis.

        Returns:
            dict, name -> array.
        """
        sizes = {value.shape[:1] for value in inputs.values()}
        if len(sizes) != 1 or sizes == {()}:
            raise RequestError(
                "INVALID_ARGUMENT",
                "Batching Run() input tensors must have equal 0th-dimension "
                "size",
            )
        (rows,) = sizes.pop()
        if rows > self.max_batch_size:
            raise RequestError(
                "INVALID_ARGUMENT",
                f"Task size {rows} is larger than maximum input batch size "
                f"{self.max_batch_size}",
            )
        future = futures.Future()
        with self._changed:
            queue = self._queues.get(signature)
            if queue is None:
                queue = self._queues[signature] = collections.deque()
                for _ in range(self.num_threads):
                    threading.Thread(
                        target=self._work, args=(signature, queue), daemon=True
                    ).start()
            if sum(task[1] for task in queue) + rows > self.max_waiting:
                self.rejected += 1
                raise RequestError(
                    "UNAVAILABLE",
                    "The batch scheduling queue to which this task was "
                    "submitted is full",
                )
            queue.append((inputs, rows, time.monotonic(), future))
            self._changed.notify_all()
        return future.result()

    def waiting(self):
        """Returns the number of rows that wait for a batch to start."""
        with self._changed:
            queues = self._queues.values()
            return sum(task[1] for queue in queues for task in queue)

    def close(self):
        """Ends the threads once their queues are empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self, signature, queue):
        while batch := self._next_batch(queue):
            self.batch_sizes[sum(task[1] for task in batch)] += 1
            try:
                results = self._results(signature, batch)
            except Exception as error:
                for *_, future in batch:
                    future.set_exception(error)
                continue
            for (*_, future), result in zip(batch, results, strict=True):
                future.set_result(result)

    def _next_batch(self, queue):
        """Waits for a full batch, or for what came within the time limit."""
        with self._changed:
            while True:
                rows = sum(task[1] for task in queue)
                wait = None
                if queue:
                    wait = queue[0][2] + self.timeout - time.monotonic()
                    if rows >= self.max_batch_size or wait <= 0:
                        break
                if self._closed and not queue:
                    return None
                self._changed.wait(wait)
            batch, rows = [], 0
            while queue and rows + queue[0][1] <= self.max_batch_size:
                rows += queue[0][1]
                batch.append(queue.popleft())
            return batch

    def _results(self, signature, batch):
        joined = {}
        for name in batch[0][0]:
            parts = [inputs[name] for inputs, *_ in batch]
            if len({part.shape[1:] for part in parts}) > 1:
                raise RequestError(
                    "FAILED_PRECONDITION",
                    f"Tensors with name '{name}' from different tasks have "
                    "different shapes and padding is turned off.",
                )
            joined[name] = np.concatenate(parts)
        outputs = self._run(signature, joined)
        ends = np.cumsum([task[1] for task in batch])[:-1]
        pieces = {name: np.split(x, ends) for name, x in outputs.items()}
        return [
            {name: pieces[name][i] for name in pieces}
            for i in range(len(batch))
        ]
