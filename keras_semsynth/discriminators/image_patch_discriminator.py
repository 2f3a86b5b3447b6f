import keras

from keras_semsynth.discriminators.multi_scale_patch_discriminator import (
    MultiScalePatchDiscriminator,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ImagePatchDiscriminator(MultiScalePatchDiscriminator):
    """Multi-scale patch discriminator that sees images only, no label map.

    For translation between sets of images, where there are no labels.

    Args:
        image_channels: int. Defaults to `3`.
        **kwargs: Arguments of `MultiScalePatchDiscriminator`, but for
            `num_classes` and `use_edge_map`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`.
        label_map, edge_map: Ignored.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        As `MultiScalePatchDiscriminator`.

    Example:

    >>> discriminator = keras_semsynth.discriminators.ImagePatchDiscriminator()
    >>> outputs = discriminator(np.zeros((2, 64, 64, 3), "float32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 11, 11, 1), (2, 7, 7, 1)]

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), appendix B
    """

    def __init__(self, image_channels=3, **kwargs):
        # To the layers below, the image is a soft label map.
        super().__init__(
            image_channels, image_channels=image_channels, **kwargs
        )

    @property
    def extra_channels(self):
        return 0

    def call(self, image, label_map=None, edge_map=None, training=None):
        return self.judge(
            keras.ops.cast(image, self.compute_dtype), None, training
        )

    def get_config(self):
        config = super().get_config()
        del config["num_classes"], config["use_edge_map"]
        return config
