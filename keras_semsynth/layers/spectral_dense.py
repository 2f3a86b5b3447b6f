import keras
from keras import ops

from keras_semsynth.layers.spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpectralDense(SpectralNormalization, keras.layers.Dense):
    """`keras.layers.Dense` under spectral normalization.

    Args:
        *args: Arguments of `keras.layers.Dense`.
        **kwargs: Arguments of `keras.layers.Dense`.

    Call arguments:
        inputs: Float tensor `(batch, ..., channels)`.
        training: bool. Whether to advance the power iteration.

    Returns:
        Tensor `(batch, ..., units)`.

    Reference:
        - [Spectral Normalization for GANs, ICLR 2018](
          https://arxiv.org/abs/1802.05957)
    """

    def call(self, inputs, training=None):
        kernel = self.normalized_kernel(training)
        outputs = ops.matmul(inputs, ops.cast(kernel, self.compute_dtype))
        if self.bias is not None:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return self.activation(outputs)
