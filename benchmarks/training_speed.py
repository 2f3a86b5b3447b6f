"""Times training steps of the full-size ADE20K models, and weighs them.

Every row has a process of its own: steps on one layout of the landscapes, its
ids spread over all classes, without a perceptual loss. `chosen` is what a
generator does by itself, `dense` has every pixel computed, `recompute` has the
blocks computed again in the backward pass. Prints a Markdown table: processor
seconds of a step, and the memory that the row took beside what the framework
took when it was imported.

Run: python benchmarks/training_speed.py [--models=spade,oasis] [--size=128]
Backend: KERAS_BACKEND.
"""

import json

from absl import app
from absl import flags
from training_step import in_new_process
from training_step import peak_memory
from training_step import step_costs

WAYS = {
    "dense": {"deduplicate": False},
    "chosen": {},
    "recompute": {"recompute": True},
}
FLAGS = flags.FLAGS
flags.DEFINE_list("models", ["spade"], "Names of presets NAME_ade20k_256.")
flags.DEFINE_list("ways", list(WAYS), "Of dense, chosen and recompute.")
flags.DEFINE_integer("size", 128, "Height and width in pixels.")
flags.DEFINE_integer("batch", 1, "Images a step.", lower_bound=1)
flags.DEFINE_integer("steps", 3, "Timed steps.", lower_bound=1)
flags.DEFINE_string("one", None, "Measure model:way in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(measure(*FLAGS.one.split(":"))))
        return
    print("| model | way | step, s | memory, MiB |")
    print("| --- | --- | --- | --- |", flush=True)
    for model in FLAGS.models:
        for way in FLAGS.ways:
            seconds, held = in_new_process(
                __file__,
                f"--one={model}:{way}",
                f"--size={FLAGS.size}",
                f"--batch={FLAGS.batch}",
                f"--steps={FLAGS.steps}",
            )
            print(
                f"| {model} | {way} | {seconds:.1f} | {held / 2**20:.0f} |",
                flush=True,
            )


def measure(model, way):
    """Returns processor seconds of a step, and bytes."""
    from keras_semsynth import experiments
    from keras_semsynth.experiments.build import compile_gan

    empty = peak_memory()
    sides = (FLAGS.size, FLAGS.size)
    experiment = experiments.Experiment.from_preset(
        f"{model}_ade20k_256"
    ).replace(
        data=("ade20k", {"image_size": sides}),
        generator=WAYS[way],
        run={"perceptual": "off", "batch_size": FLAGS.batch},
    )
    space = experiments.published_label_space(experiment)
    gan = experiments.build_gan(experiment, space, None)
    gan.build()
    compile_gan(gan, experiment, 1)
    seconds, peak = step_costs(
        gan, space.num_classes, FLAGS.batch, sides, FLAGS.steps
    )
    return seconds, peak - empty


if __name__ == "__main__":
    app.run(main)
