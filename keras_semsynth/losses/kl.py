"""Divergence and sampling of a Gaussian style code."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.precision import full_precision


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of `N(mean, variance)` from `N(0, I)`.

    Summed, not averaged, over the batch and the code dimensions, as the
    official SPADE code does; the GAN applies the weight (0.05) and divides by
    the number of devices of the paper (`SemanticGAN(kl_divisor=...)`).

    Args:
        mean: float tensor `(batch, style_dim)`.
        log_variance: float tensor `(batch, style_dim)`.

    Returns:
        Scalar tensor, not in half precision.
    """
    mean = full_precision(mean)
    log_variance = full_precision(log_variance)
    return -0.5 * ops.sum(
        1.0 + log_variance - ops.square(mean) - ops.exp(log_variance)
    )


def reparameterize(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Turn standard normal `noise` into a draw of `N(mean, variance)`.

    Args:
        mean: float tensor `(batch, style_dim)`.
        log_variance: float tensor `(batch, style_dim)`.
        noise: standard normal tensor `(batch, style_dim)`, fresh at each call.

    Returns:
        Tensor `(batch, style_dim)`, differentiable in `mean` and
        `log_variance`.
    """
    mean = full_precision(mean)
    deviation = ops.exp(0.5 * full_precision(log_variance))
    return mean + deviation * full_precision(noise)
