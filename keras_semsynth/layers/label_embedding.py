import keras

from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.average_pyramid import average_pyramid
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_layer import LabelLayer


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LabelEmbedding(LabelLayer):
    """Embeds labels as vectors, averaged over ever larger cells.

    What discriminators compare image features with. Each label has a vector;
    an edge map adds another times its value. The result is exactly the average
    pooling of the map of these vectors, of which one `cell_size ** 2`-th is
    made at a time.

    Args:
        filters: int. Length of the vectors.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        cell_size: int. Height and width of the smallest cells, in pixels.
            Defaults to `4`.
        num_levels: int. Each level has cells of twice the height and width of
            the one before. Defaults to `3`.
        kernel_initializer: Keras initializer of the vectors.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`; both sides multiples of
            `cell_size * 2 ** (num_levels - 1)`.
        extra_map: Float tensor `(batch, height, width, extra_channels)`, such
            as an edge map, if `extra_channels` is not `0`.

    Returns:
        List of `num_levels` tensors `(batch, h, w, filters)`, finest first.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.LabelEmbedding(8, num_classes=5)
    >>> [level.shape[1:3] for level in layer(np.zeros((2, 32, 32), "int32"))]
    [(8, 8), (4, 4), (2, 2)]

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section
          3.2.2
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        cell_size: int = 4,
        num_levels: int = 3,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            filters=filters,
            num_classes=num_classes,
            cell_size=cell_size,
        )
        check_within(1, MOST_HALVINGS + 1, num_levels=num_levels)
        check_at_least(0, extra_channels=extra_channels)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.cell_size = cell_size
        self.num_levels = num_levels
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, label_map_shape=None, extra_map_shape=None):
        self.vectors = LabelConv2D(
            self.filters,
            1,
            self.num_classes,
            extra_channels=self.extra_channels,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name="vectors",
        )
        self.vectors.build()
        self.built = True

    def call(self, label_map, extra_map=None):
        size = self.cell_size
        total = None
        for row in range(size):
            for column in range(size):

                def pick(x, row=row, column=column):
                    return x[:, row::size, column::size]

                extra = None if extra_map is None else pick(extra_map)
                term = self.vectors(pick(label_map), extra)
                total = term if total is None else total + term
        return average_pyramid(total / size**2, self.num_levels)

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        batch, height, width = label_map_shape[:3]
        shapes = []
        for level in range(self.num_levels):
            cell = self.cell_size << level
            sides = (
                None if side is None else side // cell
                for side in (height, width)
            )
            shapes.append((batch, *sides, self.filters))
        return shapes
