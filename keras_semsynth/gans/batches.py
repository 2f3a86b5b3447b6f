"""From what `fit` hands over to the batches of one training step."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypeAlias

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor

# Label map, image and edge map (or `None`) by name.
Batch: TypeAlias = Mapping[str, Tensor]
# What a network returns, by name: tensors, or nests of them.
Outputs: TypeAlias = Mapping[str, Any]
# Scalars of an objective, by name.
Terms: TypeAlias = dict[str, Tensor]


def as_inputs(inputs: Any, names: Sequence[str]) -> dict[str, Tensor]:
    """Returns the inputs of a GAN as a dict that has all of `names`.

    Args:
        inputs: Integer tensor `(batch, height, width)`, or a dict.
        names: tuple of str. `names[0]` must be given; `None` stands for
            others that are absent.

    Raises:
        ValueError: If the dict has other keys, or lacks the first.
    """
    if not isinstance(inputs, dict):
        inputs = {names[0]: inputs}
    if set(inputs) - set(names) or names[0] not in inputs:
        raise ValueError(
            f"Inputs must be a {names[0]}, or a dict with {names[0]!r} and, if "
            f"the model reads them, {list(names[1:])}. "
            f"Received keys: {sorted(inputs)}."
        )
    return {name: inputs.get(name) for name in names}


def mini_batches(
    data: Any, names: Sequence[str], count: int
) -> list[dict[str, Tensor]]:
    """Splits a training batch into `count` equal parts; see `part`.

    Args:
        data: `(inputs, image)` as `fit` hands it over.
        names: tuple of str. Names of the inputs.
        count: int.

    Returns:
        List of `count` dicts of `names` and `"image"`; values may be `None`.

    Raises:
        ValueError: If there is no image, or the batch cannot be split.
    """
    inputs, image, _ = keras.utils.unpack_x_y_sample_weight(data)
    if image is None:
        raise ValueError(
            "A GAN trains on pairs `(inputs, image)`. Received no image."
        )
    batch = {**as_inputs(inputs, names), "image": image}
    # `train_on_batch` on PyTorch hands over NumPy arrays.
    batch = {
        key: None if value is None else ops.convert_to_tensor(value)
        for key, value in batch.items()
    }
    if count == 1:
        return [batch]
    size = batch["image"].shape[0]
    if size is not None and size % count:
        raise ValueError(
            f"`discriminator_steps={count}` needs batches that hold "
            f"{count} mini-batches. Received: batch size {size}."
        )
    return [part(batch, i, count) for i in range(count)]


def part(batch: Batch, index: int, count: int) -> dict[str, Tensor]:
    """Takes every `count`-th entry of a batch.

    So a part holds the same entries whether one device has the batch, or each
    of several has a piece of it.

    Args:
        batch: dict of tensors or `None`.
        index: int in `[0, count)`. The first entry.
        count: int. Parts of the batch.

    Returns:
        dict of the same keys.
    """
    return {
        key: None if value is None else value[index::count]
        for key, value in batch.items()
    }


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Returns the tensor of which these are all parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    stacked = ops.stack(parts, axis=1)
    return ops.reshape(stacked, (-1, *ops.shape(stacked)[2:]))


def twice(batch: Batch) -> dict[str, Tensor]:
    """Returns a batch with each entry once more after itself."""
    return {
        name: None if value is None else ops.concatenate([value, value], axis=0)
        for name, value in batch.items()
    }


def halves(outputs: Outputs) -> tuple[Outputs, Outputs]:
    """Parts outputs of a doubled batch into those of its two halves."""
    # By reshaping: splitting needs a static batch size.
    first, second = (
        keras.tree.map_structure(
            lambda x, i=i: ops.reshape(x, (2, -1, *ops.shape(x)[1:]))[i],
            outputs,
        )
        for i in range(2)
    )
    return first, second
