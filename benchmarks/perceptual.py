"""Compares what the networks of the perceptual loss cost.

Trains a narrow SPADE (the width of `configs/camvid_spade.cfg`) without the
loss and with each network, at two sizes. The weights are random: they change
no cost. Every row has a process of its own. Prints a Markdown table: size of
the image, batch, network, processor time of a training step (the median) as a
multiple of that without the loss, and the peak of memory.

Run: python benchmarks/perceptual.py [--rows=64x96:4:vgg16,...] [--steps=5]
(image size : batch size : network, or off)
"""

import json

from absl import app
from absl import flags
from training_step import in_new_process
from training_step import step_costs

NETWORKS = ["off", "vgg19", "vgg16", "efficientnet_lite0"]
ROWS = [f"{size}:{n}" for size in ("64x96:4", "256x256:1") for n in NETWORKS]
FLAGS = flags.FLAGS
flags.DEFINE_list("rows", ROWS, "image size:batch size:network, or off.")
flags.DEFINE_integer("steps", 5, "Steps that are timed, after two.")
flags.DEFINE_string("one", None, "Measure this row in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(measure(*FLAGS.one.split(":"))))
        return
    print("| image | batch | perceptual features | step | peak memory |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    without = {}
    steps = f"--steps={FLAGS.steps}"
    for row in FLAGS.rows:
        seconds, peak = in_new_process(__file__, f"--one={row}", steps)
        size, batch, network = row.split(":")
        first = without.setdefault((size, batch), seconds)
        print(
            f"| {size} | {batch} | {network} | {seconds / first:.2f} | "
            f"{peak / 2**30:.2f} GiB |",
            flush=True,
        )


def measure(size: str, batch: str, network: str):
    """Returns processor seconds of a step, and the peak of memory in bytes."""
    from keras_semsynth import scorers
    from keras_semsynth.experiments import Experiment
    from keras_semsynth.experiments import LabelSpace
    from keras_semsynth.experiments import build_gan
    from keras_semsynth.experiments.build import compile_gan
    from keras_semsynth.losses import PerceptualLoss

    makers = {
        "off": None,
        "vgg19": scorers.VGG19Features,
        "vgg16": scorers.VGG16Features,
        "efficientnet_lite0": scorers.EfficientNetLite0Features,
    }
    sides = tuple(int(side) for side in size.split("x"))
    experiment = Experiment.from_preset("spade").replace(
        generator={"filters": 12, "hidden_filters": 32},
        discriminator={"filters": 24},
        run={"perceptual": "off", "batch_size": int(batch)},
    )
    make = makers[network]
    loss = None if make is None else PerceptualLoss(make())
    gan = build_gan(experiment, LabelSpace(12, False, sides), loss)
    gan.build()
    compile_gan(gan, experiment, 1)
    return step_costs(gan, 12, int(batch), sides, FLAGS.steps)


if __name__ == "__main__":
    app.run(main)
