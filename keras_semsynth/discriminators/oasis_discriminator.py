from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.unet_residual_block import UNetResidualBlock


@keras.saving.register_keras_serializable(package="keras_semsynth")
class OASISDiscriminator(Discriminator):
    """Tells for each pixel whether it is fake, or which class it shows.

    A U-Net of residual blocks on the image alone. Each block `down_<i>` halves
    the size; as many blocks `up_<i>` double it, each but the first reading the
    one before it and the encoder's map of the same size.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        encoder_filters: sequence of ints >= 1, one a block. Widths of the
            encoder, in channels; the decoder has the same widths backwards,
            from the last but one on. Height and width of images must be
            multiples of `2**len(encoder_filters)`. Defaults to `(128, 128,
            256, 256, 512, 512)`.
        last_filters: int >= 1. Width of the last block, in channels. Defaults
            to `64`.
        **kwargs: Arguments of `Discriminator`: `spectral`, `image_channels`
            and more.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`.
        label_map: Not read; the objective compares it with the logits.
        edge_map: Not read.
        training: bool. Whether to advance the power iterations.

    Returns:
        dict of `"logits"`: `(batch, height, width, num_classes + 1)`, at least
        float32. Channel 0 stands for fake, channel `y + 1` for class `y`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> discriminator = keras_semsynth.discriminators.OASISDiscriminator(
    ...     num_classes=5, encoder_filters=(4, 8), last_filters=4)
    >>> discriminator(np.zeros((2, 8, 12, 3), "float32"))["logits"].shape
    (2, 8, 12, 6)

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates it in table 7 of its supplement
    """

    output_names: tuple[str, ...] = ("logits",)

    def __init__(
        self,
        num_classes: int,
        encoder_filters: Sequence[int] = (128, 128, 256, 256, 512, 512),
        last_filters: int = 64,
        **kwargs,
    ):
        super().__init__(**kwargs)
        encoder_filters = tuple(encoder_filters)
        check_at_least(1, num_classes=num_classes, last_filters=last_filters)
        for filters in encoder_filters:
            check_at_least(1, encoder_filters=filters)
        if not encoder_filters:
            raise ValueError(
                "`encoder_filters` must have at least one width. Received: "
                f"encoder_filters={encoder_filters}."
            )
        self.num_classes = num_classes
        self.encoder_filters = encoder_filters
        self.last_filters = last_filters
        self.size_multiple = 2 ** len(encoder_filters)

    def build(self, image_shape=None, label_map_shape=None):
        widths = self.encoder_filters
        channels = self.image_channels
        self.down = []
        for i, width in enumerate(widths):
            kind = "down" if i else "first"
            self.down.append(self._block(f"down_{i}", kind, width, channels))
            channels = width
        self.up = []
        for i, width in enumerate([*widths[-2::-1], self.last_filters]):
            if i:
                channels += widths[-1 - i]
            self.up.append(self._block(f"up_{i}", "up", width, channels))
            channels = width
        self.last = convolution(
            channels, self.num_classes + 1, 1, **self.options("last")
        )
        self.built = True

    def _block(self, name, kind, filters, channels):
        return self._layer(
            UNetResidualBlock,
            filters,
            kind,
            channels=channels,
            spectral=self.spectral,
            name=name,
        )

    def call(self, image, label_map=None, edge_map=None, training=None):
        outputs = self.block_outputs(image, training)
        return {"logits": self._logits(outputs)}

    def _logits(self, outputs):
        # Half precision is too coarse for a cross entropy.
        return full_precision(self.last(outputs[self.up[-1].name]))

    def block_outputs(
        self, image: Tensor, training: bool | None = None
    ) -> dict[str, Tensor]:
        """Returns the output of every block by name, `"down_0"` and so on."""
        self.check_size(image)
        outputs = {}
        x = ops.cast(image, self.compute_dtype)
        skips = []
        for block in self.down:
            x = outputs[block.name] = block(x, training=training)
            skips.append(x)
        skips.pop()  # the coarsest is the decoder's input itself
        for i, block in enumerate(self.up):
            if i:
                x = ops.concatenate([skips.pop(), x], axis=-1)
            x = outputs[block.name] = block(x, training=training)
        return outputs

    def block_shapes(self, image_shape: tuple) -> dict[str, tuple]:
        """Returns the shape of every block's output by name."""
        shapes = {}
        shape = tuple(image_shape)
        for block in [*self.down, *self.up]:
            shape = shapes[block.name] = block.compute_output_shape(shape)
        return shapes

    def compute_output_shape(self, image_shape, label_map_shape=None, **kwargs):
        return {"logits": (*image_shape[:3], self.num_classes + 1)}
