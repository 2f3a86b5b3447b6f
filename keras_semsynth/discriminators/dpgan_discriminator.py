from collections.abc import Sequence
from typing import Literal

import keras

from keras_semsynth.discriminators.oasis_discriminator import OASISDiscriminator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.patch_head import PatchHead

# Where an output is taken: a half of the U-Net, or named blocks.
Placement = Literal["encoder", "decoder"] | Sequence[str]


@keras.saving.register_keras_serializable(package="keras_semsynth")
class DPGANDiscriminator(OASISDiscriminator):
    """OASIS's U-Net with patch heads on some blocks, and features of some.

    Args:
        patch_filters: int >= 1. Width of the patch heads, in channels.
            Defaults to `64`.
        patch_taps: str or sequence of str. Names of the blocks whose output is
            scored by a `layers.PatchHead`; empty for none. `"encoder"`, the
            paper's, stands for the last and the last but two of the encoder
            (of six: `("down_3", "down_5")`), `"decoder"` for two of the
            decoder, the finer at a quarter of the image's size (`("up_1",
            "up_3")`). Defaults to `"encoder"`.
        feature_taps: str or sequence of str. Names of the blocks whose output
            is returned for feature matching; empty for none. `"decoder"`, the
            paper's, stands for all of the decoder but the first, `"encoder"`
            for all of the encoder but the last. Defaults to `"decoder"`.
        patch_normalization: str, `"batch"`, `"sync_batch"`, `"instance"` or
            `"none"`. Normalization in the patch heads. The official code has
            `"batch"`; with few images a device `"sync_batch"` has the better
            statistics. Defaults to `"batch"`.
        **kwargs: Arguments of `OASISDiscriminator`.

    Call arguments:
        image, label_map, edge_map, training: As for `OASISDiscriminator`.

    Returns:
        dict of `"logits"`, as `OASISDiscriminator`; `"scores"`, one map
        `(batch, h, w, 1)` for each of `patch_taps`; and `"features"`, a list
        of one list of the outputs of `feature_taps`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> discriminator = keras_semsynth.discriminators.DPGANDiscriminator(
    ...     num_classes=5, encoder_filters=(4, 8, 8), last_filters=4)
    >>> outputs = discriminator(np.zeros((2, 16, 16, 3), "float32"))
    >>> [tuple(scores.shape) for scores in outputs["scores"]]
    [(2, 4, 4, 1), (2, 1, 1, 1)]

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    output_names = ("logits", "scores", "features")

    def __init__(
        self,
        *args,
        patch_filters: int = 64,
        patch_taps: Placement = "encoder",
        feature_taps: Placement = "decoder",
        patch_normalization: str = "batch",
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, patch_filters=patch_filters)
        check_choice(NORMALIZATIONS, patch_normalization=patch_normalization)
        self.patch_filters = patch_filters
        self.patch_taps = _hashable(patch_taps)
        self.feature_taps = _hashable(feature_taps)
        self.patch_normalization = patch_normalization
        depth = len(self.encoder_filters)
        self.patch_blocks = self._block_names(
            "patch_taps",
            {
                "encoder": [f"down_{i}" for i in (depth - 3, depth - 1)],
                "decoder": [f"up_{i}" for i in (depth - 5, depth - 3)],
            },
        )
        self.feature_blocks = self._block_names(
            "feature_taps",
            {
                "encoder": [f"down_{i}" for i in range(depth - 1)],
                "decoder": [f"up_{i}" for i in range(1, depth)],
            },
        )

    def _block_names(self, argument, placements):
        taps = getattr(self, argument)
        names = placements.get(taps, taps) if isinstance(taps, str) else taps
        depth = len(self.encoder_filters)
        known = [f"{kind}_{i}" for kind in ("down", "up") for i in range(depth)]
        if isinstance(names, str) or not set(names) <= set(known):
            raise ValueError(
                f"`{argument}` must be {' or '.join(map(repr, placements))} or "
                f"names of blocks out of {known}; a placement needs enough "
                f"blocks. Received: {argument}={taps!r}, with "
                f"{depth} encoder blocks."
            )
        return tuple(names)

    def build(self, image_shape=None, label_map_shape=None):
        super().build(image_shape)
        shapes = self.block_shapes((None, None, None, self.image_channels))
        self.heads = [
            self._layer(
                PatchHead,
                self.patch_filters,
                channels=shapes[name][-1],
                normalization=self.patch_normalization,
                name=f"head_{i}",
            )
            for i, name in enumerate(self.patch_blocks)
        ]

    def call(self, image, label_map=None, edge_map=None, training=None):
        outputs = self.block_outputs(image, training)
        scores = [
            head(outputs[name], training=training)
            for head, name in zip(self.heads, self.patch_blocks, strict=True)
        ]
        return {
            "logits": self._logits(outputs),
            "scores": scores,
            "features": [[outputs[name] for name in self.feature_blocks]],
        }

    def compute_output_shape(self, image_shape, label_map_shape=None, **kwargs):
        shapes = self.block_shapes(image_shape)
        return {
            **super().compute_output_shape(image_shape),
            "scores": [
                head.compute_output_shape(shapes[name])
                for head, name in zip(
                    self.heads, self.patch_blocks, strict=True
                )
            ],
            "features": [[shapes[name] for name in self.feature_blocks]],
        }


def _hashable(taps):
    return taps if isinstance(taps, str) else tuple(taps)
