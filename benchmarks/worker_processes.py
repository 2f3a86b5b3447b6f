"""Processes of a tiny run that train together, as their users start them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

from small_run import SINGLE_THREAD

# Long enough for a signal to arrive before the end on a fast machine.
EPOCHS, STEPS_PER_EPOCH = 2, 24
FLAGS = (
    "--preset=pix2pixhd",
    "--dataset=landscapes",
    "--image_size=64x64",
    "--generator.filters=16",
    "--generator.num_downsamplings=1",
    "--generator.num_blocks=1",
    "--discriminator.filters=16",
    "--discriminator.num_layers=2",
    "--objective.ema_decay=0.9",
    "--batch_size=6",
    f"--epochs={EPOCHS}",
    f"--steps_per_epoch={STEPS_PER_EPOCH}",
    "--perceptual=off",
    "--sample_count=1",
    "--log_steps=1",
    "--checkpoint_steps=3",
    "--epoch_end_share=0",
    "--tensorboard=false",
    "--cluster_seconds=60",
)


class Workers:
    """Starts the processes of a run.

    Args:
        backend: str.
        count: int. Processes.
        folder: Path of the run directory.
        *flags: str. Further flags.
    """

    def __init__(self, backend, count, folder, *flags):
        self.folder = folder
        ports = _free_ports(count)
        addresses = [f"127.0.0.1:{port}" for port in ports]
        self.outputs = [f"{folder}-{i}.txt" for i in range(count)]
        self.processes = []
        for i, output in enumerate(self.outputs):
            with open(output, "w", encoding="utf-8") as file:
                self.processes.append(
                    subprocess.Popen(
                        [
                            sys.executable,
                            "-m",
                            "keras_semsynth",
                            "train",
                            *FLAGS,
                            f"--run_dir={folder}",
                            *flags,
                        ],
                        env={
                            **os.environ,
                            **SINGLE_THREAD,
                            "KERAS_BACKEND": backend,
                            **environment(backend, addresses, i),
                        },
                        stdout=file,
                        stderr=subprocess.STDOUT,
                    )
                )

    def wait_for_step(self, step, seconds=300):
        """Waits until the log has a row of a step."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if last_step(self.folder) >= step:
                return
            if self.processes[0].poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"No step {step}: {self.said(0)[-1500:]}")

    def said(self, worker):
        with open(self.outputs[worker], encoding="utf-8") as file:
            return file.read()

    def statuses(self, seconds=300):
        """Waits for all, and returns how they ended and how long it took."""
        began = time.monotonic()
        found = []
        for process in self.processes:
            try:
                left = max(0.1, began + seconds - time.monotonic())
                found.append(process.wait(left))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                found.append("hangs")
        return found, time.monotonic() - began

    def kill(self, worker, number=signal.SIGKILL):
        self.processes[worker].send_signal(number)


def last_step(folder):
    """The step of the last whole row of the log; 0 without one."""
    path = folder / "logs" / "train.csv"
    if not path.exists():
        return 0
    lines = path.read_text().split("\n")[1:-1]
    return int(lines[-1].split(",")[1]) if lines else 0


def environment(backend, addresses, worker):
    """What tells a process of the others; nothing if there are none."""
    count = len(addresses)
    if count == 1:
        return {}
    if backend == "tensorflow":
        config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": worker},
        }
        return {"TF_CONFIG": json.dumps(config)}
    if backend == "jax":
        return {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": addresses[0],
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(count),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(worker),
        }
    host, _, port = addresses[0].rpartition(":")
    return {
        "MASTER_ADDR": host,
        "MASTER_PORT": port,
        "WORLD_SIZE": str(count),
        "RANK": str(worker),
        "LOCAL_RANK": str(worker),
    }


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for server in sockets:
            server.bind(("127.0.0.1", 0))
        return [server.getsockname()[1] for server in sockets]
    finally:
        for server in sockets:
            server.close()
