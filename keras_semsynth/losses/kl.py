"""Divergence and sampling of a Gaussian style code."""

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of `N(mean, variance)` from `N(0, I)`.

    Summed, not averaged, over the batch and the code dimensions, as the
    official SPADE code does.

    Args:
        mean: float tensor `(batch, ..., style_dim)`.
        log_variance: float tensor of that shape.

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
        mean: float tensor `(batch, ..., style_dim)`.
        log_variance: float tensor of that shape.
        noise: standard normal tensor of that shape, fresh at each call.

    Returns:
        Tensor of that shape, differentiable in `mean` and
        `log_variance`.
    """
    mean = full_precision(mean)
    deviation = ops.exp(0.5 * full_precision(log_variance))
    return mean + deviation * full_precision(noise)


class KL(Term):
    """Style codes are distributed like noise.

    Args:
        weight: float. What the term is multiplied by. Defaults to `0.05`.
        divisor: int >= 1. The term is summed over the global batch and divided
            by this, on any number of replicas. The papers averaged sums of
            each device: SPADE had 8 devices, CC-FPSE 16. With
            `replica_statistics="paper"` the number of replicas stands for it.
            Defaults to `8`.
        **kwargs: Arguments of `Term`.
    """

    name = "kl"
    reads = ("generated.mean", "generated.log_variance")
    comes_with = "encoder"

    def __init__(self, weight: float = 0.05, divisor: int = 8, **kwargs):
        super().__init__(weight, **kwargs)
        check_at_least(1, kl_divisor=divisor)
        self.divisor = divisor

    def formula(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        # Shares are averaged, so that a sum over this one counts as the global
        # sum / shares.
        together = backend.counts_together()
        divisor = self.divisor if together else backend.num_replicas()
        factor = backend.num_shares() / divisor
        return kl_divergence(mean, log_variance) * factor
