import keras

from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpectralLabelConv2D(SpectralNormalization, LabelConv2D):
    """`LabelConv2D` under spectral normalization.

    Args:
        *args: Arguments of `LabelConv2D`.
        **kwargs: Arguments of `LabelConv2D`.

    Call arguments:
        label_map: As for `LabelConv2D`.
        extra_map: As for `LabelConv2D`.
        training: bool. Whether to advance the power iteration.

    Returns:
        Tensor `(batch, new_height, new_width, filters)`.

    Reference:
        - [Spectral Normalization for GANs, ICLR 2018](
          https://arxiv.org/abs/1802.05957)
    """

    def build(self, label_map_shape=None, extra_map_shape=None):
        LabelConv2D.build(self, label_map_shape, extra_map_shape)
        self._add_vectors()

    def call(self, label_map, extra_map=None, training=None):
        kernel = self.normalized_kernel(training)
        return self._convolve(label_map, extra_map, kernel)
