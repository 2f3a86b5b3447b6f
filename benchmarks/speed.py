"""Times the full-size ADE20K generators, plain and as they choose.

Every row has a process of its own: one image of 256x256, batch 1, for several
layouts and one of noise. Prints a Markdown table: multiply-adds (counted by
TensorFlow in the graph of the plain network), seconds of the plain network,
which computes every pixel by the program of training, and of the one that
chooses at run time, shares of different patches by level, the largest
difference between both images, and the memory that the row took beside what
the framework took when it was imported. How long one convolution of 128
channels takes in the same run is printed to stderr.

Layouts are PNG files of ids; sizes and ids are brought into range. Without any
they are landscapes.

Run: python benchmarks/speed.py [--layouts=A.png,B.png] [--models=spade,oasis]
Backend: KERAS_BACKEND.
"""

import json
import sys

from absl import app
from absl import flags
from training_step import in_new_process

MODELS = ["spade", "oasis", "dpgan", "scgan", "ccfpse", "clade"]
FLAGS = flags.FLAGS
flags.DEFINE_list("models", MODELS, "Names of presets NAME_ade20k_256.")
flags.DEFINE_list("layouts", [], "PNG files of ids.")
flags.DEFINE_integer("size", 256, "Height and width in pixels.")
flags.DEFINE_integer("batch", 1, "Layouts at a time.", lower_bound=1)
flags.DEFINE_integer("runs", 3, "Timed runs of each.", lower_bound=1)
flags.DEFINE_string("one", None, "Measure this model in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        import full_size

        print(json.dumps(full_size.measure(FLAGS.one, FLAGS)))
        return
    print(
        "| model | G multiply-adds | layout | plain | chosen | chosen/plain "
        "| different patches | difference | MiB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for model in FLAGS.models:
        found = in_new_process(__file__, *sys.argv[1:], f"--one={model}")
        for row in found["rows"]:
            shares = " ".join(f"{share:.2f}" for share in row["shares"])
            print(
                f"| {model} | {found['multiply_adds'] / 1e9:.0f} "
                f"| {row['layout']} | {row['plain']:.2f} | {row['chosen']:.2f} "
                f"| {row['chosen'] / row['plain']:.2f} | {shares or '-'} "
                f"| {row['difference']:.0e} | {found['bytes'] / 2**20:.0f} |",
                flush=True,
            )
        print(
            f"{model}: one convolution takes {found['convolution']:.3f} s",
            file=sys.stderr,
        )


if __name__ == "__main__":
    app.run(main)
