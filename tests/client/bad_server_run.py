"""Sends a client to a bad server and measures what it costs."""

import dataclasses
import pathlib
import time

from keras_semsynth.client import Client
from keras_semsynth.client import errors
from tests.client.bad_servers import LAYOUT
from tests.client.bad_servers import RETRIES

_STATUS = pathlib.Path("/proc/self/status")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a client made of a bad server."""

    seconds: float
    requests: int
    memory: int | None  # bytes beyond those before, at the peak
    error: Exception | None


def attempt(server, case, timeout):
    """Runs one case.

    Args:
        server: `RawServer`.
        case: `BadServer`.
        timeout: float. Seconds.

    Returns:
        `Outcome`.
    """
    server.reset(case.script)
    url = server.url(case.scheme)
    with Client(url, timeout, RETRIES, backoff=0.01) as client:
        before = _reset_peak()
        began = time.monotonic()
        try:
            client.synthesize(LAYOUT, seed=3)
            error = None
        except (errors.ServingError, ValueError) as caught:
            error = caught
        seconds = time.monotonic() - began
        memory = None if before is None else _memory("VmHWM") - before
    return Outcome(seconds, server.requests, memory, error)


def _reset_peak():
    """Lets the peak of this process be what it has now."""
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        return _memory("VmRSS")
    except (OSError, ValueError):
        return None


def _memory(name):
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(name)
