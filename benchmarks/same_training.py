"""Holds the training that chooses by itself against one of every pixel.

Trains a flag file from the same seed, each time in a process of its own: with
every pixel computed, as it chooses, and with every pixel computed and rounded
in another order (without TensorFlow's oneDNN). Adam turns the rounding of a
gradient near zero into a whole step, so that two trainings drift apart anyhow:
the last one says how fast. Prints a Markdown table: after so many steps, the
largest difference of a logged term (its mean so far) from that of every pixel,
over the largest term. Then the median processor seconds of a step, and the
peak memory of each process.

Run: python benchmarks/same_training.py [--config=configs/quickstart.cfg]
TensorFlow only.
"""

import json
import os
import tempfile
import time

import keras
import numpy as np
from absl import app
from absl import flags
from training_step import in_new_process
from training_step import peak_memory

FLAGS = flags.FLAGS
flags.DEFINE_string("config", "configs/quickstart.cfg", "What is trained.")
flags.DEFINE_integer("steps", 200, "Training steps.", lower_bound=2)
flags.DEFINE_list("flags", [], "Further flags of both trainings.")
flags.DEFINE_bool("dense", None, "Train like that in this process.")

# Name -> flag, and whether TensorFlow uses oneDNN.
WAYS = {
    "every pixel": ("--dense", "1"),
    "as chosen": ("--nodense", "1"),
    "every pixel, rounded otherwise": ("--dense", "0"),
}


def main(argv):
    del argv
    if FLAGS.dense is not None:
        print(json.dumps(train(FLAGS.dense)))
        return
    found = {}
    for name, (way, fast_kernels) in WAYS.items():
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = fast_kernels
        found[name] = in_new_process(
            __file__,
            f"--config={FLAGS.config}",
            f"--steps={FLAGS.steps}",
            f"--flags={','.join(FLAGS.flags)}",
            way,
        )
    first, *others = (np.array(row["terms"]) for row in found.values())
    print(f"| steps | {' | '.join(list(found)[1:])} |")
    print("| ---: | ---: | ---: |")
    for step in (1, 2, 5, 10, 20, 50, 100, 200):
        if step > FLAGS.steps:
            break
        right = first[step - 1]
        apart = (np.abs(terms[step - 1] - right).max() for terms in others)
        cells = (f"{value / np.abs(right).max():.0e}" for value in apart)
        print(f"| {step} | {' | '.join(cells)} |")
    print("\n| computed | step, processor s | peak memory, MiB |")
    print("| --- | ---: | ---: |")
    for name, row in found.items():
        print(f"| {name} | {row['seconds']:.3f} | {row['bytes'] / 2**20:.0f} |")


class Recorder(keras.callbacks.Callback):
    """Keeps what is logged, and when."""

    def __init__(self):
        super().__init__()
        self.terms, self.times = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.terms.append([float(value) for value in logs.values()])
        self.times.append(time.process_time())


def train(dense):
    """Returns the terms of every step, seconds of one, and bytes."""
    from timed_training import train as train_config

    recorder = Recorder()
    further = ["--generator.deduplicate=false"] if dense else []
    with tempfile.TemporaryDirectory() as run:
        train_config(
            run,
            FLAGS.config,
            [*FLAGS.flags, *further],
            steps=FLAGS.steps,
            callbacks=[recorder],
        )
    return {
        "terms": recorder.terms[: FLAGS.steps],
        "seconds": float(np.median(np.diff(recorder.times))),
        "bytes": peak_memory(),
    }


if __name__ == "__main__":
    app.run(main)
