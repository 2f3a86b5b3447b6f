"""Options that change a network's result and that no file of weights tells."""

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.checkpoints import inference


class UntoldOptionsError(ValueError):
    """Options that the file cannot tell were not given."""


@dataclasses.dataclass(frozen=True)
class Untold:
    """An option that must be given because the file does not tell it.

    Args:
        names: tuple of str. Options of which one is enough.
        values: str. What may be given.
        published: str. What published files were trained with.
        needed: Function `(state, arguments)`, whether the option decides
            anything. `arguments` are those the shapes tell, and the options.
            Defaults to always.
    """

    names: tuple[str, ...]
    values: str
    published: str
    needed: Callable[[Mapping, Mapping], bool] = lambda state, arguments: True

    def __str__(self) -> str:
        names = " or ".join(f"`{name}`" for name in self.names)
        return f"{names} ({self.values}; published: {self.published})"


def check_told(
    network: str,
    untold: Sequence[Untold],
    state: Mapping[str, np.ndarray],
    arguments: Mapping[str, Any],
    given: Collection[str],
) -> None:
    """Raises one sentence that lists every option that has to be given.

    Args:
        network: str. Name of the network.
        untold: Sequence of `Untold` of it.
        state: dict, official key -> array.
        arguments: dict of the arguments that shapes tell, and the options.
        given: Names of the options that were given.

    Raises:
        UntoldOptionsError: If an option is missing.
    """
    missing = [
        str(option)
        for option in untold
        if not set(option.names) & set(given)
        and option.needed(state, arguments)
    ]
    if missing:
        raise UntoldOptionsError(
            f"The file does not tell how this {network} was trained; give "
            f"{', '.join(missing)}."
        )


def has_style(state: Mapping, arguments: Mapping) -> bool:
    """Whether the start map is made from a style code."""
    return arguments.get("style_dim") is not None


def lacks_statistics(prefix: str) -> Callable[[Mapping, Mapping], bool]:
    """Returns whether keys with this start hold no statistics of batches."""

    def needed(state, arguments):
        return not inference.has_key(
            state, rf"{prefix}.*\.running_(mean|var)"
        ) and inference.has_key(state, rf"{prefix}.*")

    return needed


EDGE_MAP = Untold(
    ("use_edge_map", "num_classes"),
    "whether the last semantic channel is the instance edge map, or the number "
    "of the others",
    "edges for COCO-Stuff and Cityscapes, none for ADE20K",
)
# A start map of fixed size tells no more than the product of its sides.
# Without one any size works, but this is what layouts are brought to.
IMAGE_SIZE = Untold(
    ("image_size",),
    "height and width of the training images",
    "256x256, Cityscapes 256x512, CelebAMask-HQ 512x512",
)
NOISE = Untold(
    ("noise_dim", "num_classes"),
    "how many of the semantic channels are noise, or labels",
    "64 of noise",
)
# COCO-Stuff's number of classes: the one dataset whose order differs.
_COCO_CLASSES = 183
LABEL_ORDER = Untold(
    ("label_order",),
    "unknown_last for label maps as the dataset coco_stuff has them, file to "
    "keep the unknown class first",
    "COCO-Stuff has the unknown class first",
    lambda state, arguments: arguments.get("num_classes") == _COCO_CLASSES,
)
