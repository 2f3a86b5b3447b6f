import math
from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.random_conv2d import RandomConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class FeatureMixing(Configured, keras.layers.Layer):
    """Mixes the channels of frozen features, and each level with the coarser.

    Deep features have channels that say little and others that a generator
    could please alone; a random mixture spreads what they say over all.

    - Cross-channel mixing: a random 1x1 convolution a level, `c[k]`.
    - Cross-scale mixing, from the coarsest level on: `z[last] = c[last]`, then
      `z[k] = (c[k] + conv(enlarge(z[k + 1]))) / sqrt(2)`, bilinear to the size
      of `c[k]`, with a random 3x3 convolution.

    The paper gives the parts (random convolutions of 1 and 3 cells, a residual
    path from coarse to fine); the order within a step and the division, which
    keeps the variance, are ours. Nothing is trained.

    Args:
        widths: Sequence of ints >= 1, one a level. Channels of the results.
        cross_scale: bool. Whether levels are mixed with the coarser ones;
            otherwise only their channels. Defaults to `True`.
        seed: int. Seed of the random kernels. Defaults to `0`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: List of float tensors `(batch, height, width, channels)`,
            one a level, finest first.

    Returns:
        List of tensors `(batch, height, width, width of the level)`.

    Raises:
        ValueError: If an argument is out of range, or the levels are not as
            many as `widths`.

    Example:

    >>> layer = keras_semsynth.layers.FeatureMixing([8, 16])
    >>> fine, coarse = np.ones((2, 8, 8, 3)), np.ones((2, 4, 4, 6))
    >>> [x.shape for x in layer([fine, coarse])]
    [(2, 8, 8, 8), (2, 4, 4, 16)]

    Reference:
        - [Projected GANs, NeurIPS 2021](https://arxiv.org/abs/2111.01007),
          section 3.2
    """

    def __init__(
        self,
        widths: Sequence[int],
        cross_scale: bool = True,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for width in widths:
            check_at_least(1, widths=width)
        self.widths = tuple(widths)
        self.cross_scale = cross_scale
        self.seed = seed

    def build(self, features_shape):
        widths = self.widths
        if len(features_shape) != len(widths):
            raise ValueError(
                "`features` must have one level for each of `widths`. "
                f"Received: {len(features_shape)} levels, widths={widths}."
            )
        self.channel_mixers = [
            self._conv(f"channels_{i}", shape[-1], width, 1, 2 * i)
            for i, (shape, width) in enumerate(
                zip(features_shape, widths, strict=True)
            )
        ]
        self.scale_mixers = []
        if self.cross_scale:
            self.scale_mixers = [
                self._conv(f"scale_{i}", coarse, fine, 3, 2 * i + 1)
                for i, (fine, coarse) in enumerate(
                    zip(widths[:-1], widths[1:], strict=True)
                )
            ]
        self.built = True

    def _conv(self, name, channels, filters, kernel_size, number):
        conv = RandomConv2D(
            filters,
            kernel_size,
            # A seed for each kernel: equal ones would give equal values.
            seed=self.seed + number,
            dtype=self.dtype_policy,
            name=name,
        )
        conv.build((None, None, None, channels))
        return conv

    def call(self, features):
        mixed = [
            mixer(x)
            for mixer, x in zip(self.channel_mixers, features, strict=True)
        ]
        for i in range(len(self.scale_mixers) - 1, -1, -1):
            size = ops.shape(mixed[i])
            coarse = resize_bilinear(mixed[i + 1], size[1], size[2])
            total = mixed[i] + self.scale_mixers[i](coarse)
            mixed[i] = total / math.sqrt(2.0)
        return mixed

    def compute_output_shape(self, features_shape):
        return [
            (*shape[:3], width)
            for shape, width in zip(features_shape, self.widths, strict=True)
        ]
