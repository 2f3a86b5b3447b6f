"""Puts trained runs side by side on the same held-out layouts.

Draws a grid (layout, photograph, one column a run) and prints a Markdown
table: parameters, images seen, and three mean differences in grey levels:

- to the photographs;
- between images of a layout and the one above it, at the same seed: a model
  that collapsed shows 0;
- between images of one layout of two seeds, for models with random input.

Run: python benchmarks/compare.py --runs=runs/a,runs/b --output=grid.png
The runs must share dataset and size; the first one's experiment says which.
"""

import json
import pathlib

import numpy as np
from absl import app
from absl import flags
from held_out import held_out
from held_out import pictures
from held_out import title
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.training.report import count_parameters

FLAGS = flags.FLAGS
flags.DEFINE_list("runs", [], "Run directories.")
flags.DEFINE_list(
    "titles", [], "Of the runs, if not the names of their presets' models."
)
flags.DEFINE_integer(
    "samples", 8, "Layouts, evenly spaced over the held-out split."
)
flags.DEFINE_list(
    "layouts", [], "Their numbers in the split, instead of --samples."
)
flags.DEFINE_string("output", "compare.png", "The grid.")


def main(argv):
    del argv
    runs = [pathlib.Path(run) for run in FLAGS.runs]
    titles = FLAGS.titles or [title(run) for run in runs]
    layouts, photographs = held_out(
        runs[0], FLAGS.samples, [int(number) for number in FLAGS.layouts]
    )
    columns = []
    print(
        "| model | parameters | images seen | to photograph | layouts | seeds |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for run, name in zip(runs, titles, strict=True):
        synthesizer = Synthesizer.from_preset(run)
        first, second = (
            pictures(synthesizer, layouts, seed) for seed in range(2)
        )
        columns.append(first)
        synthesizer.generator.trainable = True  # averages are frozen
        report = json.loads((run / "report.json").read_text())
        seeds = "-"
        if synthesizer.has_latent:
            seeds = f"{_difference(first, second):.1f}"
        print(
            f"| {name} | "
            f"{count_parameters(synthesizer.generator) / 1e6:.2f} M | "
            f"{report['images_seen']} | "
            f"{_difference(first, photographs):.1f} | "
            f"{_difference(first, np.roll(first, 1, axis=0)):.1f} | {seeds} |"
        )
    colors = Synthesizer.from_preset(runs[0]).classes.colors(layouts)
    grid = draw_grid(
        [colors, photographs, *columns],
        ["layout", "photograph", *titles],
        len(layouts),
    )
    Image.fromarray(grid).save(FLAGS.output)
    print(f"\nGrid: {FLAGS.output}")


def _difference(a, b):
    return float(np.abs(a.astype("float32") - b).mean())


if __name__ == "__main__":
    app.run(main)
