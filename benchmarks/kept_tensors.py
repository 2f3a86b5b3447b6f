"""Adds up what a training step keeps between its two passes.

The steps of both players of the full-size ADE20K models are traced by
TensorFlow, not run: every tensor that the backward pass reads counts once.
Every pixel is computed, as for a layout where nothing repeats, and the VGG19 of
the perceptual loss is there where a paper has it. Prints a Markdown table: GiB
of the generator's and the discriminator's step, the largest tensor of either,
and what is there all the time (weights, gradients, the optimizers' averages,
the moving average, VGG19).

Run: python benchmarks/kept_tensors.py [--models=spade,ccfpse] [--batch=4]
     [--policy=float32] [--recompute]
"""

import json
import os

from absl import app
from absl import flags
from training_step import in_new_process

MODELS = ["spade", "clade", "oasis", "dpgan", "scgan", "ccfpse"]
FLAGS = flags.FLAGS
flags.DEFINE_list("models", MODELS, "Names of presets NAME_ade20k_256.")
flags.DEFINE_integer("batch", 4, "Images of a step.", lower_bound=1)
flags.DEFINE_string("policy", "float32", "Precision.")
flags.DEFINE_bool("recompute", False, "Whether blocks are computed twice.")
flags.DEFINE_string("one", None, "Trace this model in this process.")
# Of no values of their own, or there anyway.
FREE = ("Const", "ReadVariableOp", "Placeholder", "Shape", "VarHandleOp")


def main(argv):
    del argv
    if FLAGS.one:
        os.environ["KERAS_BACKEND"] = "tensorflow"
        print(json.dumps(measure(FLAGS.one)))
        return
    print("| model | generator | discriminator | largest tensor | fixed |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    for model in FLAGS.models:
        numbers = in_new_process(
            __file__,
            f"--one={model}",
            f"--batch={FLAGS.batch}",
            f"--policy={FLAGS.policy}",
            f"--recompute={FLAGS.recompute}",
        )
        cells = " | ".join(f"{number / 2**30:.1f}" for number in numbers)
        print(f"| {model} | {cells} |", flush=True)


def measure(model):
    """Bytes of the table's columns."""
    import keras
    import tensorflow as tf

    from keras_semsynth import experiments
    from keras_semsynth.losses import PerceptualLoss
    from keras_semsynth.scorers import VGG19Features

    keras.config.set_dtype_policy(FLAGS.policy)
    experiment = experiments.Experiment.from_preset(
        f"{model}_ade20k_256"
    ).replace(generator={"deduplicate": False, "recompute": FLAGS.recompute})
    space = experiments.published_label_space(experiment)
    weight = experiment.settings()["objective"].get("perceptual_weight")
    perceptual = PerceptualLoss(VGG19Features()) if weight else None
    gan = experiments.build_gan(experiment, space, perceptual)
    gan.compile()
    height, width = space.image_size
    shape = (FLAGS.batch, height, width)
    specs = {
        "label_map": tf.TensorSpec(shape, "int32"),
        "image": tf.TensorSpec((*shape, 3), "float32"),
    }
    if gan.generator.use_edge_map:
        specs["edge_map"] = tf.TensorSpec((*shape, 1), "float32")
    steps = [step(gan, player) for player in ("generator", "discriminator")]
    graphs = [
        tf.function(f).get_concrete_function(**specs).graph for f in steps
    ]
    kept = [sum(found(graph).values()) for graph in graphs]
    largest = max(max(found(graph).values()) for graph in graphs)
    trained = 4 * count(gan.trainable_variables)
    fixed = 4 * trained
    for network in (gan.ema_generator, gan.perceptual):
        fixed += 4 * count(network.weights) if network is not None else 0
    return [*kept, largest, fixed]


def step(gan, player):
    """The gradients of a player's loss, as a function of a batch."""
    import tensorflow as tf

    from keras_semsynth.gans.two_player_step import weigh

    variables = [variable.value for variable in gan.variables_of(player)]

    def gradients(**inputs):
        batch = {**dict.fromkeys((*gan.input_names, "image")), **inputs}
        fake = None
        if player == "discriminator":
            fake = tf.zeros_like(batch["image"])
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables:
                tape.watch(variable)
            total = weigh(gan, player, gan.see(batch, fake))["total"]
        found = tape.gradient(total, variables)
        return [x for x in found if x is not None]

    return gradients


def found(graph):
    """Bytes of the tensors that the backward pass reads, by name."""

    def is_backward(operation):
        return "gradient_tape" in operation.name

    return {
        tensor.name: tensor.shape.num_elements() * tensor.dtype.size
        for operation in graph.get_operations()
        if is_backward(operation)
        for tensor in operation.inputs
        if not is_backward(tensor.op)
        and tensor.op.type not in FREE
        and tensor.dtype.name != "resource"
        and tensor.shape.num_elements() is not None
    }


def count(variables):
    return sum(variable.value.shape.num_elements() for variable in variables)


if __name__ == "__main__":
    app.run(main)
