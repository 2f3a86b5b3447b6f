"""Checks inside a TensorFlow graph: one sentence, and the model lives on."""

import tensorflow as tf


def require(
    condition: tf.Tensor, message: str, *values: tf.Tensor | int
) -> tf.Operation:
    """Checks requests inside a graph.

    Args:
        condition: bool tensor, scalar.
        message: str with `{}` for every value.
        *values: Scalar tensors or numbers. Strings must be in `message`.

    Returns:
        Operation that fails with `InvalidArgument` where `condition` is
        false; what depends on it goes into `tf.control_dependencies`.
    """
    values = [tf.convert_to_tensor(value) for value in values]
    return tf.debugging.Assert(condition, [tf.strings.format(message, values)])


def without_static_shape(tensor: tf.Tensor) -> tf.Tensor:
    """Forgets what is declared of a shape, so that it can be checked.

    Servers do not compare a request with the declared shape, and TensorFlow
    replaces every question about it by the declared answer, also behind a
    `PlaceholderWithDefault`. Nobody can know the shape of a parsed tensor.

    Args:
        tensor: Tensor.

    Returns:
        The same tensor, of unknown rank.
    """
    return tf.io.parse_tensor(tf.io.serialize_tensor(tensor), tensor.dtype)


def checked_rank(
    tensor: tf.Tensor, name: str, rank: int, axes: str
) -> tf.Tensor:
    """Checks the rank of an input.

    Args:
        tensor: Tensor, an input of a signature.
        name: str. Its name in messages.
        rank: int.
        axes: str. The axes in words, e.g. `"(batch, height, width)"`.

    Returns:
        The tensor, with all sizes unknown.
    """
    tensor = without_static_shape(tensor)
    shape = tf.shape(tensor)
    found = tf.size(shape)
    check = require(
        tf.equal(found, rank),
        f"`{name}` must have {rank} axes, {axes}. Received: {{}} axes.",
        found,
    )
    with tf.control_dependencies([check]):
        # Not `tf.ensure_shape`: TensorFlow's optimizer would conclude from it
        # that the rank is right, and leave the check out.
        sizes = tf.concat([shape, tf.ones([rank], tf.int32)], 0)
        sizes = tf.slice(sizes, [0], [rank])
    tensor = tf.reshape(tensor, sizes)
    empty = require(
        tf.shape(tensor)[0] > 0,
        f"`{name}` is an empty batch: send one or more.",
    )
    with tf.control_dependencies([empty]):
        return tf.identity(tensor)


def first_index(wrong: tf.Tensor) -> tf.Tensor:
    """Returns the position of the first true element, as int64."""
    return tf.argmax(tf.cast(wrong, tf.int32))
