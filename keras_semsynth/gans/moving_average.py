"""The exponential moving average (EMA) of a generator."""

from keras import ops

# What happens to statistics and spectral vectors.
STATISTICS = ("copy", "average")


def new_average(network):
    """Returns an untrained, frozen twin of `network`."""
    average = type(network).from_config(network.get_config())
    average.trainable = False
    return average


def start_average(average, network):
    """Builds the twin and gives it the weights of the network."""
    average.build()
    for old, variable in zip(average.weights, network.weights, strict=True):
        # Through NumPy: on JAX the two must not share a buffer.
        old.assign(ops.convert_to_numpy(variable))


def update_average(average, network, decay, statistics="copy"):
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
