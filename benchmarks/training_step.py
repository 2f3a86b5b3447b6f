"""What training steps cost, in a process of their own."""

import json
import resource
import subprocess
import sys
import time

import numpy as np


def in_new_process(file, *arguments):
    """Runs a benchmark's file with arguments; returns the JSON it prints."""
    result = subprocess.run(
        [sys.executable, file, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


def step_costs(gan, num_classes, batch_size, sides, steps, label_map=None):
    """Trains a compiled GAN on images of noise.

    Args:
        gan: `gans.SemanticGAN`, built and compiled.
        num_classes: int. Ids of the label maps.
        batch_size: int.
        sides: `(height, width)`.
        steps: int. Steps that are timed, after two.
        label_map: int32 array `(batch_size, *sides)`. Defaults to `None`:
            noise, too.

    Returns:
        `(seconds, bytes)`: median of the processor seconds of a step (other
        programs change them little), and the peak of this process's memory.
    """
    random = np.random.default_rng(0)
    shape = (batch_size, *sides)
    if label_map is None:
        label_map = random.integers(0, num_classes, shape).astype("int32")
    image = random.uniform(-1, 1, (*shape, 3)).astype("float32")
    seconds = []
    for _ in range(2 + steps):
        start = time.process_time()
        gan.train_on_batch({"label_map": label_map}, image)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds[2:])), peak_memory()


def peak_memory():
    """Most bytes that this process has held; Linux counts in kibibytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
