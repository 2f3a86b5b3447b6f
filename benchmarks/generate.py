"""Times a full-size SPADE generator against one plain convolution.

Builds the ADE20K preset (256x256, batch 1), generates from a real or random
label map, and prints seconds, peak memory and the achieved rate: 181 G
multiply-adds over the time, as a ratio to the rate of one 128-channel 3x3
convolution at 256x256 measured in the same run.

Run: python benchmarks/generate.py [--label_map=LABELS.png] [--runs=5]
"""

import resource
import time

import keras
import numpy as np
from absl import app
from absl import flags
from keras import ops
from PIL import Image

from keras_semsynth import experiments
from keras_semsynth.presets import PRESETS

FLAGS = flags.FLAGS
flags.DEFINE_bool(
    "deduplicate", True, "Compute equal patches of the label map once."
)
flags.DEFINE_string(
    "label_map", None, "PNG of ids 0 ... 150; random rectangles if unset."
)
flags.DEFINE_integer("runs", 5, "Timed runs of each.", lower_bound=1)

# Convolutions and dense layers of the official SPADE generator for ADE20K at
# 256x256, counted layer by layer from its shapes.
GENERATOR_MULTIPLY_ADDS = 181e9
CHANNELS, SIZE = 128, 256
CONVOLUTION_MULTIPLY_ADDS = SIZE * SIZE * 9 * CHANNELS * CHANNELS


def main(argv):
    del argv
    experiment = experiments.Experiment.from_preset("spade_ade20k_256").replace(
        generator={"deduplicate": FLAGS.deduplicate}
    )
    generator = experiments.build_generator(
        experiment, experiments.published_label_space(experiment)
    )
    generator.build()
    expected = PRESETS[experiment.preset]["parameters"]["generator"]
    count = sum(int(np.prod(v.shape)) for v in generator.trainable_weights)
    print(f"trainable parameters {count:,}, published {expected:,}")
    label_map = ops.convert_to_tensor(_label_map()[None])
    convolution = keras.layers.Conv2D(CHANNELS, 3, padding="same")
    features = keras.random.normal((1, SIZE, SIZE, CHANNELS))
    convolution.build(features.shape)
    plain, ours = _seconds(
        [_compiled(convolution, features), _compiled(generator, label_map)]
    )
    # Linux counts in kibibytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    reference = CONVOLUTION_MULTIPLY_ADDS / plain
    achieved = GENERATOR_MULTIPLY_ADDS / ours
    print(
        f"backend {keras.backend.backend()}, runs {FLAGS.runs}, "
        f"deduplicate {FLAGS.deduplicate}"
    )
    print(f"generate {ours:.2f} s, peak memory {peak:.2f} GiB")
    print(f"one convolution {plain * 1e3:.0f} ms")
    print(f"rate {achieved / 1e9:.0f} G/s, ratio {achieved / reference:.2f}")


def _label_map():
    if FLAGS.label_map:
        image = Image.open(FLAGS.label_map)
        image = image.resize((SIZE, SIZE), Image.Resampling.NEAREST)
        return np.minimum(np.asarray(image).astype("int32"), 150)
    random = np.random.RandomState(0)
    label_map = np.zeros((SIZE, SIZE), "int32")
    for _ in range(40):
        top, left = random.randint(0, SIZE, 2)
        height, width = random.randint(8, SIZE // 2, 2)
        label = random.randint(151)
        label_map[top : top + height, left : left + width] = label
    return label_map


def _compiled(model, inputs):
    """A function without arguments that runs the model once."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        function = tf.function(lambda x: model(x))
        return lambda: function(inputs).numpy()
    if backend == "jax":
        import jax

        trainable = [v.value for v in model.trainable_variables]
        others = [v.value for v in model.non_trainable_variables]
        function = jax.jit(lambda t, o, x: model.stateless_call(t, o, x)[0])
        return lambda: function(trainable, others, inputs).block_until_ready()
    import torch

    def run():
        with torch.no_grad():
            return model(inputs)

    return run


def _seconds(functions):
    """Median seconds of each; taken in turn, so that noise hits all alike."""
    times = [[] for _ in functions]
    for function in functions:
        function()
    for _ in range(FLAGS.runs):
        for function, row in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            row.append(time.perf_counter() - start)
    return [float(np.median(row)) for row in times]


if __name__ == "__main__":
    app.run(main)
