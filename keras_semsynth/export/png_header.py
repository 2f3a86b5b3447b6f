"""What the header of a PNG file says, read inside a TensorFlow graph."""

import zlib

import tensorflow as tf

from keras_semsynth.export.graph_checks import first_index
from keras_semsynth.export.graph_checks import require

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Signature; length, type, content and checksum of the chunk IHDR.
HEADER_BYTES = 33
DEPTH, COLOR_TYPE = 24, 25
GREY, RGB, INDEXED, RGB_ALPHA = 0, 2, 3, 6
_START = SIGNATURE + b"\x00\x00\x00\x0dIHDR"
# Files in use have a handful of chunks before their pixels.
_MOST_CHUNKS = 1000
_BYTES = [bytes([value]) for value in range(256)]


def read_headers(files: tf.Tensor, name: str) -> tf.Tensor:
    """Reads headers and checks that they are those of PNG files.

    Args:
        files: string tensor `(batch,)`.
        name: str. Name of the input in messages.

    Returns:
        int32 tensor `(batch, 33)`, the values of the bytes.
    """
    headers = header_bytes(files)
    wrong = tf.reduce_any(headers[:, :16] != list(_START), axis=1)
    check = require(
        tf.logical_not(tf.reduce_any(wrong)),
        f"`{name}` must hold the bytes of PNG files, but element {{}} is none.",
        first_index(wrong),
    )
    with tf.control_dependencies([check]):
        return tf.identity(headers)


def header_bytes(files: tf.Tensor) -> tf.Tensor:
    """Returns the first 33 bytes of files, zeros where one is shorter.

    Args:
        files: string tensor `(batch,)`.

    Returns:
        int32 tensor `(batch, 33)`.
    """
    padding = tf.constant(b"\0" * HEADER_BYTES)
    start = tf.strings.substr(files, 0, HEADER_BYTES)
    start = tf.strings.substr(
        tf.strings.join([start, padding]), 0, HEADER_BYTES
    )
    return tf.cast(tf.io.decode_raw(start, tf.uint8), tf.int32)


def heights_and_widths(headers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns int64 `(heights, widths)`, each `(batch,)`."""
    return big_endian(headers[:, 20:24]), big_endian(headers[:, 16:20])


def big_endian(values: tf.Tensor) -> tf.Tensor:
    """Unsigned number of four bytes `(..., 4)`, as int64 `(...)`."""
    weights = tf.constant([1 << 24, 1 << 16, 1 << 8, 1], tf.int64)
    return tf.reduce_sum(tf.cast(values, tf.int64) * weights, axis=-1)


def grey_twin(file: tf.Tensor) -> tf.Tensor:
    """Turns an indexed PNG into a grey one whose pixels are the indices.

    TensorFlow decodes an indexed PNG to colours, from which the index cannot
    be told when two colours are equal. Without the palette, and with another
    colour type in its header, the same compressed pixels are grey levels.

    Args:
        file: string tensor, scalar, with the header of an indexed PNG.

    Returns:
        string tensor, scalar.
    """
    header = tf.io.decode_raw(
        tf.strings.substr(file, 0, HEADER_BYTES), tf.uint8
    )
    header = tf.bitwise.bitwise_xor(header, tf.constant(_TO_GREY, tf.uint8))
    header = tf.strings.reduce_join(
        tf.gather(tf.constant(_BYTES, tf.string), tf.cast(header, tf.int32))
    )
    size = tf.cast(tf.strings.length(file), tf.int64)

    def chunk(position):
        """Length and type of the chunk at a position."""
        start = tf.strings.substr(file, tf.minimum(position, size), 8)
        start = tf.strings.substr(tf.strings.join([start, b"\0" * 8]), 0, 8)
        length = big_endian(tf.io.decode_raw(start, tf.uint8)[:4])
        return length, tf.strings.substr(start, 4, 4)

    position = tf.while_loop(
        lambda at: tf.logical_and(at < size, chunk(at)[1] != b"IDAT"),
        lambda at: at + 12 + chunk(at)[0],
        [tf.constant(HEADER_BYTES, tf.int64)],
        maximum_iterations=_MOST_CHUNKS,
    )[0]
    check = require(
        tf.equal(chunk(position)[1], b"IDAT"),
        "A label PNG is broken: no pixels follow its header.",
    )
    with tf.control_dependencies([check]):
        pixels = tf.strings.substr(file, position, size - position)
    return tf.strings.join([header, pixels])


def _change_to_grey():
    """Bytes by which the headers of an indexed and a grey PNG differ.

    The checksum is linear: the difference of two checksums depends on the
    difference of the contents alone.
    """
    change = bytearray(HEADER_BYTES)
    change[COLOR_TYPE] = INDEXED ^ GREY
    content = slice(12, 29)  # type and content of IHDR
    checksum = zlib.crc32(change[content]) ^ zlib.crc32(bytes(17))
    change[29:] = checksum.to_bytes(4, "big")
    return list(change)


_TO_GREY = _change_to_grey()
