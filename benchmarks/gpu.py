"""Measures what a GPU does: every published model, on the three backends.

Every row has a process of its own: the full-size ADE20K networks, in one
precision and with one batch, train and make images of landscapes. Prints a
Markdown table: images a second of training (with both players, without a
perceptual loss) and of inference, the peak memory of the device, and inference
as a share of the rate at which the device multiplies large matrices of the same
precision. Rows that fail say why. What no time is left for is named at the end.

Run: python benchmarks/gpu.py [--minutes=10] [--models=spade,oasis]
     [--backends=tensorflow,jax,torch] [--precisions=float32,mixed_bfloat16]
     [--batches=1,4] [--label_convolutions=lookup,one_hot] [--size=256]
Works without a GPU, too: with --size=64 in minutes.
"""

import itertools
import json
import os
import subprocess
import sys
import time

from absl import app
from absl import flags

MODELS = ["spade", "oasis", "dpgan", "scgan", "ccfpse", "clade"]
FLAGS = flags.FLAGS
flags.DEFINE_float("minutes", 10.0, "No row begins after them.")
flags.DEFINE_list("models", MODELS, "Names of presets NAME_ade20k_256.")
flags.DEFINE_list("backends", ["tensorflow", "jax", "torch"], "Of Keras.")
flags.DEFINE_list("precisions", ["float32", "mixed_bfloat16"], "Policies.")
flags.DEFINE_list("batches", ["1", "4"], "Images at a time.")
flags.DEFINE_list(
    "label_convolutions", ["lookup", "one_hot"], "How training reads layouts."
)
flags.DEFINE_integer("size", 256, "Height and width in pixels.")
flags.DEFINE_integer("steps", 5, "Timed runs of each.", lower_bound=1)
flags.DEFINE_string("one", None, "Measure this row in this process.")
flags.DEFINE_string("count", None, "Count this model's multiply-adds.")


def main(argv):
    del argv
    if FLAGS.count:
        print(json.dumps(count(FLAGS.count)))
        return
    if FLAGS.one:
        print(json.dumps(measure(*FLAGS.one.split(":"))))
        return
    began = time.monotonic()
    print(
        "| backend | model | precision | batch | label maps | training, "
        "images/s | inference, images/s | memory, MiB | of matrix rate |"
    )
    print("| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: |")
    counts, left_out = {}, []
    # The widest comparison first, whatever the time allows for.
    rows = itertools.product(
        FLAGS.precisions,
        FLAGS.batches,
        FLAGS.label_convolutions,
        FLAGS.models,
        FLAGS.backends,
    )
    for precision, batch, labels, model, backend in rows:
        one = ":".join((model, precision, batch, labels))
        if time.monotonic() - began > 60 * FLAGS.minutes:
            left_out.append(f"{backend}:{one}")
            continue
        if model not in counts:
            counts[model] = in_process("tensorflow", f"--count={model}")
        found = in_process(backend, f"--one={one}")
        row = f"| {backend} | {model} | {precision} | {batch} | {labels} "
        if isinstance(found, str):
            print(f"{row}| {found} | | | |", flush=True)
            continue
        if isinstance(counts[model], str):
            share = counts[model]  # Why nothing could be counted.
        else:
            rate = 2 * counts[model] * found["inference"]
            share = f"{rate / found['flops']:.2f}"
        print(
            f"{row}| {found['training']:.2f} | {found['inference']:.2f} "
            f"| {found['bytes'] / 2**20:.0f} | {share} |",
            flush=True,
        )
    if left_out:
        print(f"No time was left for {', '.join(left_out)}.")


def in_process(backend, argument):
    """Returns what a new process measures, or the last line of its error."""
    settings = [f"--size={FLAGS.size}", f"--steps={FLAGS.steps}"]
    result = subprocess.run(
        [sys.executable, __file__, *settings, argument],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["it was killed"]
        return lines[-1][:100].replace("|", "/")
    return json.loads(result.stdout.splitlines()[-1])


def count(model):
    """Multiply-adds of one image."""
    from full_size import full_size_generator
    from full_size import layouts
    from full_size import multiply_adds

    generator = full_size_generator(model, FLAGS.size)
    (label_map, _) = layouts([], 151, FLAGS.size, 1, 1).values()
    return multiply_adds(generator, label_map)


def measure(model, precision, batch, labels):
    """Returns images a second, bytes, and the rate of a matrix product."""
    import keras
    import numpy as np
    from full_size import layouts

    from keras_semsynth import backend
    from keras_semsynth import experiments
    from keras_semsynth.experiments.build import compile_gan

    keras.config.set_dtype_policy(precision)
    sides = (FLAGS.size, FLAGS.size)
    experiment = experiments.Experiment.from_preset(
        f"{model}_ade20k_256"
    ).replace(
        data=("ade20k", {"image_size": sides}),
        optimizers={"label_convolution": labels},
        run={"perceptual": "off", "batch_size": int(batch)},
    )
    space = experiments.published_label_space(experiment)
    gan = experiments.build_gan(experiment, space, None)
    gan.build()
    compile_gan(gan, experiment, 1)
    label_map, _ = layouts([], 151, FLAGS.size, int(batch), 1).values()
    noise = np.random.default_rng(0).uniform(-1, 1, (*label_map.shape, 3))
    image = noise.astype("float32")
    render = backend.compiled(gan.inference_generator)
    given = {"label_map": label_map}
    latent_shape = gan.inference_generator.latent_shape
    if latent_shape is not None:
        given["latent"] = np.zeros((int(batch), *latent_shape), "float32")

    def step():
        gan.train_on_batch({"label_map": label_map}, image)

    def make():
        keras.ops.convert_to_numpy(render(**given))

    training, inference = (int(batch) / seconds(f) for f in (step, make))
    return {
        "training": training,
        "inference": inference,
        "bytes": backend.peak_memory(),
        "flops": matrix_rate(gan.generator.compute_dtype),
    }


def seconds(function):
    """Mean time after two runs that compile."""
    for _ in range(2):
        function()
    began = time.perf_counter()
    for _ in range(FLAGS.steps):
        function()
    return (time.perf_counter() - began) / FLAGS.steps


def matrix_rate(dtype, side=2048, products=10):
    """Operations a second of products of large matrices."""
    import keras
    from keras import ops

    x = keras.random.normal((side, side), dtype=dtype) / side**0.5

    def multiply():
        y = x
        for _ in range(products):
            y = ops.matmul(y, x)
        ops.convert_to_numpy(y[0, 0])

    return products * 2 * side**3 / seconds(multiply)


if __name__ == "__main__":
    app.run(main)
