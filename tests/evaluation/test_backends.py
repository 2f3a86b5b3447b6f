import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import pytest
from PIL import Image

from keras_semsynth import data
from keras_semsynth.commands import evaluate
from tests.new_process import other_backends

COUNT = 6
# Of each number; other backends add up in another order.
TOLERANCE = 1e-4


class BackendsTest(unittest.TestCase):
    def test_one_folder_gets_one_report(self):
        if not other_backends():
            pytest.skip("no other backend is installed")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        dataset = data.describe("landscapes", split="val", count=COUNT)
        for index in range(COUNT):
            sample = dataset.read(index)
            # Worse than real, so that no score is at an end of its scale.
            generated = sample.image // 2 + np.roll(sample.image, 5, 1) // 2
            for kind, array in (
                ("generated", generated),
                ("real", sample.image),
                ("labels", sample.label_map),
            ):
                path = root / kind / f"{index}.png"
                path.parent.mkdir(exist_ok=True)
                Image.fromarray(array.astype("uint8")).save(path)
        arguments = [
            "evaluate",
            *(f"--{n}={root / n}" for n in ("generated", "real", "labels")),
            "--dataset=landscapes",
            "--statistics_dir=off",
            "--page_samples=0",
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            evaluate.main([*arguments, f"--evaluation_dir={root / 'here'}"])
        expected = self.scores(root / "here")
        self.assertIn("fd_landscapes", expected)
        for backend in other_backends():
            with self.subTest(backend):
                subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "keras_semsynth",
                        *arguments,
                        f"--evaluation_dir={root / backend}",
                    ],
                    env={**os.environ, "KERAS_BACKEND": backend},
                    check=True,
                    capture_output=True,
                )
                found = self.scores(root / backend)
                self.assertEqual(set(found), set(expected))
                for name, value in expected.items():
                    np.testing.assert_allclose(
                        found[name], value, rtol=TOLERANCE, err_msg=name
                    )

    def scores(self, folder):
        report = json.loads((folder / "report.json").read_text())
        return {score["name"]: score["value"] for score in report["scores"]}
