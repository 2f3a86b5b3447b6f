"""Holds the training that chooses by itself against one of every pixel.

Trains a flag file twice from the same seed, each in a process of its own: as
it is, and with every patch of every layout computed. Prints a Markdown table:
after so many steps, the largest difference of a logged term (its mean so far)
over the term. Then the median processor seconds of a step, and the peak memory
of both processes.

Run: python benchmarks/same_training.py [--config=configs/quickstart.cfg]
"""

import json
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

WAYS = {"every pixel": "--dense", "as chosen": "--nodense"}


def main(argv):
    del argv
    if FLAGS.dense is not None:
        print(json.dumps(train(FLAGS.dense)))
        return
    found = {
        name: in_new_process(
            __file__,
            f"--config={FLAGS.config}",
            f"--steps={FLAGS.steps}",
            f"--flags={','.join(FLAGS.flags)}",
            way,
        )
        for name, way in WAYS.items()
    }
    print("| steps | largest difference of a term |")
    print("| ---: | ---: |")
    dense, chosen = (np.array(row["terms"]) for row in found.values())
    apart = np.abs(chosen - dense) / np.abs(dense)
    for step in (1, 2, 5, 10, 20, 50, 100, 200):
        if step <= FLAGS.steps:
            print(f"| {step} | {apart[step - 1].max():.0e} |")
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
