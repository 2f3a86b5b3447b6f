"""Memory of ConditionalDepthwiseConv2D against the unfold formulation.

A forward and backward pass of one layer, compiled by XLA on JAX, not run: what
goes in (features, kernels, gradient of the result), what comes out (the
result, gradients of features and kernels), and what XLA sets aside in between.
The first two are the same for any formulation; the third is the layer's own.

The unfold formulation copies each pixel's neighborhood (`kernel_size ** 2`
copies of the features), multiplies it with the predicted kernels and sums.
The three ways in which it is usually written exist in this file only.

Run: python benchmarks/conditional_depthwise_conv2d.py [--size=256]
[--channels=64] [--kernel_size=3]
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402
from jax import lax  # noqa: E402
from jax import numpy as jnp  # noqa: E402
from keras import ops  # noqa: E402

from keras_semsynth.layers import ConditionalDepthwiseConv2D  # noqa: E402

FLAGS = flags.FLAGS
flags.DEFINE_integer("size", 256, "Height and width, in pixels.")
flags.DEFINE_integer("channels", 64, "Channels of the features.")
flags.DEFINE_integer("kernel_size", 3, "Height and width of the kernels.")


def unfold_by_convolution(features, taps, size):
    """Neighborhoods by a convolution with unit kernels, JAX's own way."""
    patches = lax.conv_general_dilated_patches(
        features,
        (size, size),
        (1, 1),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    products = patches * taps
    return products.reshape(*features.shape, size * size).sum(-1)


def unfold_by_stacking(features, taps, size):
    """Neighborhoods as a stack of shifted copies."""
    _, height, width, _ = features.shape
    pad = size // 2
    padded = jnp.pad(features, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    patches = jnp.stack(
        [
            padded[:, row : row + height, column : column + width]
            for row in range(size)
            for column in range(size)
        ],
        axis=-1,
    )
    return (patches * taps.reshape(patches.shape)).sum(-1)


def unfold_by_keras(features, taps, size):
    """Neighborhoods by `keras.ops`, ordered row, column, channel."""
    patches = ops.image.extract_patches(
        features, (size, size), strides=1, padding="same"
    )
    patches = patches.reshape(*features.shape[:3], size * size, -1)
    taps = taps.reshape(*features.shape, size * size)
    return (patches * jnp.swapaxes(taps, -1, -2)).sum(-2)


UNFOLDING = (unfold_by_convolution, unfold_by_stacking, unfold_by_keras)


def megabytes(function, features, taps):
    """Peak of a forward and backward pass: what goes in, out and between.

    Args:
        function: Callable of `features` and `taps`.
        features: Array `(batch, height, width, channels)`.
        taps: Array `(batch, height, width, channels * kernel_size ** 2)`.

    Returns:
        dict of MB: `arguments`, `results`, `temporary` and `total`.
    """

    def step(features, taps, upstream):
        outputs, backward = jax.vjp(function, features, taps)
        return outputs, backward(upstream)

    # A shape costs nothing: nothing is run.
    shapes = [jax.ShapeDtypeStruct(x, "float32") for x in (features, taps)]
    compiled = jax.jit(step).lower(*shapes, shapes[0]).compile()
    found = compiled.memory_analysis()
    sizes = {
        "arguments": found.argument_size_in_bytes,
        "results": found.output_size_in_bytes,
        "temporary": found.temp_size_in_bytes,
    }
    sizes["total"] = sum(sizes.values())
    return {name: size / 1e6 for name, size in sizes.items()}


def check(layer, size):
    """Compares all formulations with each other on a small input."""
    random = np.random.default_rng(0)
    features = jnp.asarray(random.standard_normal((1, 6, 7, 3)), "float32")
    taps = (1, 6, 7, 3 * size**2)
    taps = jnp.asarray(random.standard_normal(taps), "float32")

    def results(function):
        outputs, backward = jax.vjp(function, features, taps)
        return (outputs, *backward(outputs))

    for unfold in UNFOLDING:
        theirs = results(lambda x, v, unfold=unfold: unfold(x, v, size))
        for x, y in zip(results(layer), theirs, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)


def main(_):
    size = FLAGS.kernel_size
    layer = ConditionalDepthwiseConv2D(size)
    check(layer, size)
    features = (1, FLAGS.size, FLAGS.size, FLAGS.channels)
    taps = (*features[:3], FLAGS.channels * size**2)
    ours = megabytes(layer, features, taps)
    print(f"{jax.devices()[0].device_kind}, features {features}; MB")
    _print("ConditionalDepthwiseConv2D", ours)
    for unfold in UNFOLDING:
        theirs = megabytes(
            lambda x, v, unfold=unfold: unfold(x, v, size), features, taps
        )
        _print(unfold.__name__, theirs)
        for name in ("temporary", "total"):
            print(f"  ours / this, {name}: {ours[name] / theirs[name]:.2f}")


def _print(name, sizes):
    row = "  ".join(f"{key} {size:6.1f}" for key, size in sizes.items())
    print(f"{name:28}{row}")


if __name__ == "__main__":
    app.run(main)
