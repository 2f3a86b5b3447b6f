"""Converts hostile files one by one in a process with little memory.

    python -m tests.checkpoints.hostile_child FOLDER

Every file of the folder is given to `semsynth convert`. One line of JSON says
what came of each.
"""

import contextlib
import io
import json
import os
import pathlib
import resource
import sys
import time

from keras_semsynth.commands import convert
from tests.checkpoints import hostile_pth
from tests.checkpoints.test_weights import tiny_state
from tests.checkpoints.test_weights import write_state

# Bytes above what the process has after its imports.
MEMORY = 2**30
_ACTS = ("os.system", "os.exec", "os.fork", "subprocess.Popen", "socket.")
FLAGS = (
    "--network=spade_generator",
    "--use_edge_map=false",
    "--image_size=64x64",
    "--upsampling=normal",
    "--output=generator.keras",
)


def status_line(name):
    """Returns a number of kilobytes of this process."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise KeyError(name)


def run(path):
    """Converts a file; returns `(exit status, what was printed as error)`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = convert.main(["convert", f"--input={path}", *FLAGS])
        except SystemExit as stop:
            status = stop.code
    return status, err.getvalue()


def main(folder):
    os.chdir(folder)
    good = pathlib.Path("good.pth")
    write_state(good, tiny_state(hostile_pth.tiny_generator()))
    status, printed = run(good)
    if status:
        raise AssertionError(printed)
    good.unlink()
    pathlib.Path("generator.keras").unlink()
    acted = []

    def watch(event, arguments):
        if event.startswith(_ACTS):
            acted.append(event)

    sys.addaudithook(watch)
    names = sorted(os.listdir("."))
    limit = 1024 * status_line("VmData") + MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    for name in names:
        del acted[:]
        # Sets the highest memory so far to the present one.
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        before, start = status_line("VmRSS"), time.monotonic()
        status, printed = run(name)
        row = {
            "file": name,
            "status": status,
            "printed": printed,
            "seconds": time.monotonic() - start,
            "megabytes": (status_line("VmHWM") - before) / 1024,
            "acted": acted[:],
            "written": sorted(set(os.listdir(".")) - set(names)),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
