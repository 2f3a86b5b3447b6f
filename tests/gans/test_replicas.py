"""N devices make the step of one: every model, backend and number."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from tests import new_process
from tests.ports import free_ports
from tests.semsynth_test_case import SemsynthTestCase

# Losses relative to their size, the update relative to its length, the rest
# absolute. Batch statistics of few numbers amplify DP-GAN's rounding.
LIMITS = {"loss": 1e-5, "update": 1e-3, "statistics": 1e-5, "vectors": 1e-6}
DPGAN_LIMITS = {
    "loss": 3e-4,
    "update": 2e-2,
    "statistics": 3e-4,
    "vectors": 1e-4,
}
EVERY_MODEL = "spade,clade,pix2pixhd,ccfpse,scgan,oasis,dpgan,inade,r3gan"


def run(models, replicas, micro_batches, folder):
    """Runs `replica_steps` on that many devices."""
    command = [sys.executable, "-m", "tests.gans.replica_steps"]
    command += [models, str(replicas), str(micro_batches), str(folder)]
    environment = new_process.environment()
    processes = 1
    if keras.backend.backend() == "torch" and replicas > 1:
        processes = replicas
        environment |= {
            "WORLD_SIZE": str(replicas),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(free_ports(1)[0]),
            "OMP_NUM_THREADS": "1",
        }
    running = [
        subprocess.Popen(
            command,
            env={**environment, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(processes)
    ]
    for process in running:
        output, _ = process.communicate()
        if process.returncode:
            raise AssertionError(output[-3000:])


def read(folder, model, replicas, worker=0):
    with np.load(folder / f"{model}-{replicas}-{worker}.npz") as archive:
        return {name: archive[name] for name in archive.files}


def under(found, prefix):
    return {
        name.removeprefix(prefix): value
        for name, value in found.items()
        if name.startswith(prefix)
    }


class ReplicasTest(SemsynthTestCase):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path):
        self.folder = tmp_path

    def check(self, models, counts, micro_batches=1):
        for count in (1, *counts):
            run(models, count, micro_batches, self.folder)
        for model in models.split(","):
            expected = read(self.folder, model, 1)
            for count in counts:
                workers = 1
                if keras.backend.backend() == "torch":
                    workers = count
                for worker in range(workers):
                    with self.subTest(
                        model=model, replicas=count, worker=worker
                    ):
                        actual = read(self.folder, model, count, worker)
                        self.compare(model, actual, expected)

    def compare(self, model, actual, expected):
        limits = DPGAN_LIMITS if model == "dpgan" else LIMITS
        self.assertEqual(list(actual), list(expected))
        for name, value in under(expected, "loss/").items():
            error = abs(actual[f"loss/{name}"] - value)
            self.assertLessEqual(
                error, limits["loss"] * max(1, abs(value)), name
            )
        before = under(expected, "before/")
        after = under(expected, "after/")
        squares, lengths = 0.0, 0.0
        for name, value in after.items():
            other = actual[f"after/{name}"]
            error = np.abs(other - value).max()
            kind = name.rpartition("/")[2]
            if "seed" in name:
                np.testing.assert_array_equal(other, value, name)
            elif kind.startswith("moving"):
                self.assertLessEqual(error, limits["statistics"], name)
            elif kind in ("left_vector", "right_vector"):
                self.assertLessEqual(error, limits["vectors"], name)
            else:
                squares += np.sum(np.square(other - value, dtype="float64"))
                change = value - before[name]
                lengths += np.sum(np.square(change, dtype="float64"))
        self.assertGreater(lengths, 0.0)
        error = np.sqrt(squares / lengths)
        print(f"{model}: the update differs by {error:.1e}")
        self.assertLessEqual(error, limits["update"])

    def test_two_devices_make_the_steps_of_one(self):
        self.check("pix2pixhd", (2,))

    @pytest.mark.slow
    def test_every_model_on_two_and_four_devices(self):
        self.check(EVERY_MODEL, (2, 4))

    @pytest.mark.slow
    def test_every_model_in_micro_batches_on_two_devices(self):
        self.check(EVERY_MODEL, (2,), micro_batches=2)
