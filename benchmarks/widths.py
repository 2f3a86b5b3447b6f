"""Measures what models of several widths take, to train and to use.

Each row has a process of its own: a model on landscapes of 256x256, batch 1,
without a perceptual loss. Prints a Markdown table: trainable parameters,
size of a checkpoint, seconds of a training step and its peak memory, seconds
of one image by `Synthesizer`. The hidden filters of SPADE's kind are twice the
filters, those of the discriminator as many as the generator's.

Run: python benchmarks/widths.py [--models=spade,oasis] [--filters=16,64]
Backend: KERAS_BACKEND.
"""

import json
import sys
import time

from absl import app
from absl import flags
from training_step import in_new_process

MODELS = "spade clade pix2pixhd ccfpse oasis dpgan scgan inade".split()
FLAGS = flags.FLAGS
flags.DEFINE_list("models", MODELS, "Names of presets.")
flags.DEFINE_list("filters", ["16", "32", "64"], "Of the generator.")
flags.DEFINE_integer("size", 256, "Height and width in pixels.")
flags.DEFINE_integer("steps", 2, "Timed training steps.", lower_bound=1)
flags.DEFINE_string("one", None, "Measure model:filters in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        model, filters = FLAGS.one.split(":")
        print(json.dumps(measure(model, int(filters))))
        return
    print(
        "| model | filters | parameters, M | checkpoint, MiB | step, s "
        "| training, GiB | image, s |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for model in FLAGS.models:
        for filters in FLAGS.filters:
            row = in_new_process(
                __file__, *sys.argv[1:], f"--one={model}:{filters}"
            )
            parameters = ", ".join(f"{n / 1e6:.1f}" for n in row["parameters"])
            print(
                f"| {model} | {filters} | {parameters} "
                f"| {row['checkpoint'] / 2**20:.0f} | {row['step']:.2f} "
                f"| {row['peak'] / 2**30:.1f} | {row['image']:.2f} |",
                flush=True,
            )


def measure(model, filters):
    from keras_semsynth import Synthesizer
    from keras_semsynth import data
    from keras_semsynth import experiments
    from keras_semsynth import training

    sides = (FLAGS.size, FLAGS.size)
    experiment = experiments.Experiment.from_preset(model).replace(
        data={"image_size": sides, "count": 8},
        generator={"filters": filters},
        run={"perceptual": "off", "batch_size": 1},
    )
    if "hidden_filters" in experiment.settings()["generator"]:
        experiment = experiment.replace(
            generator={"hidden_filters": 2 * filters}
        )
    if "filters" in experiment.settings()["discriminator"]:
        experiment = experiment.replace(discriminator={"filters": filters})
    rehearsal = training.rehearse(experiment, FLAGS.steps)
    footprint = rehearsal.footprint
    # A network of its own: what training takes has been measured by now.
    dataset = data.describe("landscapes", image_size=sides, count=1)
    generator = experiments.build_generator(
        experiment,
        experiments.LabelSpace(dataset.num_classes, False, sides, None),
    )
    generator.build()
    synthesizer = Synthesizer(generator)
    layout = dataset.read(0).label_map
    seconds = []
    for seed in range(4):
        started = time.monotonic()
        synthesizer.synthesize(layout, seed=seed)
        seconds.append(time.monotonic() - started)
    return {
        "parameters": [
            footprint.parameters[name]
            for name in ("generator", "discriminator")
            if name in footprint.parameters
        ],
        "checkpoint": footprint.checkpoint_bytes,
        "step": 1 / rehearsal.images_per_second,
        "peak": rehearsal.peak_memory,
        "image": min(seconds[1:]),
    }


if __name__ == "__main__":
    app.run(main)
