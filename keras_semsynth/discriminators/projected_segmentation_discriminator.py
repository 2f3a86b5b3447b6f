import keras
from keras import ops

from keras_semsynth.discriminators.projected_discriminator import (
    ProjectedDiscriminator,
)
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.unet_residual_block import UNetResidualBlock


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ProjectedSegmentationDiscriminator(ProjectedDiscriminator):
    """Tells by pretrained features what each pixel shows, or that it is fake.

    The idea of DP-SIMS: OASIS's discriminator, but its encoder is a frozen,
    pretrained network. The decoder is OASIS's: residual blocks that double the
    size, from the coarsest mixed level on, each but the first reading the one
    before it and the mixed level of the same size; then further blocks up to
    the size of the image. Only decoder and heads are trained. The paper's text
    was not at hand: widths and mixing are ours.

    Args:
        *args: Arguments of `ProjectedDiscriminator`: `num_classes`,
            `features_network` and more.
        last_filters: int >= 1. Width of the blocks that are finer than the
            features, in channels. Defaults to `32`.
        patch_scores: bool. Whether the heads of `ProjectedDiscriminator` score
            too, for objectives that read `"scores"` and `"features"` beside
            `"logits"`, such as DP-GAN's. Defaults to `False`.
        **kwargs: Arguments of `ProjectedDiscriminator`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, as for `ProjectedDiscriminator`.
        label_map: Integer tensor `(batch, height, width)`. Read by the heads
            alone; an objective compares it with the logits.
        edge_map: Float tensor `(batch, height, width, 1)`. Read by the heads
            alone, if `use_edge_map`.
        training: bool. Whether to advance the power iterations.

    Returns:
        dict of `"logits"`: `(batch, height, width, num_classes + 1)`, at least
        float32. Channel 0 stands for fake, channel `y + 1` for class `y`. With
        `patch_scores` also `"scores"` and `"features"`, as
        `ProjectedDiscriminator`.

    Raises:
        ValueError: If an argument or the size does not fit.

    Example:

    >>> discriminator = (
    ...     keras_semsynth.discriminators.ProjectedSegmentationDiscriminator(
    ...         num_classes=5, mixed_filters=4, last_filters=4,
    ...         features_network=keras_semsynth.scorers.VGG19Features(16)))
    >>> discriminator(np.zeros((2, 32, 48, 3), "float32"))["logits"].shape
    (2, 32, 48, 6)

    Reference:
        - [DP-SIMS, CVPR 2024](https://arxiv.org/abs/2312.13314)
        - [Projected GANs, NeurIPS 2021](https://arxiv.org/abs/2111.01007)
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
    """

    def __init__(
        self,
        *args,
        last_filters: int = 32,
        patch_scores: bool = False,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, last_filters=last_filters)
        self.last_filters = last_filters
        self.patch_scores = patch_scores
        self.output_names = ("logits",)
        if patch_scores:
            self.output_names += ("scores", "features")

    def build(self, image_shape=None, label_map_shape=None):
        super().build(image_shape)
        *finer, channels = self.mixed_widths
        self.up = []
        for width in reversed(finer):
            self._add_block(channels, width)
            channels = 2 * width  # with the mixed level of this size
        for _ in range(self.cell_sizes[0].bit_length() - 1):
            self._add_block(channels, self.last_filters)
            channels = self.last_filters
        self.last = convolution(
            channels, self.num_classes + 1, 1, **self.options("last")
        )

    def _add_block(self, channels, filters):
        block = self._layer(
            UNetResidualBlock,
            filters,
            "up",
            channels=channels,
            spectral=self.spectral,
            name=f"up_{len(self.up)}",
        )
        self.up.append(block)

    def _build_heads(self):
        if self.patch_scores:
            super()._build_heads()

    def call(self, image, label_map=None, edge_map=None, training=None):
        mixed = self.project(image)
        outputs = {"logits": self._segment(mixed, training)}
        if self.patch_scores:
            outputs |= self._score(mixed, label_map, edge_map, training)
        return outputs

    def _segment(self, mixed, training):
        *skips, x = mixed
        for block in self.up:
            x = block(x, training=training)
            if skips:
                x = ops.concatenate([skips.pop(), x], axis=-1)
        # Half precision is too coarse for a cross entropy.
        return full_precision(self.last(x))

    def compute_output_shape(self, image_shape, label_map_shape=None, **kwargs):
        shapes = {"logits": (*image_shape[:3], self.num_classes + 1)}
        if self.patch_scores:
            shapes |= super().compute_output_shape(image_shape)
        return shapes
