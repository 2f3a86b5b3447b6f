"""Times a full-size ADE20K generator in half precision, and under XLA.

One image of 256x256, batch 1, of the first landscape, by the plain network: in
float32, in the two half precisions, and in float32 by XLA (TensorFlow; JAX
compiles all of its programs with it). Every row has a process of its own.
Prints a Markdown table: seconds, over those of float32, and the largest
difference from its image in grey levels.

Run: python benchmarks/precision.py [--models=spade,dpgan,ccfpse]
Backend: KERAS_BACKEND.
"""

import json
import pathlib
import sys
import tempfile

from absl import app
from absl import flags
from training_step import in_new_process
from training_step import in_turn

WAYS = ["float32", "mixed_bfloat16", "mixed_float16", "xla"]
FLAGS = flags.FLAGS
flags.DEFINE_list("models", ["spade", "dpgan"], "Presets NAME_ade20k_256.")
flags.DEFINE_list("ways", WAYS, "Precisions, or xla.")
flags.DEFINE_integer("size", 256, "Height and width in pixels.")
flags.DEFINE_integer("runs", 3, "Timed runs of each.", lower_bound=1)
flags.DEFINE_string("one", None, "Measure model:way:folder in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(measure(*FLAGS.one.split(":"))))
        return
    print("| model | way | image, s | of float32 | difference, grey levels |")
    print("| --- | --- | ---: | ---: | ---: |", flush=True)
    for model in FLAGS.models:
        with tempfile.TemporaryDirectory() as folder:
            print_rows(model, folder)


def print_rows(model, folder):
    first = None
    for way in FLAGS.ways:
        seconds, difference = in_new_process(
            __file__, *sys.argv[1:], f"--one={model}:{way}:{folder}"
        )
        first = first or seconds
        print(
            f"| {model} | {way} | {seconds:.2f} | {seconds / first:.2f} "
            f"| {difference:.1g} |",
            flush=True,
        )


def measure(model, way, folder):
    """Returns seconds of an image, and how far it is from the first way's."""
    import keras
    import numpy as np
    from full_size import full_size_generator
    from full_size import layouts
    from full_size import maker

    keras.config.set_dtype_policy("float32" if way == "xla" else way)
    generator = full_size_generator(model, FLAGS.size)
    label_map = layouts([], generator.num_classes, FLAGS.size, 1, landscapes=1)
    label_map = label_map["landscape 0"]
    function = compiled_by_xla(generator) if way == "xla" else None
    make = maker(generator, plain=True, function=function)
    weights = pathlib.Path(folder, "first.weights.h5")
    is_first = not weights.exists()
    if is_first:
        generator.save_weights(weights)
    else:
        generator.load_weights(weights)
    image = make(label_map)
    (seconds,) = in_turn([lambda: make(label_map)], FLAGS.runs)
    first = pathlib.Path(folder, "first.npy")
    if is_first:
        np.save(first, image)
    return seconds, 127.5 * float(np.abs(image - np.load(first)).max())


def compiled_by_xla(generator):
    import tensorflow as tf

    def run(**inputs):
        return generator(**inputs, training=False)

    return tf.function(run, jit_compile=True)


if __name__ == "__main__":
    app.run(main)
