import contextlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np


class Strategy:
    """Where a run trains, and with how many others.

    A strategy of this class has one device. As a str it is the sentence that
    is printed.

    Args:
        batch_size: int. Images in a global batch.
        devices: Sequence of str. What this worker computes on.
        remark: str. What else is to be said of the devices. Defaults to `""`.
    """

    num_workers = 1
    # Which of them this process is; the first one, the chief, writes files.
    worker = 0

    def __init__(
        self, batch_size: int, devices: Sequence[str], remark: str = ""
    ):
        self.batch_size = batch_size
        self.devices = tuple(devices)
        self.remark = remark

    @property
    def num_replicas(self) -> int:
        """Copies of the networks that share a batch, of all workers."""
        return self.num_workers * len(self.devices)

    @property
    def images_per_replica(self) -> int:
        """Images of a global batch that each replica sees."""
        return self.batch_size // self.num_replicas

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the files of the run."""
        return self.worker == 0

    def __str__(self) -> str:
        count = self.num_replicas
        kind = "CPU" if "cpu" in self.devices[0].lower() else "GPU"
        images = _plural(self.images_per_replica, "image")
        if count == 1:
            text = f"1 replica, {images} a step, on one {kind}"
        else:
            text = f"{count} replicas, {images} a step each, on {count} {kind}s"
        if self.num_workers > 1:
            text += (
                f" of {self.num_workers} workers, of which this is number "
                f"{self.worker}"
            )
        return f"{text}{self.remark}."

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Context in which networks and optimizers must be created."""
        return contextlib.nullcontext()

    def distribute(self, make_stream: Callable[..., Any]) -> Any:
        """Makes what `fit` takes of a function that makes streams.

        Args:
            make_stream: Function of `workers`, `worker` and `pieces`, as of
                `data.make_pipeline`.

        Returns:
            `tf.data.Dataset`, or what a strategy of TensorFlow makes of it.
        """
        return make_stream(workers=self.num_workers, worker=self.worker)

    def gather(self, numbers: Sequence[float]) -> np.ndarray:
        """Tells all workers what each of them says; all have to ask.

        Args:
            numbers: Sequence of float, as many for every worker. Whole numbers
                below `2**24` come back as they were.

        Returns:
            Float array `(num_workers, len(numbers))`.
        """
        return np.asarray([numbers], "float64")

    def alone(self) -> contextlib.AbstractContextManager[Any]:
        """Context of what the chief does by itself, such as to write files."""
        return contextlib.nullcontext()

    def abandon(self, status: int) -> None:
        """Prepares for an end of the process that waits for nobody.

        Args:
            status: int. Its exit status.
        """

    def wait(self) -> None:
        """Waits until all workers have come here."""
        self.gather([0.0])


def _plural(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"
