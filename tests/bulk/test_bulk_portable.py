"""Bulk generation by workers of a service of their own.

Beam's portable protocol, which Flink, Spark and Dataflow speak, on this
machine: the job service of Beam in the process that starts the run, workers
out of a pool that is a process of its own.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np
import pytest
from PIL import Image

from tests import finished_run
from tests.ports import free_ports

pytest.importorskip("apache_beam", reason="needs keras_semsynth[beam]")

COUNT = 40
PATIENCE = 300.0  # seconds, on a machine that is busy with other things


@pytest.mark.slow
class BulkPortableTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.images = self.root / "images"
        finished_run.write_run(self.root / "run", noise=True)
        (self.root / "labels").mkdir()
        random = np.random.default_rng(0)
        for i in range(COUNT):
            ids = random.integers(0, 3, (4, 8)).repeat(8, 0).repeat(8, 1)
            path = self.root / "labels" / f"{i:03}.png"
            Image.fromarray(ids.astype("uint8")).save(path)
        self.environment = {
            **os.environ,
            # The pool starts `python`, which must be this one.
            "PATH": os.pathsep.join(
                (str(pathlib.Path(sys.executable).parent), os.environ["PATH"])
            ),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def start_pool(self):
        (port,) = free_ports(1)
        pool = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "apache_beam.runners.worker.worker_pool_main",
                f"--service_port={port}",
            ],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.addCleanup(self.stop, pool)
        return pool, port

    def stop(self, pool):
        """Kills the pool with its workers, as a machine that fails does."""
        try:
            os.killpg(pool.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        pool.wait()

    def start(self, port, *flags):
        options = (
            "job_endpoint=embed,environment_type=EXTERNAL,"
            f"environment_config=127.0.0.1:{port}"
        )
        self.log = self.root / "log.txt"
        with open(self.log, "w") as output:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "keras_semsynth",
                    "generate",
                    "--runner=PortableRunner",
                    f"--beam_options={options}",
                    f"--run={self.root / 'run'}",
                    f"--input={self.root / 'labels'}",
                    f"--output={self.images}",
                    *flags,
                ],
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def finished(self):
        return {p.name: p.stat().st_mtime_ns for p in self.images.glob("*.png")}

    def test_a_pool_that_is_killed_costs_no_image(self):
        pool, port = self.start_pool()
        process = self.start(port, "--batch_size=1")
        self.addCleanup(self.stop, process)
        began = time.monotonic()
        while len(self.finished()) < 4:
            waited = time.monotonic() - began
            if process.poll() is not None or waited > PATIENCE:
                self.fail(self.log.read_text()[-3000:])
            time.sleep(0.01)
        self.stop(pool)
        # The job service waits for workers that will not come.
        time.sleep(1)
        self.stop(process)
        before = self.finished()
        self.assertLess(len(before), COUNT)

        _, port = self.start_pool()
        process = self.start(port)
        self.addCleanup(self.stop, process)
        status = process.wait(PATIENCE)
        self.assertEqual(status, 0, self.log.read_text()[-3000:])
        text = (self.images / "manifest.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        names = [f"{i:03}.png" for i in range(COUNT)]
        self.assertEqual([line["output"] for line in lines], names)
        kept = {k["output"] for k in lines if k["status"] == "kept"}
        self.assertEqual(kept, set(before))
        after = self.finished()
        self.assertEqual(sorted(after), names)
        self.assertEqual({n: after[n] for n in kept}, before)
