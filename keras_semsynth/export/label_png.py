"""Label PNGs to class ids, inside a TensorFlow graph."""

from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from keras_semsynth.export import png_header
from keras_semsynth.export.graph_checks import checked_rank
from keras_semsynth.export.graph_checks import first_index
from keras_semsynth.export.graph_checks import require
from keras_semsynth.synthesis.synthesizer import Synthesizer


class LabelPNGReader:
    """Reads batches of label PNGs with TensorFlow operations alone.

    The value of a pixel is its number in an indexed or grey PNG of any depth,
    and in an RGB PNG the position of its colour in the palette. An alpha
    channel is ignored.

    Args:
        table: int32 array `(65536,)`. Value of a pixel to class id, `-1` where
            there is none.
        colors: dict, `(red, green, blue)` to class id.
        known: str. What the ids may be, for messages.
        by_color: bool. Whether indexed and grey PNGs, too, are read by their
            colours. Defaults to `False`.
        tolerance: int. A colour that is none of `colors` counts as the nearest
            one, if it is at most this far from it. Defaults to `0`.
    """

    def __init__(
        self,
        table: np.ndarray,
        colors: Mapping[tuple[int, int, int], int],
        known: str,
        by_color: bool = False,
        tolerance: int = 0,
    ):
        self.table = np.asarray(table, "int32")
        codes = {r << 16 | g << 8 | b: i for (r, g, b), i in colors.items()}
        self.color_codes = np.array(sorted(codes), "int32")
        self.color_ids = np.array([codes[c] for c in sorted(codes)], "int32")
        self.known = known
        self.by_color = by_color
        self.tolerance = tolerance

    def __call__(
        self,
        files: tf.Tensor,
        check_size: Callable[[tf.Tensor, tf.Tensor], list],
        name: str = "label_png",
    ) -> tf.Tensor:
        """Builds the part of a graph that reads PNGs.

        Args:
            files: string tensor `(batch,)`.
            check_size: Callable `(heights, widths)` of int64 tensors
                `(batch,)` that returns a list of operations, which fail for
                sizes the generator cannot make. Called before anything is
                decoded.
            name: str. Name of the input. Defaults to `"label_png"`.

        Returns:
            int32 tensor `(batch, height, width)`.
        """
        files = checked_rank(files, name, 1, "(batch,)")
        headers = png_header.read_headers(files, name)
        heights, widths = png_header.heights_and_widths(headers)
        other = tf.logical_or(
            tf.not_equal(heights, heights[0]), tf.not_equal(widths, widths[0])
        )
        index = first_index(other)
        same = require(
            tf.logical_not(tf.reduce_any(other)),
            f"All files of `{name}` must have one size, but element 0 has "
            "{}x{} pixels (height x width) and element {} has {}x{}: send "
            "them in requests of their own.",
            heights[0],
            widths[0],
            index,
            heights[index],
            widths[index],
        )
        with tf.control_dependencies([same]):
            heights = tf.identity(heights)
        with tf.control_dependencies(check_size(heights, widths)):
            files = tf.identity(files)
        return tf.map_fn(
            lambda pair: self._read(*pair),
            (files, headers),
            fn_output_signature=tf.TensorSpec([None, None], tf.int32),
        )

    def _read(self, file, header):
        color_type = header[png_header.COLOR_TYPE]
        depth = header[png_header.DEPTH]
        if self.by_color:
            return self._ids_of_colors(file)
        is_color = tf.logical_or(
            tf.equal(color_type, png_header.RGB),
            tf.equal(color_type, png_header.RGB_ALPHA),
        )
        return tf.cond(
            is_color,
            lambda: self._ids_of_colors(file),
            lambda: self._ids_of_values(_values(file, color_type, depth)),
        )

    def _ids_of_values(self, values):
        ids = tf.gather(self.table, values)
        wrong = tf.reduce_max(tf.where(ids < 0, values, -1))
        check = require(
            wrong < 0,
            f"A label PNG holds the id {{}}, but {self.known}.",
            wrong,
        )
        with tf.control_dependencies([check]):
            return tf.identity(ids)

    def _ids_of_colors(self, file):
        values = tf.cast(tf.io.decode_png(file, channels=3), tf.int32)
        codes = tf.reduce_sum(values * [1 << 16, 1 << 8, 1], axis=-1)
        flat = tf.reshape(codes, [-1])
        position = tf.searchsorted(self.color_codes, flat)
        position = tf.minimum(position, len(self.color_codes) - 1)
        known = tf.equal(tf.gather(self.color_codes, position), flat)
        ids = tf.where(known, tf.gather(self.color_ids, position), -1)
        if self.tolerance:
            ids = tf.cond(
                tf.reduce_all(known), lambda: ids, lambda: self._nearest(flat)
            )
        wrong = tf.reduce_max(tf.where(ids < 0, flat, -1))
        check = require(
            wrong < 0,
            "A label PNG holds the colour {} {} {}, which is not in the "
            "palette: save it without smoothing, or as an indexed PNG of ids.",
            wrong // (1 << 16) % 256,
            wrong // (1 << 8) % 256,
            wrong % 256,
        )
        with tf.control_dependencies([check]):
            return tf.reshape(ids, tf.shape(codes))

    def _nearest(self, codes):
        """Ids of the nearest colours, -1 where none is near enough."""
        codes, place = tf.unique(codes)
        points, colors = (
            tf.cast(_split(of), "float32") for of in (codes, self.color_codes)
        )
        squares = (
            tf.reduce_sum(points**2, -1, keepdims=True)
            + tf.reduce_sum(colors**2, -1)
            - 2 * tf.matmul(points, colors, transpose_b=True)
        )
        ids = tf.gather(self.color_ids, tf.argmin(squares, axis=-1))
        near = tf.reduce_min(squares, axis=-1) <= self.tolerance**2
        return tf.gather(tf.where(near, ids, -1), place)


def _split(codes):
    return tf.stack(
        [codes // (1 << 16), codes // (1 << 8) % 256, codes % 256], axis=-1
    )


def _values(file, color_type, depth):
    """Values of the pixels of an indexed or grey PNG, int32."""
    deepest = tf.equal(depth, 16) & tf.equal(color_type, png_header.GREY)
    indexed = tf.equal(color_type, png_header.INDEXED)
    values = tf.case(
        [
            (indexed, lambda: _decode(png_header.grey_twin(file), tf.uint8)),
            (deepest, lambda: _decode(file, tf.uint16)),
        ],
        default=lambda: _decode(file, tf.uint8),
    )
    # Few bits are spread over 0 to 255; ids are the numbers in the file.
    largest = tf.bitwise.left_shift(1, tf.clip_by_value(depth, 1, 8)) - 1
    return values // (255 // largest)


def _decode(file, dtype):
    values = tf.io.decode_png(file, channels=1, dtype=dtype)
    return tf.cast(values[..., 0], tf.int32)


def label_png_reader(
    synthesizer: Synthesizer, label_files: bool = False
) -> LabelPNGReader:
    """Makes the reader of the PNGs that an exported generator gets.

    The values of a PNG are class ids, as in `label_map`; values beyond them
    mean what they mean in the label files of the run (e.g. 255, not
    labelled). With `label_files`, all values do.

    Args:
        synthesizer: `Synthesizer`.
        label_files: bool. Defaults to `False`.

    Returns:
        `LabelPNGReader`.
    """
    rule = synthesizer.classes.label_rule
    count = synthesizer.inputs.num_classes
    table = rule.table.copy()
    colors = {}
    if rule.colors is not None:
        raw_ids = np.arange(len(rule.colors))
        for color, new in zip(rule.colors, table[raw_ids], strict=True):
            if new >= 0:
                colors.setdefault(tuple(color.tolist()), int(new))
    if not label_files:
        table[:count] = np.arange(count)
        by_palette = {}
        for new, color in enumerate(synthesizer.palette.tolist()):
            by_palette.setdefault(tuple(color), new)
        colors |= by_palette
    elif not colors:
        for new, color in enumerate(synthesizer.palette.tolist()):
            colors.setdefault(tuple(color), new)
    return LabelPNGReader(
        table,
        colors,
        _known_ids(table, count, synthesizer.class_names),
        label_files and rule.always_colors,
        rule.palette_tolerance,
    )


def label_files_differ(synthesizer: Synthesizer) -> bool:
    """Tells whether the run's label files number some class otherwise.

    Args:
        synthesizer: `Synthesizer`.
    """
    rule = synthesizer.classes.label_rule
    ids = rule.table[: synthesizer.inputs.num_classes]
    others = (ids >= 0) & (ids != np.arange(len(ids)))
    return rule.always_colors or bool(others.any())


def _known_ids(table, count, names):
    """What may stand in a label PNG, in words."""
    values = np.flatnonzero(table >= 0)
    gap = np.argmax(np.append(table[values[0] :] < 0, True))
    last = values[0] + int(gap) - 1
    # Names come from a dataset; braces would be read as places for values.
    first, final = (
        names[table[i]].replace("{", "(").replace("}", ")")
        for i in (values[0], last)
    )
    text = f"the model knows {values[0]} to {last} ({first} to {final})"
    others = values[values > last]
    if len(others):
        listed = ", ".join(str(i) for i in others[:5])
        text += f" and {listed}" + (", ..." if len(others) > 5 else "")
    return text
