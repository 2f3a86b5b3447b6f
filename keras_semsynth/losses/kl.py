"""Divergence and sampling of a Gaussian style code."""

from keras import ops


def kl_divergence(mean, log_variance):
    """Kullback-Leibler divergence of `N(mean, variance)` from `N(0, I)`.

    Summed, not averaged, over the batch and the code dimensions, as the
    official SPADE code does; the GAN applies the weight (0.05) and divides by
    the number of devices it wants to reproduce.

    Args:
        mean: float tensor `(batch, style_dim)`.
        log_variance: float tensor `(batch, style_dim)`.

    Returns:
        float32 scalar tensor.
    """
    mean = ops.cast(mean, "float32")
    log_variance = ops.cast(log_variance, "float32")
    return -0.5 * ops.sum(
        1.0 + log_variance - ops.square(mean) - ops.exp(log_variance)
    )


def reparameterize(mean, log_variance, noise):
    """Turn standard normal `noise` into a draw of `N(mean, variance)`.

    Args:
        mean: float tensor `(batch, style_dim)`.
        log_variance: float tensor `(batch, style_dim)`.
        noise: standard normal tensor `(batch, style_dim)`, fresh at each call.

    Returns:
        float32 tensor `(batch, style_dim)`, differentiable in `mean` and
        `log_variance`.
    """
    mean = ops.cast(mean, "float32")
    deviation = ops.exp(0.5 * ops.cast(log_variance, "float32"))
    return mean + deviation * ops.cast(noise, "float32")
