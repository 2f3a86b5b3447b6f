"""Processes, times and memory of benchmarks; what training steps cost."""

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


def step_costs(gan, num_classes, batch_size, sides, steps):
    """Trains a compiled GAN on layouts of the landscapes and images of noise.

    The ids of the layouts are spread over all classes.

    Args:
        gan: `gans.SemanticGAN`, built and compiled.
        num_classes: int. Ids of the label maps.
        batch_size: int.
        sides: `(height, width)`.
        steps: int. Steps that are timed, after two.

    Returns:
        `(seconds, bytes)`: median of the processor seconds of a step (other
        programs change them little), and the peak of this process's memory.
    """
    # The processes that only start others need neither Keras nor this.
    from keras_semsynth import data

    scenes = data.describe("landscapes", image_size=sides)
    label_map = np.stack([scenes.read(i).label_map for i in range(batch_size)])
    label_map = label_map.astype("int32") * (num_classes // scenes.num_classes)
    random = np.random.default_rng(0)
    image = random.uniform(-1, 1, (*label_map.shape, 3)).astype("float32")
    seconds = []
    for _ in range(2 + steps):
        start = time.process_time()
        gan.train_on_batch({"label_map": label_map}, image)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds[2:])), peak_memory()


def in_turn(functions, runs):
    """Median seconds of functions that have run once.

    Taken in turn, so that noise hits all alike.
    """
    times = [[] for _ in functions]
    for _ in range(runs):
        for function, row in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            row.append(time.perf_counter() - start)
    return [float(np.median(row)) for row in times]


def peak_memory():
    """Most bytes that this process has held; Linux counts in kibibytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
