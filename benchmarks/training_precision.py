"""Trains small models in float32 and in half precision, from the same seed.

Each flag file of landscapes trains for some steps of 64x64 images, without a
perceptual loss. Prints a Markdown table: for each term of the objective its
median over the steps in both precisions, and the difference over the total of
its player. Medians, because DP-GAN's discriminator jumps in single steps, a few
of which decide a mean.

Run: python benchmarks/training_precision.py [--precision=mixed_bfloat16]
     [--models=spade,oasis] [--steps=200]
Backend: KERAS_BACKEND.
"""

import csv
import json
import pathlib
import sys
import tempfile

import numpy as np
from absl import app
from absl import flags
from training_step import in_new_process

MODELS = "spade clade crn pix2pixhd ccfpse oasis dpgan scgan inade".split()
FLAGS = flags.FLAGS
flags.DEFINE_list("models", MODELS, "configs/landscapes_NAME.cfg.")
flags.DEFINE_string("precision", "mixed_bfloat16", "Compared with float32.")
flags.DEFINE_integer("steps", 200, "Training steps.", lower_bound=1)
flags.DEFINE_list("flags", [], "Further flags of all trainings.")
flags.DEFINE_string("one", None, "model:precision, in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(train(*FLAGS.one.split(":"))))
        return
    print(f"| model | term | float32 | {FLAGS.precision} | of the total |")
    print("| --- | --- | ---: | ---: | ---: |", flush=True)
    for model in FLAGS.models:
        full, half = (
            in_new_process(
                __file__, *sys.argv[1:], f"--one={model}:{precision}"
            )
            for precision in ("float32", FLAGS.precision)
        )
        for term, value in full.items():
            total = abs(full[f"{term.partition('/')[0]}/total"])
            share = abs(half[term] - value) / total
            print(
                f"| {model} | {term} | {value:.4g} | {half[term]:.4g} "
                f"| {share:.1%} |",
                flush=True,
            )


def train(model, precision):
    from keras_semsynth.commands.train import main as train_command
    from keras_semsynth.training import train as train_experiment

    with tempfile.TemporaryDirectory() as folder:
        experiment = train_command.parse(
            [
                f"--flagfile=configs/landscapes_{model}.cfg",
                *("--perceptual=off", "--epochs=1", "--decay_epochs=0"),
                f"--steps_per_epoch={FLAGS.steps}",
                "--log_steps=1",
                f"--precision={precision}",
                f"--run_dir={folder}/run",
                *FLAGS.flags,
            ]
        )["experiment"]
        terms = train_experiment(experiment).losses
        return medians(pathlib.Path(folder, "run", "logs", "train.csv"), terms)


def medians(path, terms):
    """Of the values of the steps, whose running means are in the log."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    counts = np.arange(1, len(rows) + 1)
    found = {}
    for term in terms:
        if "/" not in term:
            continue  # How many steps were skipped is no term.
        sums = counts * np.array([float(row[term]) for row in rows])
        found[term] = float(np.median(np.diff(sums, prepend=0)))
    return found


if __name__ == "__main__":
    app.run(main)
