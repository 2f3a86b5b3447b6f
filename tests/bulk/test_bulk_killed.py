"""A bulk generation that is killed in the middle goes on where it was."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.commands import generate
from tests import finished_run

pytest.importorskip("apache_beam", reason="needs keras_semsynth[beam]")

# Of Apache Beam and what it imports.
pytestmark = pytest.mark.filterwarnings("default")

COUNT = 120
PATIENCE = 300.0  # seconds, on a machine that is busy with other things


class BulkKilledTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.images = self.root / "images"
        finished_run.write_run(self.root / "run", noise=True)
        random = np.random.default_rng(0)
        names = [f"{i % 3}/{i:03}.png" for i in range(COUNT)]
        for name in names:
            path = self.root / "labels" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            ids = random.integers(0, 3, (4, 8)).repeat(8, 0).repeat(8, 1)
            Image.fromarray(ids.astype("uint8")).save(path)
        self.names = sorted(names)
        self.arguments = [
            "--runner=DirectRunner",
            f"--run={self.root / 'run'}",
            f"--input={self.root / 'labels'}",
            f"--output={self.images}",
        ]

    def finished(self):
        return {
            str(path.relative_to(self.images)): path.stat().st_mtime_ns
            for path in self.images.glob("?/*.png")
        }

    @pytest.mark.slow
    def test_every_output_is_there_exactly_once(self):
        slowly = [*self.arguments, "--batch_size=1"]
        log = self.root / "log.txt"
        with open(log, "w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "keras_semsynth", "generate", *slowly],
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            began = time.monotonic()
            while len(self.finished()) < COUNT // 10:
                waited = time.monotonic() - began
                if process.poll() is not None or waited > PATIENCE:
                    process.kill()
                    process.wait()
                    self.fail(log.read_text())
                time.sleep(0.005)
            process.kill()
            process.wait()
        before = self.finished()
        self.assertLess(len(before), COUNT)
        self.assertFalse((self.images / "manifest.jsonl").exists())

        self.assertEqual(generate.main(["generate", *self.arguments]), 0)
        text = (self.images / "manifest.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([line["output"] for line in lines], self.names)
        kept = {k["output"] for k in lines if k["status"] == "kept"}
        self.assertEqual(kept, set(before))
        after = self.finished()
        self.assertEqual(sorted(after), self.names)
        self.assertEqual({n: after[n] for n in kept}, before)
        files = [p for p in self.images.rglob("*") if p.is_file()]
        self.assertEqual(len(files), COUNT + 1)
        for name in self.names:
            with Image.open(self.images / name) as image:
                image.load()
