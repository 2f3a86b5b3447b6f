import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.semantics_head import SemanticsHead

# Levels of the pyramid that are scored: cells of 4, 8 and 16 pixels.
SCORED = (2, 3, 4)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class FPSEDiscriminator(Discriminator):
    """Feature pyramid semantics-embedding discriminator.

    Reads the image alone, into a pyramid of features in which fine levels know
    what coarse ones saw. At three levels each cell is scored twice: whether it
    looks real, and how well its features agree (inner product) with the
    embedding of the labels under it. Level `k` has cells of `2**k` pixels. The
    two convolutions that score are never spectrally normalized.

    Pass fake and real images in one batch, fake first: one call is one power
    iteration.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        use_edge_map: bool. Whether the embedding takes in an instance edge
            map. Defaults to `False`.
        filters: int >= 1. Width of the first level, in channels. Defaults to
            `64`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization after the convolutions. Defaults to
            `"instance"`.
        **kwargs: Arguments of `Discriminator`: `spectral`, `image_channels`
            and more.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, height and width multiples of 32.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        dict: `"scores"`, three full precision tensors `(batch, h, w, 1)`,
        finest first; `"features"`, four lists of one tensor each, the
        bottom-up levels 2 to 5 (a list each: the paper's feature matching is
        the mean over levels).

    Raises:
        ValueError: If an argument or the size does not fit, or the edge map is
            missing or superfluous.

    Example:

    >>> discriminator = keras_semsynth.discriminators.FPSEDiscriminator(
    ...     num_classes=5, filters=4)
    >>> image = np.zeros((2, 64, 64, 3), "float32")
    >>> outputs = discriminator(image, np.zeros((2, 64, 64), "int32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 16, 16, 1), (2, 8, 8, 1), (2, 4, 4, 1)]

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section 3.2
    """

    output_names = ("scores", "features")
    size_multiple = 32

    def __init__(
        self,
        num_classes: int,
        use_edge_map: bool = False,
        filters: int = 64,
        normalization: str = "instance",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(1, num_classes=num_classes, filters=filters)
        self.num_classes = num_classes
        self.use_edge_map = use_edge_map
        self.filters = filters
        self.normalization = normalization

    def build(self, image_shape=None):
        # Channels of the bottom-up levels 1 to 5.
        widths = [factor * self.filters for factor in (1, 2, 4, 8, 8)]
        wide, narrow = 4 * self.filters, 2 * self.filters
        self.bottom_up = self._stack(
            "bottom_up", self.image_channels, widths, 3, strides=2
        )
        self.laterals = [
            self._stack(f"lateral_{k}", widths[k - 1], [wide], 1)
            for k in range(2, 6)
        ]
        self.finals = [
            self._stack(f"final_{k}", wide, [narrow], 3) for k in SCORED
        ]
        self.head = self._layer(SemanticsHead, channels=narrow, name="head")
        self.embedding = self._layer(
            LabelEmbedding,
            narrow,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            cell_size=2 ** SCORED[0],
            num_levels=len(SCORED),
            name="embedding",
        )
        self.built = True

    def _stack(self, name, channels, widths, kernel_size, strides=1):
        return self._layer(
            ConvStack,
            widths,
            kernel_size,
            channels=channels,
            strides=strides,
            normalization=self.normalization,
            spectral=self.spectral,
            name=name,
        )

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        self.check_size(image)
        x = ops.cast(image, self.compute_dtype)
        bottom_up = self.bottom_up(x, training=training)[1:]  # levels 2 to 5
        top_down = []
        for features, lateral in zip(
            bottom_up[::-1], self.laterals[::-1], strict=True
        ):
            (x,) = lateral(features, training=training)
            if top_down:
                x = double_bilinear(top_down[0]) + x
            top_down.insert(0, x)
        scores = []
        for x, final, embedding in zip(
            top_down,
            self.finals,
            self.embedding(label_map, edge_map),
            # Level 5 only leads down to the others.
            strict=False,
        ):
            (x,) = final(x, training=training)
            scores.append(self.head(x, embedding))
        return {"scores": scores, "features": [[x] for x in bottom_up]}

    def compute_output_shape(self, image_shape, **kwargs):
        bottom_up = self.bottom_up.compute_output_shape(image_shape)
        return {
            "scores": [(*bottom_up[k - 1][:3], 1) for k in SCORED],
            "features": [[shape] for shape in bottom_up[1:]],
        }


def double_bilinear(x: Tensor) -> Tensor:
    """Doubles height and width, between pixel centers, the border repeated.

    `keras.ops.image.resize` wants the size to be known beforehand.
    """
    for axis in (1, 2):

        def part(start, stop, x=x, axis=axis):
            return x[(slice(None),) * axis + (slice(start, stop),)]

        before = ops.concatenate([part(0, 1), part(0, -1)], axis)
        after = ops.concatenate([part(1, None), part(-1, None)], axis)
        pairs = [0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after]
        shape = list(ops.shape(x))
        shape[axis] = 2 * shape[axis]
        x = ops.reshape(ops.stack(pairs, axis + 1), shape)
    return x
