"""Shows how the time of a full-size generator grows.

With the side of the image, with the number of layouts at a time, and with the
number of classes; plain, and as the generator chooses. Every point has a
process of its own. Prints a Markdown table and draws a picture of the curves,
both axes logarithmic. Layouts are landscapes, whose ids are spread over all
classes.

Run: python benchmarks/growth.py [--models=spade,oasis] [--output=growth.png]
Needs the extra `docs`, which brings matplotlib.
"""

import functools
import json

from absl import app
from absl import flags
from training_step import in_new_process
from training_step import in_turn

FLAGS = flags.FLAGS
flags.DEFINE_list("models", ["spade", "oasis"], "Of presets.")
flags.DEFINE_list("sides", ["128", "256", "512", "1024"], "In pixels.")
flags.DEFINE_list("batches", ["1", "2", "4", "8", "16"], "Layouts at a time.")
flags.DEFINE_list("classes", ["20", "35", "151", "183"], "Of the layouts.")
flags.DEFINE_integer("side", 256, "Side where it is not what grows.")
flags.DEFINE_integer("runs", 3, "Timed runs of each.", lower_bound=1)
flags.DEFINE_string("output", "growth.png", "The picture.")
flags.DEFINE_string("one", None, "model:side:batch:classes, in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        model, *numbers = FLAGS.one.split(":")
        print(json.dumps(measure(model, *map(int, numbers))))
        return
    points = {
        "side": [(int(side), 1, 151) for side in FLAGS.sides],
        "batch": [(FLAGS.side, int(batch), 151) for batch in FLAGS.batches],
        "classes": [(FLAGS.side, 1, int(count)) for count in FLAGS.classes],
    }
    print("| model | side | batch | classes | plain | chosen |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    curves = {}
    for model in FLAGS.models:
        for axis, settings in points.items():
            for numbers in settings:
                one = ":".join(map(str, (model, *numbers)))
                seconds = in_new_process(
                    __file__, f"--runs={FLAGS.runs}", f"--one={one}"
                )
                side, batch, classes = numbers
                print(
                    f"| {model} | {side} | {batch} | {classes} "
                    f"| {seconds[0]:.2f} | {seconds[1]:.2f} |",
                    flush=True,
                )
                grown = numbers[list(points).index(axis)]
                curves.setdefault((axis, model), []).append((grown, *seconds))
    draw(curves)


def measure(model, side, batch, classes):
    """Returns seconds of the plain generator, and as it chooses."""
    import numpy as np
    from full_size import full_size_generator
    from full_size import maker

    from keras_semsynth import data

    generator = full_size_generator(model, side, classes)
    scenes = data.describe("landscapes", image_size=(side, side))
    label_map = np.stack([scenes.read(i).label_map for i in range(batch)])
    # As many ids as landscapes have, far from each other.
    label_map = label_map * (classes // 10)
    functions = [
        functools.partial(maker(generator, plain), label_map)
        for plain in (True, False)
    ]
    for function in functions:
        function()
    return in_turn(functions, FLAGS.runs)


def draw(curves):
    """Draws one plot for each axis."""
    from matplotlib import pyplot

    axes = list(dict.fromkeys(axis for axis, _ in curves))
    figure, plots = pyplot.subplots(1, len(axes), figsize=(4 * len(axes), 4))
    for axis, plot in zip(axes, plots, strict=True):
        of_axis = [rows for (name, _), rows in curves.items() if name == axis]
        for (name, model), rows in curves.items():
            if name != axis:
                continue
            grown, plain, chosen = zip(*rows, strict=True)
            (line,) = plot.plot(grown, chosen, "o-", label=model)
            plot.plot(
                grown,
                plain,
                "o:",
                color=line.get_color(),
                label=f"{model}, plain",
            )
        plot.set_xscale("log", base=2)
        plot.set_yscale("log", base=2)
        plot.set_xticks(sorted({row[0] for rows in of_axis for row in rows}))
        for scale in (plot.xaxis, plot.yaxis):
            scale.set_major_formatter("{x:g}")
        plot.set_xlabel(axis)
        plot.set_ylabel("seconds")
        plot.legend()
    figure.tight_layout()
    figure.savefig(FLAGS.output, dpi=120)
    print(f"Picture: {FLAGS.output}")


if __name__ == "__main__":
    app.run(main)
