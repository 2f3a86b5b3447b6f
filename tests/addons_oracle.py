"""Runs tensorflow-addons 0.23 and stores what it computes.

Started by `test_addons.py` with the Python of an environment of its own, in
which neither Keras 3 nor this package exists:

    python addons_oracle.py inputs.npz outputs.npz
"""

import sys

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa


def spectral_normalization(inputs):
    """Five training calls, then an inference call, of a wrapped Conv2D."""
    x = tf.constant(inputs["sn_x"])
    filters = inputs["sn_kernel"].shape[-1]
    layer = tfa.layers.SpectralNormalization(
        tf.keras.layers.Conv2D(filters, inputs["sn_kernel"].shape[0])
    )
    layer.build(x.shape)
    layer.layer.kernel.assign(inputs["sn_kernel"])
    layer.layer.bias.assign(inputs["sn_bias"])
    layer.u.assign(inputs["sn_left"][None])
    results = {}
    for i in range(5):
        results[f"sn_output_{i}"] = layer(x, training=True)
        # Its forward pass overwrites the kernel with kernel / sigma.
        results[f"sn_kernel_{i}"] = layer.layer.kernel.numpy()
        results[f"sn_left_{i}"] = layer.u.numpy()[0]
    results["sn_inference"] = layer(x, training=False)
    return results


def instance_normalization(inputs):
    """The plain form, and the one with scale and offset at their start."""
    x = tf.constant(inputs["in_x"])
    plain = tfa.layers.InstanceNormalization(
        epsilon=1e-5, center=False, scale=False
    )
    affine = tfa.layers.InstanceNormalization(epsilon=1e-5)
    return {"in_plain": plain(x), "in_affine": affine(x)}


def moving_average(inputs):
    """Averages of a variable that is moved through given values."""
    values = inputs["ma_values"]
    variable = tf.Variable(values[0])
    optimizer = tfa.optimizers.MovingAverage(
        tf.keras.optimizers.legacy.SGD(learning_rate=1.0),
        average_decay=float(inputs["ma_decay"]),
    )
    averages = []
    for value in values[1:]:
        step = variable - tf.constant(value)
        optimizer.apply_gradients([(step, variable)])
        averages.append(average_of(optimizer, variable))
    return {"ma_averages": np.stack(averages)}


def average_of(optimizer, variable):
    """Reads the average without ending the optimization."""
    current = variable.numpy().copy()
    optimizer.assign_average_vars([variable])
    average = variable.numpy().copy()
    variable.assign(current)
    return average


def main():
    with np.load(sys.argv[1]) as archive:
        inputs = {name: archive[name] for name in archive.files}
    results = {
        **spectral_normalization(inputs),
        **instance_normalization(inputs),
        **moving_average(inputs),
        "version": np.array(tfa.__version__),
    }
    np.savez(
        sys.argv[2],
        **{name: np.array(value) for name, value in results.items()},
    )


if __name__ == "__main__":
    main()
