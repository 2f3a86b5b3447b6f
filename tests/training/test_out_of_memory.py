"""What becomes of a run whose memory is limited in earnest."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import pytest

ROOT = pathlib.Path(__file__).parents[2]


class OutOfMemoryTest(unittest.TestCase):
    # TensorFlow and XLA end the process where a thread of theirs gets none.
    @pytest.mark.slow
    @unittest.skipUnless(sys.platform == "linux", "`RLIMIT_AS` works there")
    @unittest.skipUnless(importlib.util.find_spec("torch"), "needs PyTorch")
    def test_a_step_that_gets_no_memory_ends_in_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "tests.training.limited_run",
                    str(pathlib.Path(folder) / "run"),
                ],
                cwd=ROOT,
                env={**os.environ, "KERAS_BACKEND": "torch"},
                capture_output=True,
                text=True,
                timeout=600,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(
            done.stdout,
            r"SENTENCE A training step on 64 images needed more memory than "
            r"there is \(about .* GiB were expected\). No checkpoint .* lower "
            "`batch_size`",
        )
