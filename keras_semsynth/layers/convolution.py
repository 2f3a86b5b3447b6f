from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D
from keras_semsynth.layers.spectral_conv2d_transpose import (
    SpectralConv2DTranspose,
)
from keras_semsynth.layers.spectral_label_conv2d import SpectralLabelConv2D

# Whether it is transposed and spectral -> layer.
_LAYERS = {
    (False, False): keras.layers.Conv2D,
    (False, True): SpectralConv2D,
    (True, False): keras.layers.Conv2DTranspose,
    (True, True): SpectralConv2DTranspose,
}


def convolution(
    channels: int,
    filters: int,
    kernel_size: int,
    spectral: bool = False,
    transposed: bool = False,
    strides: int = 1,
    padding: str = "same",
    use_bias: bool = True,
    kernel_initializer: InitializerLike = "glorot_uniform",
    **kwargs,
) -> keras.layers.Layer:
    """Makes a convolution of features, with its weights.

    It may be called with `training`, whatever it is: a spectral one advances
    its power iteration, for others Keras drops the argument.

    Args:
        channels: int. Channels of the input.
        filters: int. Channels of the result.
        kernel_size: int. Height and width of the kernel.
        spectral: bool. Whether the kernel is spectrally normalized. Defaults
            to `False`.
        transposed: bool. Whether it is a transposed convolution. Defaults to
            `False`.
        strides: int >= 1. Steps of the window in both directions. Defaults to
            `1`.
        padding: `"same"` or `"valid"`. Defaults to `"same"`.
        use_bias: bool. Whether a bias is added. Defaults to `True`.
        kernel_initializer: Keras initializer, of which a copy is used: an
            initializer that is called twice gives the same values. Defaults to
            `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Returns:
        A built layer on `(batch, height, width, channels)`.
    """
    layer = _LAYERS[transposed, spectral](
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        use_bias=use_bias,
        data_format="channels_last",
        kernel_initializer=clone_initializer(
            keras.initializers.get(kernel_initializer)
        ),
        **kwargs,
    )
    layer.build((None, None, None, channels))
    return layer


def label_convolution(
    num_classes: int,
    filters: int,
    kernel_size: int,
    spectral: bool = False,
    kernel_initializer: InitializerLike = "glorot_uniform",
    **kwargs,
) -> LabelConv2D:
    """Makes a convolution of a label map, with its weights.

    It may be called with `training`, as what `convolution` makes.

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        filters: int. Channels of the result.
        kernel_size: int. Height and width of the kernel.
        spectral: bool. Whether the kernel is spectrally normalized. Defaults
            to `False`.
        kernel_initializer: As for `convolution`. Defaults to
            `"glorot_uniform"`.
        **kwargs: Further arguments of `LabelConv2D`, such as `extra_channels`,
            and base layer arguments.

    Returns:
        A built layer on ids `(batch, height, width)` or a soft label map.
    """
    layer = (SpectralLabelConv2D if spectral else LabelConv2D)(
        filters,
        kernel_size,
        num_classes,
        kernel_initializer=clone_initializer(
            keras.initializers.get(kernel_initializer)
        ),
        **kwargs,
    )
    layer.build()
    return layer


def joint_weights(
    layers: Sequence[keras.layers.Conv2D],
) -> tuple[Tensor, Tensor]:
    """Joins the weights of convolutions that read one input.

    One convolution with them has the same results as one after the other, with
    fewer and larger operations.

    Args:
        layers: Built `keras.layers.Conv2D` with biases, alike but for their
            weights and numbers of filters.

    Returns:
        `(kernel, bias)` of the convolution that computes all of them, in the
        compute dtype.
    """
    dtype = layers[0].compute_dtype
    kernels = [ops.cast(layer.kernel, dtype) for layer in layers]
    biases = [ops.cast(layer.bias, dtype) for layer in layers]
    return ops.concatenate(kernels, axis=-1), ops.concatenate(biases, axis=-1)
