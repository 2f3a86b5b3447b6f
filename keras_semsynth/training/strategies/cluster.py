"""The processes that train together, found before any of them begins."""

import contextlib
import dataclasses
import json
import select
import socket
import time

HELLO = b"semsynth"
# Between two attempts to reach a worker that does not listen yet.
PAUSE = 0.2


class ClusterError(ValueError):
    """Says in one sentence why workers cannot train together."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Processes that train together.

    Args:
        addresses: tuple of str, `"host:port"` of each.
        worker: int. Which of them this process is.
    """

    addresses: tuple[str, ...]
    worker: int


def read_tf_config(text: str) -> Cluster:
    """Reads the environment variable `TF_CONFIG` of TensorFlow.

    Args:
        text: str, JSON with `cluster` (addresses of `worker`, and perhaps of
            one `chief`, which comes first) and `task` (`type` and `index`).

    Returns:
        `Cluster`.

    Raises:
        ClusterError: If it is something else.
    """
    try:
        config = json.loads(text)
    except ValueError as error:
        raise ClusterError(
            f"TF_CONFIG must be JSON, but is not ({error}). Received: "
            f"{text[:80]!r}."
        ) from error
    example = (
        '{"cluster": {"worker": ["host0:12345", "host1:12345"]}, "task": '
        '{"type": "worker", "index": 0}}'
    )
    groups = config.get("cluster") if isinstance(config, dict) else None
    task = config.get("task") if isinstance(config, dict) else None
    if not (
        isinstance(groups, dict)
        and isinstance(task, dict)
        and groups
        and set(groups) <= {"chief", "worker"}
        and all(_are_addresses(group) for group in groups.values())
        and isinstance(task.get("index"), int)
    ):
        raise ClusterError(
            f"TF_CONFIG must look like {example}, with an own index for each "
            f"process. Received: {text[:200]}."
        )
    kind, index = task.get("type", "worker"), task["index"]
    if kind not in groups or not 0 <= index < len(groups[kind]):
        raise ClusterError(
            f"TF_CONFIG says that this process is {kind} {index}, but its "
            f"cluster has {_say_counts(groups)}: count indices from 0."
        )
    chiefs = groups.get("chief", [])
    addresses = (*chiefs, *groups.get("worker", []))
    if len(set(addresses)) < len(addresses):
        raise ClusterError(
            "TF_CONFIG gives two workers the same address: every worker needs "
            f"a port of its own. Received: {', '.join(addresses)}."
        )
    return Cluster(addresses, index + (0 if kind == "chief" else len(chiefs)))


def _are_addresses(group):
    return isinstance(group, list) and all(
        isinstance(a, str) and a.rpartition(":")[2].isdigit() for a in group
    )


def _say_counts(groups):
    return " and ".join(f"{len(g)} of type {k}" for k, g in groups.items())


def meet(cluster: Cluster, seconds: float) -> None:
    """Waits until every worker has been reached by every other.

    TensorFlow itself would wait for ever, and would not listen to signals.

    Args:
        cluster: `Cluster`.
        seconds: float. Deadline.

    Raises:
        ClusterError: If the own port is taken, or a worker has not answered.
    """
    deadline = time.monotonic() + seconds
    own = cluster.addresses[cluster.worker]
    waits_for = set(range(len(cluster.addresses))) - {cluster.worker}
    not_reached = set(waits_for)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(_listen(own))
        callers = {}
        said_so = False
        while waits_for or not_reached:
            for index in sorted(not_reached):
                if _call(cluster.addresses[index], cluster.worker):
                    not_reached.discard(index)
            ready, _, _ = select.select([server, *callers], [], [], PAUSE)
            for found in ready:
                if found is server:
                    caller, _ = server.accept()
                    callers[stack.enter_context(caller)] = b""
                    continue
                received = found.recv(64)
                callers[found] += received
                if not received:  # The caller has closed the connection.
                    text = callers.pop(found)
                    if text.startswith(HELLO):
                        waits_for.discard(int(text.removeprefix(HELLO)))
            missing = sorted(waits_for | not_reached)
            if missing and time.monotonic() > deadline:
                raise ClusterError(_say_missing(cluster, missing, seconds))
            if missing and not said_so:
                said_so = True
                print(
                    f"Waiting for {_name(cluster, missing)}, at most "
                    f"{seconds:.0f} seconds.",
                    flush=True,
                )


def _listen(address):
    port = address.rpartition(":")[2]
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("", int(port)))
        server.listen(64)
    except OSError as error:
        server.close()
        raise ClusterError(
            f"Port {port} of this worker ({address}) cannot be used "
            f"({error.strerror}): end the process that uses it, or give "
            "another port in TF_CONFIG of all workers."
        ) from error
    return server


def _call(address, worker):
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1) as caller:
            caller.sendall(HELLO + str(worker).encode())
    except OSError:
        return False
    return True


def _name(cluster, workers):
    return ", ".join(f"worker {i} ({cluster.addresses[i]})" for i in workers)


def _say_missing(cluster, missing, seconds):
    return (
        f"{_name(cluster, missing)} did not answer within {seconds:.0f} "
        "seconds: start all workers with the same TF_CONFIG but for the index, "
        "see that their ports can be reached, or raise `cluster_seconds`."
    )
