"""A layout as a generator takes it."""

import dataclasses
import os
from typing import Literal

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.file_dataset import read_instances
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout_reading import Given
from keras_semsynth.synthesis.layout_reading import likeliest_ids
from keras_semsynth.synthesis.layout_reading import read_layout

PictureSize = Literal["layout", "network"]


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """A layout at a size that a generator can make.

    Args:
        label_map: `int32` array `(height, width)` of class ids, or `float32`
            array `(height, width, num_classes)` of class weights.
        edge_map: `float32` array `(height, width, 1)` of zeros and ones, or
            `None`. Defaults to `None`.
        size: `(height, width)` of its pictures. Defaults to that of
            `label_map`.
        note: str. A sentence that says at which size the pictures are made, if
            it is not that of the layout. Defaults to `None`.

    Example:

    >>> layout = Layout.fit(generator, ids)
    >>> (picture,) = Renderer(generator).render([layout], [Look(seed=7)])
    """

    label_map: np.ndarray
    edge_map: np.ndarray | None = None
    size: tuple[int, int] | None = None
    note: str | None = None

    def __post_init__(self):
        if self.size is None:
            object.__setattr__(self, "size", self.network_size)

    @classmethod
    def fit(
        cls,
        generator: Generator | GeneratorInputs,
        layout: Given,
        instances: Given | None = None,
        size: PictureSize = "layout",
        classes: Classes | None = None,
    ) -> "Layout":
        """Reads a layout and fits it to a generator.

        A layout whose size the generator cannot make is brought to the nearest
        size that it can (by the nearest rule, ids stay ids).

        Args:
            generator: `Generator`, or the `GeneratorInputs` of one.
            layout: As for `read_layout`.
            instances: Path of an image, or integer array `(height, width)` of
                instance ids, for a generator with an edge map. Defaults to
                `None`: the boundaries of the classes.
            size: `"layout"` if pictures get the size of the layout, or
                `"network"` if they keep the size they are made at. Defaults to
                `"layout"`.
            classes: `Classes`, which say what label images mean. Defaults to
                numbered ones.

        Returns:
            `Layout`.

        Raises:
            ValueError: If the layout or the instances cannot be used.
        """
        if size not in ("layout", "network"):
            raise ValueError(
                "`size` must be 'layout' or 'network'. "
                f"Received: size={size!r}."
            )
        inputs = GeneratorInputs.of(generator)
        label_map = read_layout(layout, classes or Classes(inputs.num_classes))
        given = label_map.shape[:2]
        made = inputs.supported_size(given)
        edge_map = None
        if inputs.use_edge_map:
            edge_map = _edge_map(label_map, instances, made)
        elif instances is not None:
            raise ValueError(
                "`instances` was given, but this generator takes no edge map: "
                "leave it out."
            )
        note = None
        if given != made:
            back = " and brought back" if size == "layout" else ""
            note = (
                f"{given[1]}x{given[0]} layout was drawn at {made[1]}x"
                f"{made[0]}{back} (width x height)."
            )
        return cls(
            resize_nearest(label_map, made),
            edge_map,
            given if size == "layout" else made,
            note,
        )

    @property
    def network_size(self) -> tuple[int, int]:
        """Height and width at which the generator draws."""
        return self.label_map.shape[:2]

    @property
    def arguments(self) -> dict[str, np.ndarray]:
        """What the generator is called with, one without the batch axis."""
        if self.edge_map is None:
            return {"label_map": self.label_map}
        return {"label_map": self.label_map, "edge_map": self.edge_map}


def _edge_map(label_map, instances, size):
    if instances is None:
        instances = likeliest_ids(label_map)
    elif isinstance(instances, (str, os.PathLike)):
        instances = read_instances(str(instances))
    instances = np.asarray(instances)
    if instances.shape != label_map.shape[:2]:
        raise ValueError(
            "`instances` must have the size of the layout, "
            f"{label_map.shape[:2]}. Received: shape {instances.shape}."
        )
    return edge_map_from_instances(resize_nearest(instances, size))
