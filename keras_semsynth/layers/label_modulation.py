from keras_semsynth.layers.clade import CLADE
from keras_semsynth.layers.modulation import Modulation
from keras_semsynth.layers.spade import SPADE

CONDITIONINGS = ("spade", "clade")


def label_modulation(
    conditioning: str,
    num_classes: int,
    extra_channels: int = 0,
    position_map: bool = False,
    hidden_filters: int = 128,
    **kwargs,
) -> Modulation:
    """Makes what modulates features by the label map, not built.

    Args:
        conditioning: str, `"spade"` or `"clade"`.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        position_map: bool. Whether `CLADE` reads the level's `positions`.
            Defaults to `False`.
        hidden_filters: int. Width of SPADE's embedding. Defaults to `128`.
        **kwargs: Further arguments of `SPADE` and `CLADE`, such as
            `normalization` and `name`.
    """
    kwargs["extra_channels"] = extra_channels
    if conditioning == "clade":
        return CLADE(num_classes, position_map=position_map, **kwargs)
    return SPADE(num_classes, hidden_filters=hidden_filters, **kwargs)
