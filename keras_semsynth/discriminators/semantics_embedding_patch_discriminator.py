import keras
from keras import ops

from keras_semsynth.discriminators.patch_pyramid import PatchPyramid
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.average_pyramid import average_pyramid
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.semantics_head import SemanticsHead


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticsEmbeddingPatchDiscriminator(PatchPyramid):
    """Multi-scale patch discriminators whose labels enter by embedding.

    The discriminator "MsPatch+SE" of CC-FPSE's ablation, as we read it: the
    convolutions of `MultiScalePatchDiscriminator` on the image alone, and the
    scores of `FPSEDiscriminator`, realism plus inner product with the embedded
    labels, in place of the last convolution. Scales share nothing.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        use_edge_map: bool. Whether the embedding takes in an instance edge
            map. Defaults to `False`.
        num_layers: int >= 2. Convolutions of each, 4x4, before the scores; all
            but the last of stride 2. Defaults to `4`.
        **kwargs: Arguments of `PatchPyramid`: `filters`, `num_scales`,
            `normalization` and more.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`, both sides multiples of
            `2 ** (num_layers + num_scales - 2)`.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        edge_map: Float tensor `(batch, height, width, 1)`, if `use_edge_map`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        dict: `"scores"`, one full precision tensor `(batch, h, w, 1)` a scale,
        finest first; `"features"`, one list of `num_layers` tensors a scale.

    Raises:
        ValueError: If an argument or the size does not fit, or the edge map is
            missing or superfluous.

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), table 2
    """

    def __init__(
        self,
        num_classes: int,
        use_edge_map: bool = False,
        num_layers: int = 4,
        **kwargs,
    ):
        super().__init__(num_layers=num_layers, **kwargs)
        check_at_least(1, num_classes=num_classes)
        check_at_least(2, num_layers=num_layers)
        self.num_classes = num_classes
        self.use_edge_map = use_edge_map
        self.size_multiple = 2 ** (num_layers + self.num_scales - 2)

    def build(self, image_shape=None):
        super().build(image_shape)
        self.embeddings = [
            self._layer(
                LabelEmbedding,
                stack.widths[-1],
                self.num_classes,
                extra_channels=int(self.use_edge_map),
                cell_size=2 ** (self.num_layers - 1 + i),
                num_levels=1,
                name=f"embedding_{i}",
            )
            for i, stack in enumerate(self.stacks)
        ]

    def _make_head(self, name, channels):
        return self._layer(SemanticsHead, channels=channels, name=name)

    def _pyramid(self, image):
        # Blocks of 2x2, since those are the cells of the labels too.
        return average_pyramid(image, self.num_scales)

    def call(self, image, label_map, edge_map=None, training=None):
        edge_map = self.check_edge_map(edge_map)
        self.check_size(image)
        return super().call(image, label_map, edge_map, training)

    def _score(self, features, label_map, edge_map):
        scores = []
        for head, embedding, x in zip(
            self.heads, self.embeddings, features, strict=True
        ):
            (embedded,) = embedding(label_map, edge_map)
            # The 4x4 convolutions add a cell on every side: what is judged
            # there are the labels of the border.
            scores.append(head(x, _extend(embedded)))
        return scores


def _extend(x):
    """Repeats the border once on every side."""
    x = ops.concatenate([x[:, :1], x, x[:, -1:]], axis=1)
    return ops.concatenate([x[:, :, :1], x, x[:, :, -1:]], axis=2)
