import keras

from keras_semsynth.discriminators.patch_pyramid import PatchPyramid


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ImagePatchDiscriminator(PatchPyramid):
    """Multi-scale patch discriminator that sees images only.

    For translation between sets of images, where there are no labels.

    Args:
        **kwargs: Arguments of `PatchPyramid`: `filters`, `num_scales`,
            `num_layers`, `image_channels` and more.

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
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), appendix
          B.2
    """
