import keras
from keras import ops

from keras_semsynth.layers.spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpectralConv2DTranspose(
    SpectralNormalization, keras.layers.Conv2DTranspose
):
    """`keras.layers.Conv2DTranspose` under spectral normalization.

    Args:
        *args: Arguments of `keras.layers.Conv2DTranspose`.
        **kwargs: Arguments of `keras.layers.Conv2DTranspose`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.
        training: bool. Whether to advance the power iteration.

    Returns:
        Tensor `(batch, new_height, new_width, filters)`.

    Reference:
        - [Spectral Normalization for GANs, ICLR 2018](
          https://arxiv.org/abs/1802.05957)
    """

    output_axis = 2  # the kernel is (height, width, filters, channels)

    def call(self, inputs, training=None):
        kernel = self.normalized_kernel(training)
        outputs = ops.conv_transpose(
            inputs,
            ops.cast(kernel, self.compute_dtype),
            strides=list(self.strides),
            padding=self.padding,
            output_padding=self.output_padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return self.activation(outputs)
