"""The signature of an exported model of unpaired translation."""

import tensorflow as tf

from keras_semsynth.export.graph_checks import require
from keras_semsynth.export.photograph import photograph_sizes
from keras_semsynth.export.photograph import read_photographs
from keras_semsynth.synthesis.synthesizer import Synthesizer


class TranslationSignature:
    """Builds the function that an exported translation offers.

    | signature | inputs | outputs |
    | --- | --- | --- |
    | `translate` | `source`, `reference` | `image_png_bytes` |

    Inputs are the bytes of PNG or JPEG files: one reference for each source,
    or one for all. Each result is a PNG of the size of its source, which may
    differ from the others. With a style encoder, the mean codes of the
    sources are taken.

    Args:
        synthesizer: `Synthesizer` of unpaired translation.
        max_pixels: int. Photographs with more are refused before they are
            decoded.
    """

    def __init__(self, synthesizer: Synthesizer, max_pixels: int):
        self.generator = synthesizer.generator
        self.encoder = synthesizer.encoder
        self.max_pixels = max_pixels

    def functions(self) -> dict[str, tf.types.experimental.PolymorphicFunction]:
        """Returns a dict of `tf.function`, by the name of the signature."""
        specs = [
            tf.TensorSpec([None], tf.string, name)
            for name in ("source", "reference")
        ]
        function = tf.function(
            self.translate, input_signature=specs, autograph=False
        )
        return {"translate": function}

    def translate(
        self, source: tf.Tensor, reference: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        sources = self._read(source, "source")
        references = self._one_each(sources, self._read(reference, "reference"))
        if self.encoder is None:
            given = {"source": sources}
        else:
            given = {"latent": self.encoder(sources, training=False)[0]}
        images = self.generator(references, training=False, **given)
        files = tf.map_fn(
            lambda pair: _png(*pair),
            (tf.cast(images, tf.float32), photograph_sizes(source)),
            fn_output_signature=tf.TensorSpec([], tf.string),
        )
        return {"image_png_bytes": files}

    def _read(self, files, name):
        return read_photographs(
            files, self.generator.image_size, self.max_pixels, name
        )

    def _one_each(self, sources, references):
        """References as many as sources; a single one serves all."""
        count, expected = tf.shape(references)[0], tf.shape(sources)[0]
        check = require(
            tf.equal(count, expected) | tf.equal(count, 1),
            "There must be one `reference`, or one for each source. Received: "
            "{} references for {} sources.",
            count,
            expected,
        )
        with tf.control_dependencies([check]):
            index = tf.minimum(tf.range(expected), count - 1)
        return tf.gather(references, index)


def _png(image, size):
    """The PNG of an image in [-1, 1], brought to a size as `Renderer` does."""
    image = tf.image.resize(image, size, "bicubic", antialias=True)
    levels = tf.round((tf.clip_by_value(image, -1, 1) + 1) * 127.5)
    return tf.io.encode_png(tf.cast(levels, tf.uint8))
