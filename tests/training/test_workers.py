"""Processes that train together, as users start them, on one machine."""

import csv
import pathlib
import signal
import sys

import keras
import numpy as np
import pytest

from tests.semsynth_test_case import SemsynthTestCase

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"
LOST = 75


@pytest.fixture(scope="module")
def workers():
    """The module that starts them, which a benchmark needs, too."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import worker_processes

        yield worker_processes
    finally:
        sys.path.remove(str(BENCHMARKS))


def rows(folder):
    with open(folder / "logs" / "train.csv", newline="") as file:
        return list(csv.DictReader(file))


def weights(folder):
    """Bytes of the newest checkpoint's arrays by name."""
    import h5py

    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()].tobytes()

    newest = sorted((folder / "checkpoints").iterdir())[-1]
    with h5py.File(newest / "gan.weights.h5") as file:
        file.visititems(visit)
    return found


@pytest.mark.slow
class WorkersTest(SemsynthTestCase):
    @pytest.fixture(autouse=True)
    def prepare(self, tmp_path, workers):
        self.root = tmp_path
        self.workers = workers

    def start(self, name, count, *flags):
        return self.workers.Workers(
            keras.backend.backend(), count, self.root / name, *flags
        )

    def train(self, name, count):
        running = self.start(name, count)
        statuses, _ = running.statuses()
        self.assertEqual(statuses, [0] * count, running.said(0)[-2000:])
        return self.root / name

    def test_two_train_as_one_and_the_chief_alone_writes(self):
        one, two = rows(self.train("one", 1)), rows(self.train("two", 2))
        self.assertEqual([r["step"] for r in two], [r["step"] for r in one])
        # Adam makes whole steps of rounding, so that later rows drift apart.
        for mine, other in zip(one[:2], two[:2], strict=True):
            for name, value in mine.items():
                if name.partition("/")[0] in ("generator", "discriminator"):
                    self.assertLess(
                        abs(float(other[name]) - float(value)), 1e-3, name
                    )
        folder = self.root / "two"
        self.assertEqual(list(folder.rglob(".writing-*")), [])
        report = (folder / "report.json").read_text()
        self.assertIn('"workers": 2', report)
        # Their first lines say which they are.
        for i in range(2):
            said = (self.root / f"two-{i}.txt").read_text()
            self.assertIn(f"of 2 workers, of which this is number {i}", said)

    def test_one_that_is_asked_to_stop_stops_both_and_both_go_on(self):
        expected = weights(self.train("whole", 2))
        running = self.start("stopped", 2)
        running.wait_for_step(4)
        running.kill(1, signal.SIGTERM)
        statuses, _ = running.statuses(120)
        self.assertEqual(statuses, [143, 143], running.said(1)[-2000:])
        self.assertIn("run the same command again", running.said(0))
        self.assertEqual(weights(self.train("stopped", 2)), expected)

    def test_one_that_is_killed_ends_the_other_which_says_so(self):
        running = self.start("killed", 2)
        running.wait_for_step(4)
        running.kill(1)
        statuses, seconds = running.statuses(120)
        self.assertEqual(statuses, [LOST, -9], running.said(0)[-2000:])
        self.assertLess(seconds, 60)
        self.assertIn("Another worker has ended", running.said(0))
        self.assertEqual(
            len(np.unique([r["step"] for r in rows(self.train("killed", 2))])),
            self.workers.EPOCHS * self.workers.STEPS_PER_EPOCH,
        )

    @pytest.mark.skipif(
        keras.backend.backend() != "tensorflow",
        reason="others are waited for by their own libraries",
    )
    def test_one_alone_gives_up_at_the_deadline(self):
        running = self.start("alone", 2, "--cluster_seconds=2")
        running.kill(1)
        statuses, _ = running.statuses(120)
        self.assertEqual(statuses[0], 2)
        self.assertRegex(running.said(0), r"Error: worker 1 \(.*did not answer")
        self.assertFalse((self.root / "alone").exists())
