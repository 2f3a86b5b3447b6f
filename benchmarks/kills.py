"""Kills a training run again and again, and compares what comes of it.

A tiny run (landscapes, SPADE with a style encoder and an averaged generator,
several checkpoints and sample grids) trains undisturbed twice. Others are
killed by SIGKILL at a random moment, right before a random change of a file or
folder of theirs, or before one of those after the last checkpoint, and are
started again until they have been killed so many times and say that they are
done. Then the last checkpoint and the exported networks must hold the bits of
the undisturbed run, `report.json` its end, and the networks must load.

Prints a Markdown table, and ends with status 1 if a run differed or failed.

Run: python benchmarks/kills.py [--kills=100] [--backend=tensorflow]
"""

import collections
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

import small_run
from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("kills", 100, "Kills, over all runs.")
flags.DEFINE_integer("jobs", 2, "Runs at the same time.")
flags.DEFINE_integer("seed", 0, "Seed of moments and events.")

KILLS_A_RUN = 10


@dataclasses.dataclass(frozen=True)
class Kill:
    """When a start is killed, at the earliest of these.

    Args:
        end: int. Number of a change of a file, of those after the last
            checkpoint; every start that is to be killed comes to it.
        event: int or `None`. Number of such a change since the start.
            Defaults to `None`.
        seconds: float or `None`. Time since the start. Defaults to `None`.
    """

    end: int
    event: int | None = None
    seconds: float | None = None


class Events:
    """Counts what a process changes in a folder, and ends it at some count.

    Args:
        folder: str. The run directory.
        kill: `Kill` or `None`.
    """

    def __init__(self, folder, kill):
        self.folder = folder
        self.kill = kill
        self.count = 0
        self.count_at_end = 0
        self.is_saved = os.path.isdir(f"{folder}/checkpoints/{small_run.LAST}")
        sys.addaudithook(self.hook)

    def hook(self, event, arguments):
        if not self._changes(event, arguments):
            return
        self.count += 1
        self.count_at_end += self.is_saved
        if self.kill is None:
            kind = None
        elif self.is_saved and self.count_at_end == self.kill.end:
            kind = "end"
        elif self.count == self.kill.event:
            kind = "event"
        else:
            kind = None
        if kind is not None:
            self.kill = None
            pathlib.Path(f"{self.folder}.{kind}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if event == "os.rename" and str(arguments[1]).endswith(small_run.LAST):
            self.is_saved = True

    def _changes(self, event, arguments):
        if event == "open":
            path, mode, bits = arguments
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
            if not (bits or 0) & writes:
                return False
        elif event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            path = arguments[0]
        else:
            return False
        if not isinstance(path, (str, os.PathLike)):
            return False
        # `shutil.rmtree` names what it removes by its last part.
        path = os.fspath(path)
        return path.startswith(self.folder) or event in (
            "os.remove",
            "os.rmdir",
        )


def start(folder, kill):
    """Starts the run in a child of this process.

    Returns:
        int, the number of the process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        log = os.open(f"{folder}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        events = Events(folder, kill)
        began = time.monotonic()
        small_run.train(folder)
        pathlib.Path(f"{folder}.json").write_text(
            json.dumps(
                {
                    "events": events.count,
                    "events_at_end": events.count_at_end,
                    "seconds": time.monotonic() - began,
                }
            )
        )
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def loads(folder):
    """Whether the networks load, tried in a child of this process."""
    sys.stdout.flush()
    process = os.fork()
    if not process:
        status = 1
        try:
            import keras_semsynth

            keras_semsynth.Synthesizer.from_preset(folder)
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(process, 0)[1] == 0


class Run:
    """One run that is killed several times.

    Args:
        folder: str. Its run directory.
        kills: list of `Kill`, one for each start; the one after them is left
            alone.
    """

    def __init__(self, folder, kills):
        self.folder = folder
        self.kills = list(kills)
        self.killed = []
        self.status = None
        self._begin()

    def _begin(self):
        self.kill = self.kills.pop(0) if self.kills else None
        self.began = time.monotonic()
        self.process = start(self.folder, self.kill)

    def _kind(self):
        for kind in ("end", "event"):
            mark = pathlib.Path(f"{self.folder}.{kind}")
            if mark.exists():
                mark.unlink()
                return kind
        return "moment"

    def poll(self):
        """Goes on; returns whether the run has come to its end."""
        moment = self.kill and self.kill.seconds
        if moment and time.monotonic() - self.began > moment:
            os.kill(self.process, signal.SIGKILL)
        process, status = os.waitpid(self.process, os.WNOHANG)
        if not process:
            return False
        status = os.waitstatus_to_exitcode(status)
        if status == -signal.SIGKILL and self.kill:
            self.killed.append(self._kind())
            self._begin()
            return False
        self.status = status
        return True


def plan(generator, undisturbed):
    """Chooses the kills of a run: its begin, its middle and its end."""
    kills = []
    for number in range(KILLS_A_RUN):
        end = generator.randint(1, undisturbed["events_at_end"])
        event = seconds = None
        if number >= KILLS_A_RUN - 3:
            pass
        elif number % 2:
            seconds = generator.uniform(0.1, undisturbed["seconds"])
        else:
            # Every start changes some files before it trains, and later ones
            # have less to train.
            event = generator.randint(1, undisturbed["events"] // 3)
        kills.append(Kill(end, event, seconds))
    return kills


def undisturbed(root, count=2):
    """Trains without kills.

    Returns:
        Tuple of what comes of it and how long it takes.
    """
    ends = []
    for number in range(count):
        folder = str(root / f"undisturbed-{number}")
        run = Run(folder, [])
        while not run.poll():
            time.sleep(0.05)
        if run.status:
            log = pathlib.Path(f"{folder}.log").read_text()
            raise SystemExit(f"The undisturbed run failed:\n{log}")
        ends.append(small_run.end_of(folder))
    differing = small_run.differences(ends[0], ends[-1])
    if differing:
        raise SystemExit(f"Two undisturbed runs differ: {differing}")
    return ends[0], json.loads(pathlib.Path(f"{folder}.json").read_text())


def judge(run, expected):
    """Says what is wrong with the end of a run, or `None`."""
    if run.status:
        log = pathlib.Path(f"{run.folder}.log").read_text()
        return f"exit status {run.status}\n{log[-3000:]}"
    try:
        differing = small_run.differences(
            expected, small_run.end_of(run.folder)
        )
    except (OSError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    if differing:
        return f"differs: {differing[:5]}"
    return None if loads(run.folder) else "its networks cannot be loaded"


def main(argv):
    del argv
    small_run.choose_backend()
    # Every start is a copy of this process, which has run no operation.
    import keras_semsynth  # noqa: F401

    generator = random.Random(FLAGS.seed)
    root = pathlib.Path(tempfile.mkdtemp(prefix="kills-"))
    began = time.monotonic()
    expected, facts = undisturbed(root)
    print(
        f"Undisturbed: {facts['seconds']:.1f} s, {facts['events']} events, "
        f"{facts['events_at_end']} of them after the last checkpoint.",
        flush=True,
    )
    kinds = collections.Counter()
    runs, number, wrong = [], 0, []
    ended = 0
    while runs or kinds.total() < FLAGS.kills:
        planned = kinds.total() + sum(
            len(r.killed) + len(r.kills) + (r.kill is not None) for r in runs
        )
        while len(runs) < FLAGS.jobs and planned < FLAGS.kills:
            kills = plan(generator, facts)[: FLAGS.kills - planned]
            runs.append(Run(str(root / f"run-{number:03d}"), kills))
            planned += len(kills)
            number += 1
        time.sleep(0.01)
        for run in list(runs):
            if not run.poll():
                continue
            runs.remove(run)
            ended += 1
            kinds.update(run.killed)
            problem = judge(run, expected)
            if problem is None:
                shutil.rmtree(run.folder)
            else:
                wrong.append(run.folder)
                print(f"{run.folder}: {problem}", flush=True)
            print(
                f"{time.monotonic() - began:.0f} s: {kinds.total()} kills, "
                f"{ended} runs, {len(wrong)} not equal",
                flush=True,
            )
    print(
        "| backend | kills | at a moment | at an event | at the end | runs "
        "| equal | not equal |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print(
        f"| {FLAGS.backend} | {kinds.total()} | {kinds['moment']} | "
        f"{kinds['event']} | {kinds['end']} | {ended} | {ended - len(wrong)} | "
        f"{len(wrong)} |"
    )
    if wrong:
        raise SystemExit(1)
    shutil.rmtree(root)


if __name__ == "__main__":
    app.run(main)
