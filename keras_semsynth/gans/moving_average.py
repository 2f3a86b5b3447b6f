"""The exponential moving average (EMA) of a generator."""

import keras
from keras import ops

# What happens to statistics and spectral vectors.
STATISTICS = ("copy", "average")


def check_decay(ema_decay: float | None) -> None:
    """Raises `ValueError` unless an average can have this decay, or none."""
    if ema_decay is not None and not 0 < ema_decay < 1:
        raise ValueError(
            "`ema_decay` must be between 0 and 1, or None for no average. "
            f"Received: ema_decay={ema_decay}."
        )


def new_average(network: keras.Model) -> keras.Model:
    """Returns an untrained, frozen twin of `network`."""
    average = type(network).from_config(network.get_config())
    average.trainable = False
    return average


def start_average(average: keras.Model, network: keras.Model) -> None:
    """Builds the twin and gives it the weights of the network."""
    average.build()
    copy_weights(average, network)


def copy_weights(average: keras.Model, network: keras.Model) -> None:
    """Gives a built twin the weights of the network."""
    for old, variable in zip(average.weights, network.weights, strict=True):
        # Through NumPy: on JAX the two must not share a buffer.
        old.assign(ops.convert_to_numpy(variable))


def update_average(
    average: keras.Model,
    network: keras.Model,
    decay: float,
    statistics: str = "copy",
) -> None:
    """Moves the average: `decay * average + (1 - decay) * network`.

    Args:
        average: What `new_average` returned.
        network: `keras.Model`.
        decay: float in `(0, 1)`.
        statistics: `"copy"` (batch statistics and spectral vectors are those
            of the network) or `"average"` (like the weights; averaged
            spectral vectors are no unit vectors any more). Defaults to
            `"copy"`.
    """
    for old, variable in zip(average.weights, network.weights, strict=True):
        value = ops.convert_to_tensor(variable)
        if variable.trainable or statistics == "average":
            mean = ops.convert_to_tensor(old)
            value = mean + (1 - decay) * (value - mean)
        old.assign(value)
