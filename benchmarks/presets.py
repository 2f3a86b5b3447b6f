"""Builds every preset at full size and generates one image with it.

Each preset has a process of its own, so that its peak memory is its own.
Prints, as rows of a Markdown table: trainable parameters of the networks
against those in `presets.PRESETS`, size of the image, seconds of the second
image, and peak memory.

Run: python benchmarks/presets.py [--presets=oasis_ade20k_256,...]
"""

import json
import resource
import subprocess
import sys
import time

from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_list("presets", [], "Names; all with published sizes if empty.")
flags.DEFINE_string("one", None, "Measure this preset in this process.")

MEMORY_LIMIT = 16.0  # GiB


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(measure(FLAGS.one)))
        return
    from keras_semsynth.presets import PRESETS

    print("| preset | parameters | image | seconds | peak memory |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    failed = []
    published = [name for name in PRESETS if PRESETS[name]["parameters"]]
    for name in FLAGS.presets or published:
        result = subprocess.run(
            [sys.executable, __file__, f"--one={name}"],
            check=True,
            capture_output=True,
            text=True,
        )
        row = json.loads(result.stdout.splitlines()[-1])
        if row["parameters"] != PRESETS[name]["parameters"]:
            failed.append(f"{name}: parameters {row['parameters']}")
        if row["gibibytes"] > MEMORY_LIMIT:
            failed.append(f"{name}: {row['gibibytes']:.1f} GiB")
        counts = ", ".join(
            f"{part} {count:,}" for part, count in row["parameters"].items()
        )
        print(
            f"| {name} | {counts} | {row['image']} | {row['seconds']:.1f} | "
            f"{row['gibibytes']:.2f} GiB |",
            flush=True,
        )
    if failed:
        sys.exit("Not as expected: " + "; ".join(failed))


def measure(name):
    """Returns what one preset has and takes."""
    import numpy as np

    from keras_semsynth import experiments
    from keras_semsynth.presets import PRESETS

    experiment = experiments.Experiment.from_preset(name)
    space = experiments.published_label_space(experiment)
    networks = {
        "generator": experiments.build_generator(experiment, space),
        "discriminator": experiments.build_discriminator(experiment, space),
        "encoder": experiments.build_encoder(experiment, space),
    }
    parameters = {}
    for part in PRESETS[name]["parameters"]:
        networks[part].build()
        parameters[part] = sum(
            int(np.prod(v.shape)) for v in networks[part].trainable_weights
        )
    generator = networks["generator"]
    height, width = generator.image_size
    inputs = {"label_map": _label_map(height, width, generator.num_classes)}
    if generator.use_edge_map:
        inputs["edge_map"] = np.zeros((1, height, width, 1), "float32")
    for _ in range(2):
        start = time.perf_counter()
        image = np.asarray(generator(**inputs, seed=0, training=False))
        seconds = time.perf_counter() - start
    # Not its values: spectral vectors and statistics are untrained.
    assert image.shape == (1, height, width, 3), image.shape
    return {
        "parameters": parameters,
        "image": f"{height}x{width}",
        "seconds": seconds,
        # Linux counts in kibibytes.
        "gibibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _label_map(height, width, num_classes):
    import numpy as np

    random = np.random.RandomState(0)
    label_map = np.zeros((1, height, width), "int32")
    for _ in range(40):
        top, left = random.randint(height), random.randint(width)
        size = random.randint(8, height // 2)
        label_map[0, top : top + size, left : left + size] = random.randint(
            num_classes
        )
    return label_map


if __name__ == "__main__":
    app.run(main)
