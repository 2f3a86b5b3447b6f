"""Ends a worker of a run of two, and lets one, two or three go on.

A tiny run (landscapes, pix2pixHD with an average, checkpoints every three
steps) trains undisturbed in two processes. In others, at one moment each, the
chief or the other worker is killed by SIGKILL, or one of them gets SIGTERM. The
benchmark waits for the other to end, and starts the run again in as many
processes as asked for. Then the last checkpoint is compared with that of the
undisturbed run.

Prints a Markdown table: statuses (75: another worker has ended; 143: SIGTERM;
-9: killed), seconds until all had ended, and how far the weights are from those
of the undisturbed run: 0 means every bit, else relative to the length of what
training changed.

Run: python benchmarks/worker_kills.py [--backend=tensorflow] [--moments=12]
"""

import itertools
import pathlib
import signal
import sys
import tempfile

import numpy as np
from absl import app
from absl import flags
from small_run import choose_backend
from worker_processes import EPOCHS
from worker_processes import STEPS_PER_EPOCH
from worker_processes import Workers

FLAGS = flags.FLAGS
flags.DEFINE_integer("moments", 12, "Ends of workers.", lower_bound=1)
flags.DEFINE_list("restarts", ["2", "3", "1"], "Processes of the next start.")
STEPS = EPOCHS * STEPS_PER_EPOCH
EVENTS = (
    ("kill -9", 1, signal.SIGKILL),
    ("kill -9", 0, signal.SIGKILL),
    ("SIGTERM", 1, signal.SIGTERM),
    ("SIGTERM", 0, signal.SIGTERM),
)


def main(argv):
    del argv
    choose_backend()
    failed = False
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        first = read(whole(root / "first", "--epochs=1", "--steps_per_epoch=1"))
        expected = read(whole(root / "undisturbed"))
        print(
            "| event | worker | after step | statuses | all ended, s "
            "| next start | resumed at step | difference |"
        )
        print("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |")
        events = itertools.cycle(EVENTS)
        restarts = itertools.cycle(map(int, FLAGS.restarts))
        for i, (name, worker, number), count in zip(
            range(FLAGS.moments), events, restarts, strict=False
        ):
            step = 1 + i * (STEPS - 3) // FLAGS.moments
            folder = root / f"run{i}"
            workers = Workers(FLAGS.backend, 2, folder)
            workers.wait_for_step(step)
            workers.kill(worker, number)
            statuses, seconds = workers.statuses()
            again = Workers(FLAGS.backend, count, folder)
            ends, _ = again.statuses()
            found = read(folder) if not any(ends) else None
            difference = distance(found, expected, first)
            good = is_good(statuses, number, worker, difference, count)
            failed = failed or not good
            print(
                f"| {name} | {worker} | {step} "
                f"| {', '.join(map(str, statuses))} | {seconds:.1f} | {count} "
                f"| {resumed(again)} | {difference:.0e} |",
                flush=True,
            )
            if not good:
                for output in (*workers.outputs, *again.outputs):
                    print(pathlib.Path(output).read_text()[-1500:])
    sys.exit(int(failed))


def whole(folder, *flags):
    """Trains undisturbed in two processes; returns the run directory."""
    workers = Workers(FLAGS.backend, 2, folder, *flags)
    statuses, _ = workers.statuses()
    if any(statuses):
        raise RuntimeError(f"{statuses}: {workers.said(0)[-3000:]}")
    return folder


def read(folder):
    """Weights and all else of the last checkpoint, by name."""
    import h5py

    content = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            content[name] = item[()]

    newest = sorted((folder / "checkpoints").iterdir())[-1]
    with h5py.File(newest / "gan.weights.h5") as file:
        file.visititems(visit)
    return content


def distance(found, expected, first):
    """How far two states are, relative to what training changed."""
    if found is None or found.keys() != expected.keys():
        return float("nan")
    if all(found[n].tobytes() == expected[n].tobytes() for n in expected):
        return 0.0
    names = [
        n
        for n in expected
        if expected[n].dtype.kind == "f" and "optimizer" not in n
    ]
    difference, change = (
        sum(np.sum(np.square(a[n].astype("float64") - b[n])) for n in names)
        for a, b in ((found, expected), (expected, first))
    )
    return float(np.sqrt(difference / change))


def is_good(statuses, number, worker, difference, count):
    """Whether all ended as they should, and went on as they should."""
    if number == signal.SIGTERM:
        ended = statuses == [143, 143]
    else:
        ended = statuses[worker] == -9 and statuses[1 - worker] == 75
    # Adam makes whole steps of rounding.
    return ended and (difference == 0 if count == 2 else difference < 0.2)


def resumed(workers):
    for line in workers.said(0).splitlines():
        if line.startswith("Resuming at"):
            epoch, step = (
                int(part.partition("/")[0])
                for part in line.replace(",", "").split()
                if "/" in part
            )
            return (epoch - 1) * STEPS_PER_EPOCH + step
    return 0


if __name__ == "__main__":
    app.run(main)
