"""The signatures of an exported generator, as TensorFlow functions."""

from collections.abc import Iterable

import keras
import tensorflow as tf

from keras_semsynth.export.graph_checks import checked_rank
from keras_semsynth.export.graph_checks import require
from keras_semsynth.export.label_png import LabelPNGReader
from keras_semsynth.export.photograph import read_photographs
from keras_semsynth.generators.exported import ExportedGenerator
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.synthesizer import Synthesizer


class Signatures:
    """Builds the functions that an exported model offers.

    SavedModel inputs are never optional, so whatever is optional has a
    signature of its own:

    | signature | inputs | outputs |
    | --- | --- | --- |
    | `serving_default` | `label_map` | `image` |
    | `seeded` | `label_map`, `seed` | `image` |
    | `styled` | `label_map`, `style` | `image` |
    | `png` | `label_png` | `image_png_bytes` |
    | `png_seeded` | `label_png`, `seed` | `image_png_bytes` |
    | `png_styled` | `label_png`, `style` | `image_png_bytes` |
    | `encode_style` | `photograph` | `style` |

    A generator whose classes have codes of their own takes as `style` `(batch,
    num_classes, style_dim)`; `encode_style` then gives each class the code of
    the whole photograph, so that rows of several can be put together.

    `_bytes` tells TensorFlow Serving's REST API to answer in base64.

    Args:
        synthesizer: `Synthesizer`.
        reader: `LabelPNGReader`.
        max_pixels: int. Layouts and photographs with more are refused before
            they are decoded.
    """

    def __init__(
        self, synthesizer: Synthesizer, reader: LabelPNGReader, max_pixels: int
    ):
        self.generator = synthesizer.generator
        self.encoder = synthesizer.encoder
        self.reader = reader
        self.max_pixels = max_pixels
        # Traced once for all signatures.
        exported = ExportedGenerator(self.generator)
        specs = exported.input_signature(latent=True)
        self.render = _function(
            exported, *[tf.TensorSpec(spec.shape, spec.dtype) for spec in specs]
        )
        png = tf.TensorSpec([None], tf.string)
        self.read = _function(self._read, png)
        self.encode = _function(
            self._encode, tf.TensorSpec([None, None, None, 3], tf.float32)
        )

    def functions(self) -> dict[str, tf.types.experimental.PolymorphicFunction]:
        """Returns a dict of `tf.function`, by the name of the signature."""
        generator = self.generator
        size = self._declared_size()
        label_map = tf.TensorSpec([None, *size], tf.int32, "label_map")
        label_png = tf.TensorSpec([None], tf.string, "label_png")
        seed = tf.TensorSpec([None], tf.int64, "seed")
        result = {
            "serving_default": _function(self.image, label_map),
            "seeded": _function(self.seeded, label_map, seed),
            "png": _function(self.png, label_png),
            "png_seeded": _function(self.png_seeded, label_png, seed),
        }
        if takes_style(generator):
            style = tf.TensorSpec(
                [None, *generator.latent_shape], tf.float32, "style"
            )
            result["styled"] = _function(self.styled, label_map, style)
            result["png_styled"] = _function(self.png_styled, label_png, style)
        if self.encoder is not None:
            photograph = tf.TensorSpec([None], tf.string, "photograph")
            result["encode_style"] = _function(self.encode_style, photograph)
        return result

    def image(self, label_map: tf.Tensor) -> dict[str, tf.Tensor]:
        ids = self._label_map(label_map)
        return {"image": self.render(ids, *self._fresh(ids))}

    def seeded(
        self, label_map: tf.Tensor, seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        ids = self._label_map(label_map)
        return {"image": self.render(ids, *self._drawn(ids, seed))}

    def styled(
        self, label_map: tf.Tensor, style: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        ids = self._label_map(label_map)
        return {"image": self.render(ids, *self._given(ids, style))}

    def png(self, label_png: tf.Tensor) -> dict[str, tf.Tensor]:
        ids = self.read(label_png)
        image = self.render(ids, *self._fresh(ids))
        return {"image_png_bytes": self.encode(image)}

    def png_seeded(
        self, label_png: tf.Tensor, seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        ids = self.read(label_png)
        image = self.render(ids, *self._drawn(ids, seed))
        return {"image_png_bytes": self.encode(image)}

    def png_styled(
        self, label_png: tf.Tensor, style: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        ids = self.read(label_png)
        image = self.render(ids, *self._given(ids, style))
        return {"image_png_bytes": self.encode(image)}

    def encode_style(self, photograph: tf.Tensor) -> dict[str, tf.Tensor]:
        images = read_photographs(
            photograph, self.generator.image_size, self.max_pixels
        )
        # All of it is one region.
        ids = tf.zeros(tf.shape(images)[:3], tf.int32)
        mean, _ = self.encoder.encode(images, ids, training=False)
        if self.encoder.reads_label_map:
            mean = tf.repeat(mean[:, :1], mean.shape[1], axis=1)
        return {"style": tf.cast(mean, tf.float32)}

    def _declared_size(self):
        if self.generator.fixed_size:
            return list(self.generator.image_size)
        return [None, None]

    def _read(self, label_png):
        ids = self.reader(label_png, self._size_checks)
        return tf.ensure_shape(ids, [None, *self._declared_size()])

    def _label_map(self, label_map):
        """Checks ids; returns them as int32 `(batch, height, width)`."""
        ids = checked_rank(label_map, "label_map", 3, "(batch, height, width)")
        shape = tf.shape(ids, tf.int64)
        with tf.control_dependencies(self._size_checks(shape[1:2], shape[2:3])):
            ids = tf.identity(ids)
        lowest, highest = tf.reduce_min(ids), tf.reduce_max(ids)
        wrong = tf.where(lowest < 0, lowest, highest)
        check = require(
            (lowest >= 0) & (highest < self.generator.num_classes),
            "`label_map` holds the id {}, but the model knows 0 to "
            f"{self.generator.num_classes - 1}.",
            wrong,
        )
        with tf.control_dependencies([check]):
            ids = tf.identity(ids)
        return tf.ensure_shape(ids, [None, *self._declared_size()])

    def _size_checks(self, heights, widths):
        """Operations that fail for a size that cannot be generated."""
        generator = self.generator
        height, width = heights[0], widths[0]
        # Divided, not multiplied: a PNG's header may say 2**31 by 2**31.
        small = (height > 0) & (width > 0)
        small &= height <= self.max_pixels // tf.maximum(width, 1)
        possible = require(
            small,
            f"A label map may have 1 to {self.max_pixels} pixels. Received: "
            "{}x{} (height x width).",
            height,
            width,
        )
        if generator.fixed_size:
            rows, columns = generator.image_size
            right = tf.equal(height, rows) & tf.equal(width, columns)
            expected = f"must be {rows}x{columns} (height x width)"
        else:
            multiple = generator.size_multiple
            right = tf.equal(height % multiple, 0)
            right &= tf.equal(width % multiple, 0)
            expected = f"must be multiples of {multiple} (height and width)"
        with tf.control_dependencies([possible]):
            fitting = require(
                right,
                f"The sizes of a label map {expected} for this model. "
                "Received: {}x{}.",
                height,
                width,
            )
        return [possible, fitting]

    def _fresh(self, ids):
        """A list of latent vectors that differ from call to call, or `[]`."""
        size = self.generator.latent_shape
        if size is None:
            return []
        # A plain operation: seeds of this process must not be exported.
        shape = tf.stack([tf.shape(ids)[0], *size])
        return [tf.raw_ops.RandomStandardNormal(shape=shape, dtype=tf.float32)]

    def _drawn(self, ids, seed):
        """The same of seeds: what `generator(seed=)` draws."""
        seed = self._one_each(ids, checked_rank(seed, "seed", 1, "(batch,)"))
        shape = self.generator.latent_shape
        if shape is None:
            return []
        latent = tf.map_fn(
            lambda one: keras_normal(one, shape),
            seed,
            fn_output_signature=tf.TensorSpec(shape, tf.float32),
        )
        return [latent]

    def _given(self, ids, style):
        *classes, size = shape = self.generator.latent_shape
        expected = "(batch, style_dim)"
        if classes:
            expected = "(batch, num_classes, style_dim)"
        style = checked_rank(style, "style", 1 + len(shape), expected)
        each = f" for each of {classes[0]} classes" if classes else ""
        check = require(
            tf.reduce_all(tf.equal(tf.shape(style)[1:], shape)),
            f"`style` must be codes of {size} numbers{each}. Received: {{}}.",
            tf.shape(style)[1:],
        )
        with tf.control_dependencies([check]):
            style = self._one_each(ids, style)
        return [tf.ensure_shape(style, [None, *shape])]

    def _one_each(self, ids, values):
        count, expected = tf.shape(values)[0], tf.shape(ids)[0]
        check = require(
            tf.equal(count, expected),
            "There must be one seed or style for each label map. Received: "
            "{} for {} label maps.",
            count,
            expected,
        )
        with tf.control_dependencies([check]):
            return tf.identity(values)

    def _encode(self, image):
        """PNG files of images, rounded to the nearest level."""
        levels = tf.round((image + 1) * 127.5)
        pixels = tf.cast(tf.clip_by_value(levels, 0, 255), tf.uint8)
        return tf.map_fn(
            tf.io.encode_png,
            pixels,
            fn_output_signature=tf.TensorSpec([], tf.string),
        )


def takes_style(generator: Generator) -> bool:
    """Whether an exported model takes codes, as `style`."""
    return generator.latent_kind == "style" or generator.latent_by_class


def keras_normal(seed: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Draws what `keras.random.normal((1, *shape), seed=seed)` draws.

    Keras takes the seed as a Python number only.

    Args:
        seed: int64 tensor, scalar.
        shape: tuple of int.

    Returns:
        float32 tensor of that shape.
    """
    seed = tf.cast(tf.math.floormod(seed, tf.int32.max - 1), tf.int32)
    return tf.random.stateless_normal(shape, tf.stack([seed, 0]))


def _function(method, *specs):
    return tf.function(method, input_signature=list(specs), autograph=False)


def tracked_values(networks: Iterable[keras.Model | None]) -> list[tf.Variable]:
    """Returns the `tf.Variable` objects of networks, to be saved.

    Args:
        networks: Keras models; `None` is left out.

    Returns:
        list of `tf.Variable`.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Exporting needs the TensorFlow backend of Keras: set "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return [
        variable.value
        for network in networks
        if network is not None
        for variable in network.variables
    ]
