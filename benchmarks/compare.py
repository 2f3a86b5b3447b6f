"""Puts trained runs side by side on the same held-out layouts.

Draws a grid (layout, photograph, one column a run) and prints a Markdown
table: parameters, images seen, and three mean differences in grey levels:

- to the photographs;
- between images of neighbouring layouts, at the same seed: a model that
  collapsed shows 0;
- between images of one layout of two seeds, for models with random input.

Run: python benchmarks/compare.py --runs=runs/a,runs/b --output=grid.png
The runs must share dataset and size; the first one's experiment says which.
"""

import json
import pathlib

import numpy as np
from absl import app
from absl import flags
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth import experiments
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.training.report import count_parameters

FLAGS = flags.FLAGS
flags.DEFINE_list("runs", [], "Run directories; the name after '_' is shown.")
flags.DEFINE_string("output", "compare.png", "The grid.")


def main(argv):
    del argv
    runs = [pathlib.Path(run) for run in FLAGS.runs]
    layouts, photographs = _held_out(runs[0])
    columns, headings = [], ["layout", "photograph"]
    print(
        "| model | parameters | images seen | to photograph | layouts | seeds |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for run in runs:
        synthesizer = Synthesizer.load(run)
        first, second = (
            np.concatenate(
                [synthesizer.synthesize(m, seed=seed) for m in layouts]
            )
            for seed in range(2)
        )
        columns.append(first)
        headings.append(run.name.partition("_")[2])
        synthesizer.generator.trainable = True  # averages are frozen
        report = json.loads((run / "report.json").read_text())
        seeds = "-"
        if synthesizer.has_latent:
            seeds = f"{_difference(first, second):.1f}"
        print(
            f"| {headings[-1]} | "
            f"{count_parameters(synthesizer.generator) / 1e6:.2f} M | "
            f"{report['images_seen']} | "
            f"{_difference(first, photographs):.1f} | "
            f"{_difference(first, np.roll(first, 1, axis=0)):.1f} | {seeds} |"
        )
    colors = Synthesizer.load(runs[0]).classes.colors(layouts)
    grid = draw_grid([colors, photographs, *columns], headings, len(layouts))
    Image.fromarray(grid).save(FLAGS.output)
    print(f"\nGrid: {FLAGS.output}")


def _held_out(run):
    """Returns label maps `(n, h, w)` and photographs `(n, h, w, 3)`."""
    experiment = experiments.Experiment.load(run)
    train = experiments.open_dataset(experiment, "train")
    inputs, images = read_samples(
        experiments.open_dataset(experiment, "val"),
        train,
        experiments.preprocessing(experiment, False, train.unknown_class),
        experiments.run_settings(experiment).sample_count,
    )
    return inputs["label_map"], to_uint8(images)


def _difference(a, b):
    return float(np.abs(a.astype("float32") - b).mean())


if __name__ == "__main__":
    app.run(main)
