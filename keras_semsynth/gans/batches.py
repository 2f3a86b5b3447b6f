"""From what `fit` hands over to the batches of one training step."""

import keras
from keras import ops


def as_inputs(inputs, names):
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


def mini_batches(data, names, count):
    """Splits a training batch into `count` equal parts.

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
    return [
        {
            key: None if value is None else _part(value, i, count)
            for key, value in batch.items()
        }
        for i in range(count)
    ]


def _part(x, index, count):
    size = ops.shape(x)[0] // count
    return x[index * size : (index + 1) * size]
