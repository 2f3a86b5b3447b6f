"""CLADE against SPADE: what they cost, and what they learn for it.

Prints two Markdown tables.

The first is of the presets of ADE20K at full size, each in processes of its
own, without the perceptual loss: parameters of the generator; processor
seconds (of all cores; other programs change them little) of one 256x256
picture and of one training step of one image, both medians; and the peak
memory of each.

The second is of `configs/landscapes_spade.cfg` and `landscapes_clade.cfg`:
KID and mIoU, in the features and by the labels of the package's scorer, after
as many CPU seconds, and after as many steps (those that SPADE makes in them,
if `--steps` does not say). A run that is in the folder already is scored as it
is.

Run: python benchmarks/clade.py [--seconds=300] [--steps=N]
--seconds=0 leaves the second table out, --images=0 the first.
"""

import json
import pathlib
import time

from absl import app
from absl import flags
from training_step import in_new_process
from training_step import peak_memory
from training_step import step_costs

FLAGS = flags.FLAGS
flags.DEFINE_integer("images", 5, "Pictures, and training steps, timed.")
flags.DEFINE_float("seconds", 300.0, "CPU seconds of each training.")
flags.DEFINE_integer("steps", None, "Training steps of each training.")
flags.DEFINE_integer("seed", 0, "Seed of all trainings.")
flags.DEFINE_list("flags", [], "Further flags of all trainings.")
flags.DEFINE_string("folder", "runs/clade_benchmark", "Of the runs.")
flags.DEFINE_string("picture", None, "Measure a picture of this preset here.")
flags.DEFINE_string("step", None, "Measure a step of this preset here.")

PRESETS = {"SPADE": "spade_ade20k_256", "CLADE": "clade_ade20k_256"}
CONFIGS = {
    "SPADE": "configs/landscapes_spade.cfg",
    "CLADE": "configs/landscapes_clade.cfg",
}


def main(argv):
    del argv
    if FLAGS.picture:
        print(json.dumps(measure_picture(FLAGS.picture)))
        return
    if FLAGS.step:
        print(json.dumps(measure_step(FLAGS.step)))
        return
    if FLAGS.images:
        print_costs()
    if FLAGS.seconds:
        print_scores()


def print_costs():
    print("| generator | parameters | picture | memory | step | memory |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    count = f"--images={FLAGS.images}"
    for name, preset in PRESETS.items():
        parameters, picture, held = in_new_process(
            __file__, f"--picture={preset}", count
        )
        step, peak = in_new_process(__file__, f"--step={preset}", count)
        print(
            f"| {name} | {parameters / 1e6:.1f} M | {picture:.2f} s | "
            f"{held / 2**30:.2f} GiB | {step:.1f} s | {peak / 2**30:.2f} GiB |",
            flush=True,
        )


def measure_picture(preset):
    """Returns parameters, seconds of a picture, and bytes."""
    import numpy as np

    from keras_semsynth import data
    from keras_semsynth import experiments
    from keras_semsynth.synthesis.layout import Layout
    from keras_semsynth.synthesis.look import Look
    from keras_semsynth.synthesis.renderer import Renderer
    from keras_semsynth.training.report import count_parameters

    experiment = experiments.Experiment.from_preset(preset)
    space = experiments.published_label_space(experiment)
    generator = experiments.build_generator(experiment, space)
    generator.build()
    scenes = data.describe("landscapes", image_size=(256, 256), split="val")
    layout = Layout.fit(generator, scenes.read(0).label_map)
    renderer = Renderer(generator, compile_after=0)
    seconds = []
    for _ in range(1 + FLAGS.images):
        start = time.process_time()
        renderer.render([layout], [Look(seed=0)])
        seconds.append(time.process_time() - start)
    # The first one compiles.
    median = float(np.median(seconds[1:]))
    return count_parameters(generator), median, peak_memory()


def measure_step(preset):
    """Returns seconds of a training step, and bytes."""
    from keras_semsynth import experiments
    from keras_semsynth.experiments.build import compile_gan

    experiment = experiments.Experiment.from_preset(preset).replace(
        run={"perceptual": "off", "batch_size": 1}
    )
    space = experiments.published_label_space(experiment)
    gan = experiments.build_gan(experiment, space, None)
    gan.build()
    compile_gan(gan, experiment, 1)
    return step_costs(gan, space.num_classes, 1, space.image_size, FLAGS.images)


def print_scores():
    from timed_training import score
    from timed_training import train

    print("| budget | generator | steps | images | KID x 1000 | mIoU, % |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    folder = pathlib.Path(FLAGS.folder)

    def row(name, budget, **limit):
        run = folder / f"{name.lower()}_{budget.replace(' ', '_')}"
        if not (run / "report.json").is_file():
            train(run, CONFIGS[name], FLAGS.flags, FLAGS.seed, **limit)
        steps = json.loads((run / "report.json").read_text())["steps"]
        found = score(run)
        print(
            f"| {budget} | {name} | {steps} | {found['images']} | "
            f"{found['kid']:.4g} | {found['miou']:.1f} |",
            flush=True,
        )
        return steps

    budget = f"{FLAGS.seconds:g} s"
    steps = row("SPADE", budget, seconds=FLAGS.seconds)
    row("CLADE", budget, seconds=FLAGS.seconds)
    if FLAGS.steps:
        steps = FLAGS.steps
        row("SPADE", f"{steps} steps", steps=steps)
    row("CLADE", f"{steps} steps", steps=steps)


if __name__ == "__main__":
    app.run(main)
