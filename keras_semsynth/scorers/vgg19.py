"""VGG-19 as a frozen feature network."""

import os

import keras
from keras import ops

# Convolutions of each stage up to the last feature (relu5_1), and widths.
_STAGES = ((2, 64), (2, 128), (4, 256), (4, 512), (1, 512))

_HOW_TO_GET_WEIGHTS = """
VGG-19 weights are public; neither file comes with this package:
- torchvision layout, what the official SPADE code uses: \
vgg19-dcbb9e9d.pth; `torchvision.models.vgg19(weights="IMAGENET1K_V1")` \
stores it under ~/.cache/torch/hub/checkpoints
- Keras layout: vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5; \
`keras.applications.VGG19(include_top=False)` stores it under ~/.keras/models
To train without the perceptual term, pass `--perceptual_weights=off` to \
train.py, or `perceptual=None` to the GAN in Python."""


@keras.saving.register_keras_serializable(package="keras_semsynth")
class VGG19Features(keras.Model):
    """Features of VGG-19 after `relu1_1`, `2_1`, `3_1`, `4_1` and `5_1`.

    The network is frozen. For the perceptual loss of SPADE it takes the image
    in `[-1, 1]` as it is, without rescaling or subtracting a mean.

    Args:
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 64. Defaults to `1`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, RGB, at least 16 by
            16.

    Returns:
        List of five tensors in the compute dtype, of `1, 1/2, 1/4, 1/8, 1/16`
        of the size, rounded down, and 64, 128, 256, 512, 512 channels.

    Raises:
        ValueError: If `width_divisor` does not divide 64 or the image is too
            small.

    Example:

    >>> network = keras_semsynth.scorers.VGG19Features(width_divisor=16)
    >>> [f.shape[-1] for f in network(np.zeros((1, 32, 32, 3), "float32"))]
    [4, 8, 16, 32, 32]

    Reference:
        - [VGG, ICLR 2015](https://arxiv.org/abs/1409.1556)
    """

    def __init__(self, width_divisor=1, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(width_divisor, int) or (
            width_divisor < 1 or 64 % width_divisor
        ):
            raise ValueError(
                "`width_divisor` must be a positive divisor of 64. "
                f"Received: width_divisor={width_divisor}."
            )
        self.width_divisor = width_divisor
        self.convolutions = [
            keras.layers.Conv2D(
                width // width_divisor,
                3,
                padding="same",
                activation="relu",
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=f"conv{stage}_{index}",
            )
            for stage, (count, width) in enumerate(_STAGES, start=1)
            for index in range(1, count + 1)
        ]

    def build(self, image_shape=(None, None, None, 3)):
        if image_shape[-1] != 3:
            raise ValueError(
                "`image` must be `(batch, height, width, 3)`. "
                f"Received: shape {tuple(image_shape)}."
            )
        channels = 3
        for convolution in self.convolutions:
            convolution.build((None, None, None, channels))
            channels = convolution.filters
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def call(self, image):
        if min(n for n in (*image.shape[1:3], 16) if n is not None) < 16:
            raise ValueError(
                "`image` must be at least 16 by 16 pixels: VGG-19 halves it "
                f"four times. Received: shape {tuple(image.shape)}."
            )
        x = image
        features = []
        convolutions = iter(self.convolutions)
        for stage, (count, _) in enumerate(_STAGES):
            if stage:
                x = ops.max_pool(x, 2, strides=2, data_format="channels_last")
            for index in range(count):
                x = next(convolutions)(x)
                if index == 0:
                    features.append(x)
        return features

    def get_config(self):
        return {**super().get_config(), "width_divisor": self.width_divisor}

    @classmethod
    def from_file(cls, path, caffe_input=False, **kwargs):
        """Build the network with ImageNet weights from a local file.

        Args:
            path: str. A torchvision state dict (`.pth`), or an HDF5 file
                (`.h5`, `.weights.h5`) of the VGG-19 of Keras Applications,
                with or without its top, or of this class. Widths are read
                from the file.
            caffe_input: bool. Set it for the ImageNet weights of Keras
                Applications, which want BGR pixels of 0 to 255 with their
                mean subtracted: the first kernel is changed so that it wants
                what torchvision's want, RGB over the channel deviations. The
                network's input stays the same. Defaults to `False`.
            **kwargs: Base model arguments such as `name` and `dtype`.

        Returns:
            A frozen `VGG19Features`.

        Raises:
            FileNotFoundError: If there is no such file; says where to get one
                and how to do without.
            ValueError: If the file holds another network.
        """
        path = os.fspath(path)
        if not os.path.isfile(path):
            raise FileNotFoundError(
                f"No VGG-19 weights at {path!r}.{_HOW_TO_GET_WEIGHTS}"
            )
        # Not at the top: converters know the networks, not the other way.
        from keras_semsynth.checkpoints import vgg19

        network = vgg19.network_from_file(path, **kwargs)
        if caffe_input:
            _accept_rgb_over_deviations(network.convolutions[0])
        return network


def _accept_rgb_over_deviations(convolution):
    """Moves Caffe's input treatment into the first kernel, exactly.

    The two means, 255 (0.485, 0.456, 0.406) and (123.68, 116.779, 103.939),
    agree to 0.6 grey levels, so that only the scale and order are left.
    """
    deviations = ops.reshape(
        ops.convert_to_tensor([0.229, 0.224, 0.225], "float32"), (1, 1, 3, 1)
    )
    kernel = ops.flip(ops.convert_to_tensor(convolution.kernel), axis=2)
    convolution.kernel.assign(kernel * (255.0 * deviations))
