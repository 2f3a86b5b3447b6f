"""Copies weights between networks whose classes differ."""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_semsynth.layers import LabelConv2D

# What may differ between two networks of equal weights, but for their classes.
FREE = (
    "name",
    "trainable",
    "dtype",
    "num_classes",
    "use_edge_map",
    "image_size",
    "recompute",
)
POWER_ITERATIONS = 20


@dataclasses.dataclass(frozen=True)
class ClassMatch:
    """Which class of a new run was which one of an older run.

    The unlabelled class matches the unlabelled class. Others match by name if
    both runs name theirs, by id otherwise.

    Args:
        pairs: tuple of `(new id, old id)`.
        new: tuple of the names of classes that the old run did not have.
        dropped: tuple of the names of classes that the new one lacks.
        by_name: bool. Whether names decided.
        identical: bool. Whether each id means what it meant.
    """

    pairs: tuple[tuple[int, int], ...]
    new: tuple[str, ...]
    dropped: tuple[str, ...]
    by_name: bool
    identical: bool


def copy_network(
    new: keras.Model,
    old: keras.Model,
    match: ClassMatch,
    name: str = "network",
) -> tuple[int, int]:
    """Copies the weights of one network into another of its kind.

    An axis that counts classes is found by comparing with a network of one
    class more. Channels of matched classes are copied; those of new classes
    keep their values; those of dropped ones are left out.

    Args:
        new: Built network, whose weights change.
        old: Built network.
        match: `ClassMatch`.
        name: str. What errors call it. Defaults to `"network"`.

    Returns:
        `(whole, parts)`: how many weights were copied entirely, and how many
        for some channels only.

    Raises:
        ValueError: If they differ in more than their classes.
    """
    _check_same_kind(new, old, name)
    larger = new
    if "num_classes" in new.get_config():
        config = {**new.get_config(), "num_classes": new.num_classes + 1}
        larger = type(new).from_config(config)
        larger.build()
    counts = [getattr(n, "num_classes", 0) for n in (new, old)]
    edges = [int(getattr(n, "use_edge_map", False)) for n in (new, old)]
    whole = parts = 0
    layers = (network._flatten_layers() for network in (new, old, larger))
    for layer, before, wider in zip(*layers, strict=True):
        copied = _LayerCopy(layer, before, wider, counts, edges, match)
        for variable, value in copied.values():
            if value is None or value.shape != tuple(variable.shape):
                raise ValueError(
                    f"the weights of {layer.name!r} in the {name} have other "
                    "shapes there, which is more than a difference of classes."
                )
            variable.assign(value)
        total = len(_own_weights(layer))
        in_part = copied.count_parts()
        whole, parts = whole + total - in_part, parts + in_part
        if in_part and hasattr(layer, "right_vector"):
            _settle(layer)
    return whole, parts


def _check_same_kind(new, old, name):
    if type(new) is not type(old):
        raise ValueError(
            f"its {name} is a {type(old).__name__}, but that of this run a "
            f"{type(new).__name__}: choose the same network, or a file of the "
            "generator alone."
        )
    theirs = old.get_config()
    for argument, value in new.get_config().items():
        if argument not in FREE and value != theirs.get(argument):
            raise ValueError(
                f"`{name}.{argument}` is {theirs.get(argument)!r} there and "
                f"{value!r} here: use the same, since only classes may differ."
            )


class _LayerCopy:
    """The weights of one layer, with their channels where they belong now."""

    def __init__(self, layer, before, wider, counts, edges, match):
        self.layer, self.before, self.wider = layer, before, wider
        self.counts, self.edges, self.match = counts, edges, match

    def values(self):
        """Yields each variable with its new value, `None` if there is none."""
        for variable, old, wide in zip(
            *map(_own_weights, (self.layer, self.before, self.wider)),
            strict=True,
        ):
            value = ops.convert_to_numpy(old)
            if variable is getattr(self.layer, "right_vector", None):
                value = self._right_vector(value)
            else:
                axis = _class_axis(variable.shape, wide.shape)
                if axis is not None:
                    start = ops.convert_to_numpy(variable)
                    value = self._map(start, value, axis)
            yield variable, value

    def count_parts(self):
        """How many weights have channels that were not copied."""
        loss = self.match.new or self.match.dropped
        loss = loss or self.edges[0] != self.edges[1]
        return sum(
            bool(loss) and _class_axis(variable.shape, wide.shape) is not None
            for variable, wide in zip(
                *map(_own_weights, (self.layer, self.wider)), strict=True
            )
        )

    def _map(self, start, value, axis):
        result = np.moveaxis(start.copy(), axis, 0)
        old = np.moveaxis(value, axis, 0)
        if result.shape[1:] != old.shape[1:]:
            return None
        (first, after), (old_first, old_after) = (
            self._surroundings(array.shape, axis, count, edge)
            for array, count, edge in zip(
                (start, value), self.counts, self.edges, strict=True
            )
        )
        new_edge = abs(after - old_after)
        if first != old_first or new_edge > abs(self.edges[0] - self.edges[1]):
            return None
        result[:first] = old[:first]
        for i, j in self.match.pairs:
            result[first + i] = old[first + j]
        # The edge map stands before other channels.
        kept = min(after, old_after)
        if kept:
            result[-kept:] = old[-kept:]
        return np.moveaxis(result, 0, axis)

    def _surroundings(self, shape, axis, count, edge):
        """How many channels stand before the classes, and after them."""
        others = shape[axis] - count
        if isinstance(self.layer, LabelConv2D):
            return 0, others
        # As outputs classes follow "fake", as inputs they follow features.
        after = edge if axis == len(shape) - 2 else 0
        return others - after, after

    def _right_vector(self, value):
        """Its entries are those of the kernel's inputs."""
        kernels = [x.kernel.shape for x in (self.layer, self.before)]
        axis = _class_axis(kernels[0], self.wider.kernel.shape)
        if axis is None or axis == len(kernels[0]) - 1:
            return value
        shapes = [(*kernel[:-1], 1) for kernel in kernels]
        start = np.zeros(shapes[0], value.dtype)
        value = self._map(start, value.reshape(shapes[1]), axis)
        return None if value is None else value.reshape(-1)


def _own_weights(layer):
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def _class_axis(shape, larger):
    """The axis along which a network of one class more has one entry more."""
    grown = [
        i
        for i, (one, other) in enumerate(zip(shape, larger, strict=True))
        if other == one + 1
    ]
    return grown[0] if grown else None


def _settle(layer):
    """Estimates the singular vectors of a kernel that has changed."""
    kernel = ops.convert_to_numpy(layer.kernel).astype("float64")
    matrix = kernel.reshape(-1, kernel.shape[-1])
    left = ops.convert_to_numpy(layer.left_vector).astype("float64")
    for _ in range(POWER_ITERATIONS):
        right = _unit(matrix @ left)
        left = _unit(right @ matrix)
    layer.left_vector.assign(left.astype("float32"))
    layer.right_vector.assign(right.astype("float32"))


def _unit(vector):
    return vector / max(np.linalg.norm(vector), 1e-12)
