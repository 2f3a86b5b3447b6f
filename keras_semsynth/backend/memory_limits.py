"""The memory of this machine that a process may have, and how to say it."""

import pathlib
import re
from collections.abc import Iterator

PROCESS_GROUPS = pathlib.Path("/proc/self/cgroup")
GROUPS = pathlib.Path("/sys/fs/cgroup")
MACHINE = pathlib.Path("/proc/meminfo")


def free_system_memory() -> int | None:
    """Returns the memory that a process can still get.

    Returns:
        int, bytes; `None` where the system does not tell.
    """
    known = [_machine("MemAvailable")]
    for limit, used in _groups():
        known.append(max(limit - used, 0))
    return _least(known)


def total_system_memory() -> int | None:
    """Returns the memory that a process could get if it were alone.

    Returns:
        int, bytes: that of the machine, or the limit of a container or of
        `ulimit -v`; `None` where the system does not tell.
    """
    known = [_machine("MemTotal"), *(limit for limit, _ in _groups())]
    try:
        import resource
    except ImportError:  # Windows
        return _least(known)
    address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
    if address_space != resource.RLIM_INFINITY:
        known.append(address_space)
    return _least(known)


def say_bytes(count: float) -> str:
    """Writes a number of bytes as people read it.

    Args:
        count: float.

    Returns:
        str, such as `"1.4 GiB"` or `"70 MiB"`.
    """
    for power, unit in ((60, "EiB"), (50, "PiB"), (40, "TiB"), (30, "GiB")):
        if count >= 2**power:
            amount = count / 2**power
            return f"{amount:.{1 if amount < 1000 else 0}f} {unit}"
    return f"{max(count / 2**20, 1):.0f} MiB"


def _least(known):
    return min((value for value in known if value is not None), default=None)


def _machine(name):
    found = re.search(rf"^{name}:\s*(\d+) kB", _read(MACHINE), re.MULTILINE)
    return None if found is None else int(found[1]) * 1024


def _groups() -> Iterator[tuple[int, int]]:
    """Yields limit and use of the control groups that this process is in."""
    for line in _read(PROCESS_GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            names = GROUPS, "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            names = (
                GROUPS / "memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            )
        else:
            continue
        root, limit, usage, cache = names
        # In a container the group may lie at the root of what is seen.
        group = pathlib.PurePosixPath(path.lstrip("/"))
        for folder in (group, *group.parents):
            found = _read(root / folder / limit).strip()
            used = _read(root / folder / usage).strip()
            # Without a limit it says "max", or (in version 1) 2**63.
            if not found.isdigit() or not used.isdigit():
                continue
            if int(found) >= 2**60:
                continue
            # What only caches files is given back when it is needed.
            statistics = _read(root / folder / "memory.stat")
            cached = re.search(rf"^{cache} (\d+)$", statistics, re.MULTILINE)
            yield int(found), int(used) - int(cached[1] if cached else 0)


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
