import keras

from keras_semsynth.scorers.vgg_features import VGGFeatures


@keras.saving.register_keras_serializable(package="keras_semsynth")
class VGG19Features(VGGFeatures):
    """Features of VGG-19, after the ReLU of some of its convolutions.

    The network is frozen, and ends with the last convolution that is asked
    for. For the perceptual loss of SPADE it takes the image
    in `[-1, 1]` as it is, without rescaling or subtracting a mean.

    Args:
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 64. Defaults to `1`.
        feature_layers: sequence of str, in the order of the network.
            Convolutions whose outputs, after the ReLU, are the features.
            Defaults to `("conv1_1", "conv2_1", "conv3_1", "conv4_1",
            "conv5_1")`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, RGB, at least 16 by
            16.

    Returns:
        List of a tensor for each feature layer, in the compute dtype. Stages
        1 to 5 have `1, 1/2, 1/4, 1/8, 1/16` of the size, rounded down, and
        64, 128, 256, 512, 512 channels.

    Raises:
        ValueError: If `width_divisor` does not divide 64, `feature_layers`
            are not layers in order, or the image is too small.

    Example:

    >>> network = keras_semsynth.scorers.VGG19Features(width_divisor=16)
    >>> [f.shape[-1] for f in network(np.zeros((1, 32, 32, 3), "float32"))]
    [4, 8, 16, 32, 32]

    Reference:
        - [VGG, ICLR 2015](https://arxiv.org/abs/1409.1556), table 1
    """

    title = "VGG-19"
    counts = (2, 2, 4, 4, 4)
