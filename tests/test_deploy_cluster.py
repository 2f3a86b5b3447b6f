"""The scripts of deploy/ that train on a cluster, with stand-ins for it."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DEPLOY = pathlib.Path(__file__).resolve().parents[1] / "deploy"
STAND_INS = {
    # Two nodes, of which this is the second.
    "scontrol": "if [[ $1 == show ]]; then printf 'a1\\nb2\\n'; "
    'else echo "$@" >> "$LOG"; fi',
    "srun": 'shift; SLURM_PROCID=1 exec "$@"',
    "semsynth": "printf '%s\\n' \"$@\"; env; exit ${STATUS:-0}",
}


class SlurmTest(unittest.TestCase):
    def run_script(self, **environment):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, body in STAND_INS.items():
                (folder / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
                (folder / name).chmod(0o755)
            log = folder / "log"
            result = subprocess.run(
                [DEPLOY / "slurm.sh", "--flagfile=a b.cfg", "--batch_size=4"],
                env={
                    "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                    "SLURM_JOB_NODELIST": "unused",
                    "SLURM_JOB_ID": "7",
                    "LOG": str(log),
                    **environment,
                },
                capture_output=True,
                text=True,
            )
            self.assertEqual(result.stderr, "")
            queued = log.read_text() if log.exists() else ""
        return result.returncode, result.stdout, queued

    def test_every_process_learns_of_the_others(self):
        status, printed, queued = self.run_script()
        self.assertEqual((status, queued), (0, ""))
        self.assertEqual(
            printed.splitlines()[:3],
            ["train", "--flagfile=a b.cfg", "--batch_size=4"],
        )
        config = printed[printed.index("TF_CONFIG=") + len("TF_CONFIG=") :]
        config, _ = json.JSONDecoder().raw_decode(config)
        self.assertEqual(config["cluster"]["worker"], ["a1:12345", "b2:12345"])
        self.assertEqual(config["task"], {"type": "worker", "index": 1})

    def test_another_backend_needs_the_first_address_and_a_number(self):
        _, printed, _ = self.run_script(KERAS_BACKEND="jax")
        self.assertNotIn("TF_CONFIG", printed)
        for line in (
            "KERAS_DISTRIBUTION_JOB_ADDRESSES=a1:12345",
            "KERAS_DISTRIBUTION_NUM_PROCESSES=2",
            "KERAS_DISTRIBUTION_PROCESS_ID=1",
        ):
            self.assertIn(line, printed.splitlines())

    def test_a_run_that_can_go_on_is_queued_again(self):
        for status, again in ((75, True), (143, True), (1, False)):
            found, _, queued = self.run_script(STATUS=str(status))
            self.assertEqual(found, status)
            self.assertEqual(queued, "requeue 7\n" if again else "")
