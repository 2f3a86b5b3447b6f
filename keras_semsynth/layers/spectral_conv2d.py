import math

import keras
from keras import ops

from keras_semsynth.layers.spectral_normalization import SpectralNormalization

# Values of a kernel from which on the result is divided in its place.
LARGE_KERNEL = 2**20


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpectralConv2D(SpectralNormalization, keras.layers.Conv2D):
    """`keras.layers.Conv2D` under spectral normalization.

    Args:
        *args: Arguments of `keras.layers.Conv2D`.
        **kwargs: Arguments of `keras.layers.Conv2D`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.
        training: bool. Whether to advance the power iteration.

    Returns:
        Tensor `(batch, new_height, new_width, filters)`.

    Reference:
        - [Spectral Normalization for GANs, ICLR 2018](
          https://arxiv.org/abs/1802.05957)
    """

    def call(self, inputs, training=None):
        kernel, sigma = ops.convert_to_tensor(self.kernel), self.sigma(training)
        # Convolving is linear. A large kernel lies on a small map, and what is
        # divided is a copy, kept for the gradients.
        divides_kernel = math.prod(kernel.shape) < LARGE_KERNEL
        if divides_kernel:
            kernel = kernel / sigma
        outputs = self.convolution_op(
            inputs, ops.cast(kernel, self.compute_dtype)
        )
        if not divides_kernel:
            outputs = outputs / ops.cast(sigma, outputs.dtype)
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return self.activation(outputs)
