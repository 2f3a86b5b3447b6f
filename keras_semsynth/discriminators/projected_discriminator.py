from typing import ClassVar

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.feature_mixing import FeatureMixing
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.semantics_head import SemanticsHead

# On which any features network can be tried.
_TRIED_SIZE = 256
_MOST_FILTERS = 512
_MOST_ENLARGED = 8


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ProjectedDiscriminator(Discriminator):
    """Judges images by the features of a frozen, pretrained network.

    The deepest levels of the features network are mixed by fixed random
    convolutions (`layers.FeatureMixing`). Each level has a small head of its
    own: 3x3 convolutions with leaky ReLU, then a score for each cell, whether
    it looks real plus how well it agrees with the embedded labels under it
    (`layers.SemanticsHead`). Only heads and embedding are trained.

    The paper's heads know no condition; the labels enter as in CC-FPSE. A head
    keeps the size of its level, where the paper's shrink to 4x4 cells: labels
    are judged where they are. The heads are spectrally normalized without any
    other normalization, so that contrast counts.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        features_network: `keras.Model`, image in `[-1, 1]` -> list of feature
            tensors, each level half as high and wide as the one before, for
            example `keras_semsynth.scorers.VGG19Features`. It is frozen, built
            if it is not, and saved with the discriminator.
        use_edge_map: bool. Whether the embedding takes in an instance edge
            map. Defaults to `False`.
        filters: int >= 1. Width of the heads, in channels. Defaults to `64`.
        num_layers: int >= 1. Convolutions of a head before the score. Defaults
            to `2`.
        num_scales: int >= 1. Levels that are judged, the deepest of the
            features network. Defaults to `4`.
        mixed_filters: int >= 1. Channels of the finest mixed level; each
            coarser one has twice as many, 512 at most. Defaults to `64`.
        cross_scale: bool. Whether levels are mixed with the coarser ones;
            otherwise only their channels. Defaults to `True`.
        enlarge: int >= 1, a power of two. By how much images are enlarged for
            the features network, bilinearly: with 32 pixels to the coarsest
            cell an image of 64 by 64 has only 2 by 2 of them, with
            `enlarge=2` it has 4 by 4, at four times the cost. Defaults to `1`.
        mixing_seed: int. Seed of the random convolutions. Defaults to `0`.
        **kwargs: Arguments of `Discriminator`: `spectral`, `image_channels`
            and more.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, both sides multiples of the coarsest cell, `pixels per
            cell / enlarge`.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Whether to advance the power iterations.

    Returns:
        dict: `"scores"`, one full precision tensor `(batch, h, w, 1)` a level,
        finest first; `"features"`, for each level a list of the outputs of its
        `num_layers` trained convolutions.

    Raises:
        ValueError: If an argument or the size does not fit, or the edge map is
            missing or superfluous.

    Example:

    >>> discriminator = keras_semsynth.discriminators.ProjectedDiscriminator(
    ...     num_classes=5, filters=4, mixed_filters=4,
    ...     features_network=keras_semsynth.scorers.VGG19Features(16))
    >>> image = np.zeros((2, 64, 64, 3), "float32")
    >>> outputs = discriminator(image, np.zeros((2, 64, 64), "int32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 32, 32, 1), (2, 16, 16, 1), (2, 8, 8, 1), (2, 4, 4, 1)]

    Reference:
        - [Projected GANs, NeurIPS 2021](https://arxiv.org/abs/2111.01007)
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section
          3.2.2
    """

    output_names: tuple[str, ...] = ("scores", "features")
    # Where the features network was read from, for reports.
    weights_record: ClassVar[dict | None] = None

    def __init__(
        self,
        num_classes: int,
        features_network: keras.Model,
        use_edge_map: bool = False,
        filters: int = 64,
        num_layers: int = 2,
        num_scales: int = 4,
        mixed_filters: int = 64,
        cross_scale: bool = True,
        enlarge: int = 1,
        mixing_seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            mixed_filters=mixed_filters,
        )
        check_within(1, MOST_LAYERS, num_layers=num_layers)
        check_within(1, MOST_HALVINGS + 1, num_scales=num_scales)
        check_within(1, _MOST_ENLARGED, enlarge=enlarge)
        if enlarge & (enlarge - 1):
            raise ValueError(
                f"`enlarge` must be 1, 2, 4 or 8. Received: enlarge={enlarge}."
            )
        self.num_classes = num_classes
        self.features_network = features_network
        self.use_edge_map = use_edge_map
        self.filters = filters
        self.num_layers = num_layers
        self.num_scales = num_scales
        self.mixed_filters = mixed_filters
        self.cross_scale = cross_scale
        self.enlarge = enlarge
        self.mixing_seed = mixing_seed
        if not features_network.built:
            features_network.build((None, None, None, self.image_channels))
        features_network.trainable = False
        self.level_channels, self.cell_sizes = self._levels()
        self.mixed_widths = tuple(
            min(mixed_filters << i, _MOST_FILTERS) for i in range(num_scales)
        )
        self.size_multiple = self.cell_sizes[-1]

    def _levels(self):
        """Channels of the judged levels, and pixels to a side of a cell."""
        network = type(self.features_network).__name__
        image = keras.KerasTensor(
            (1, _TRIED_SIZE, _TRIED_SIZE, self.image_channels)
        )
        levels = keras.tree.flatten(
            self.features_network.compute_output_spec(image)
        )
        if len(levels) < self.num_scales:
            raise ValueError(
                f"`num_scales` must be at most {len(levels)}, the levels of "
                f"{network}. Received: num_scales={self.num_scales}."
            )
        levels = levels[-self.num_scales :]
        strides = [_TRIED_SIZE // level.shape[1] for level in levels]
        for fine, coarse in zip(strides[:-1], strides[1:], strict=True):
            if coarse != 2 * fine:
                raise ValueError(
                    "`features_network` must give levels of which each is half "
                    f"as high as the one before. Received: {network}, whose "
                    f"cells are {strides} pixels high."
                )
        if strides[0] < self.enlarge:
            raise ValueError(
                f"`enlarge` must be at most {strides[0]}: a cell of the finest "
                f"level of {network} must not be smaller than a pixel. "
                f"Received: enlarge={self.enlarge}."
            )
        channels = tuple(level.shape[-1] for level in levels)
        return channels, tuple(n // self.enlarge for n in strides)

    def build(self, image_shape=None, label_map_shape=None):
        self.mixing = FeatureMixing(
            self.mixed_widths,
            self.cross_scale,
            self.mixing_seed,
            dtype=self.dtype_policy,
            name="mixing",
        )
        self.mixing.build([(None, None, None, n) for n in self.level_channels])
        self._build_heads()
        self.built = True

    def _build_heads(self):
        self.stacks = [
            self._layer(
                ConvStack,
                [self.filters] * self.num_layers,
                channels=width,
                strides=1,
                normalization="none",
                spectral=self.spectral,
                name=f"stack_{i}",
            )
            for i, width in enumerate(self.mixed_widths)
        ]
        self.heads = [
            self._layer(SemanticsHead, channels=self.filters, name=f"head_{i}")
            for i in range(self.num_scales)
        ]
        self.embedding = self._layer(
            LabelEmbedding,
            self.filters,
            self.num_classes,
            extra_channels=int(self.use_edge_map),
            cell_size=self.cell_sizes[0],
            num_levels=self.num_scales,
            name="embedding",
        )

    def call(self, image, label_map, edge_map=None, training=None):
        return self._score(self.project(image), label_map, edge_map, training)

    def project(self, image: Tensor) -> list[Tensor]:
        """Returns the mixed features of images, finest level first.

        Args:
            image: Float tensor `(batch, height, width, image_channels)` in
                `[-1, 1]`.
        """
        self.check_size(image)
        network = self.features_network
        image = ops.cast(image, network.compute_dtype)
        if self.enlarge > 1:
            height, width = (self.enlarge * n for n in ops.shape(image)[1:3])
            image = resize_bilinear(image, height, width)
        # training=False: its batch statistics are part of what is frozen.
        levels = network(image, training=False)[-self.num_scales :]
        return self.mixing([ops.cast(x, self.compute_dtype) for x in levels])

    def _score(self, mixed, label_map, edge_map, training):
        edge_map = self.check_edge_map(edge_map)
        embeddings = self.embedding(label_map, edge_map)
        scores, features = [], []
        for x, stack, head, embedding in zip(
            mixed, self.stacks, self.heads, embeddings, strict=True
        ):
            features.append(stack(x, training=training))
            scores.append(head(features[-1][-1], embedding))
        return {"scores": scores, "features": features}

    def level_shapes(self, image_shape: tuple) -> list[tuple]:
        """Returns batch, height and width of the judged levels."""
        batch, *sides = image_shape[:3]
        return [
            (batch, *(None if n is None else n // cell for n in sides))
            for cell in self.cell_sizes
        ]

    def compute_output_shape(self, image_shape, **kwargs):
        shapes = self.level_shapes(image_shape)
        return {
            "scores": [(*shape, 1) for shape in shapes],
            "features": [
                [(*shape, self.filters)] * self.num_layers for shape in shapes
            ],
        }
