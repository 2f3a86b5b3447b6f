"""What a dataset hands out for one index, before any augmentation."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Sample:
    """A decoded photograph with its layout.

    Args:
        image: uint8 array `(height, width, 3)`, RGB.
        label_map: Integer array `(height, width)`, ids already inside
            `[0, num_classes)` of the dataset.
        instance_map: Integer array `(height, width)` or `None`. Only
            inequality of neighbours matters. Defaults to `None`.
        name: str, shown in messages. Defaults to `""`.
    """

    image: np.ndarray
    label_map: np.ndarray
    instance_map: np.ndarray | None = None
    name: str = ""

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.image, self.label_map, self.instance_map)
        return sum(a.nbytes for a in arrays if a is not None)
