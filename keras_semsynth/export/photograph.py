"""Photographs for the style encoder, inside a TensorFlow graph."""

import tensorflow as tf

from keras_semsynth.export import png_header
from keras_semsynth.export.graph_checks import checked_rank
from keras_semsynth.export.graph_checks import first_index
from keras_semsynth.export.graph_checks import require


def read_photographs(
    files: tf.Tensor,
    size: tuple[int, int],
    max_pixels: int,
    name: str = "photograph",
) -> tf.Tensor:
    """Builds the part of a graph that reads photographs.

    They are resized as `Synthesizer` does: Pillow's bicubic rule, and 8 bit.

    Args:
        files: string tensor `(batch,)`, PNG or JPEG.
        size: `(height, width)` of the result.
        max_pixels: int. Larger ones are refused before they are decoded.
        name: str. Name of the input. Defaults to `"photograph"`.

    Returns:
        float32 tensor `(batch, height, width, 3)` in [-1, 1].
    """
    files = checked_rank(files, name, 1, "(batch,)")
    headers = png_header.header_bytes(files)
    is_png = tf.reduce_all(headers[:, :8] == list(png_header.SIGNATURE), axis=1)
    is_jpeg = tf.reduce_all(headers[:, :3] == [0xFF, 0xD8, 0xFF], axis=1)
    other = tf.logical_not(is_png | is_jpeg)
    check = require(
        tf.logical_not(tf.reduce_any(other)),
        f"`{name}` must hold the bytes of PNG or JPEG files, but element {{}} "
        "is neither.",
        first_index(other),
    )
    with tf.control_dependencies([check]):
        files = tf.identity(files)

    def read(file, header, png):
        height, width = _size(file, header, png)
        small = require(
            height[0] <= max_pixels // tf.maximum(width[0], 1),
            f"A photograph may have up to {max_pixels} pixels. Received: "
            "{}x{} (height x width).",
            height[0],
            width[0],
        )
        with tf.control_dependencies([small]):
            file = tf.identity(file)
        image = tf.cond(
            png,
            lambda: tf.io.decode_png(file, channels=3),
            lambda: tf.io.decode_jpeg(
                file, channels=3, dct_method="INTEGER_ACCURATE"
            ),
        )
        return _resize_photograph(image, size) / 127.5 - 1

    return tf.map_fn(
        lambda row: read(*row),
        (files, headers, is_png),
        fn_output_signature=tf.TensorSpec([*size, 3], tf.float32),
    )


def photograph_sizes(files: tf.Tensor) -> tf.Tensor:
    """Builds the part of a graph that reads the sizes of photographs.

    Args:
        files: string tensor `(batch,)` that `read_photographs` has checked.

    Returns:
        int32 tensor `(batch, 2)` of heights and widths.
    """
    headers = png_header.header_bytes(files)
    is_png = tf.reduce_all(headers[:, :8] == list(png_header.SIGNATURE), axis=1)
    return tf.map_fn(
        lambda row: tf.cast(tf.concat(_size(*row), axis=0), tf.int32),
        (files, headers, is_png),
        fn_output_signature=tf.TensorSpec([2], tf.int32),
    )


def _resize_photograph(
    image: tf.Tensor, size: tuple[int, int] | tf.Tensor
) -> tf.Tensor:
    """Resizes by Pillow's bicubic rule, in whole levels.

    One axis, rounding, then the other: see `files.resize_image`.

    Args:
        image: Tensor `(height, width, 3)` of levels from 0 to 255.
        size: `(height, width)`, or an int32 tensor of them.

    Returns:
        float32 tensor of that size, whole levels.
    """
    height, width = tf.unstack(tf.shape(image)[:2])
    shrinks = height - size[0]
    height_first = tf.logical_and(shrinks > 0, shrinks > 2 * (width - size[1]))
    between = tf.where(
        height_first,
        tf.stack([size[0], width]),
        tf.stack([height, size[1]]),
    )
    return _resize(_resize(image, between), size)


def _size(file, header, png):
    return tf.cond(
        png,
        lambda: png_header.heights_and_widths(header[None]),
        lambda: _jpeg_size(file),
    )


def _resize(image, size):
    image = tf.image.resize(image, size, "bicubic", antialias=True)
    return tf.clip_by_value(tf.round(image), 0, 255)


def _jpeg_size(file):
    shape = tf.cast(tf.io.extract_jpeg_shape(file), tf.int64)
    return shape[:1], shape[1:2]
