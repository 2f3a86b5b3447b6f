import contextlib
from collections.abc import Iterator

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.layers.edge_map import edge_map_in_graph
from keras_semsynth.layers.network import Network


class ExportedGenerator(Network):
    """A generator as exported models run it: class ids in, images out.

    It infers, and computes the edge map from the ids, so that a caller sends
    no more than a layout and perhaps a latent vector.

    Args:
        generator: `generators.Generator`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`; for a generator
            that starts from an image, its soft label map.
        latent: Float tensor `(batch, *latent_shape)`, drawn if absent; for a
            generator that starts from an image, that image.

    Returns:
        float32 images `(batch, height, width, channels)` in `[-1, 1]`.
    """

    def __init__(self, generator: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.starts_from_image = getattr(generator, "start", None) == "image"

    def build(self, label_map_shape=None):
        if not self.generator.built:
            self.generator.build()
        self.built = True

    def call(self, label_map, latent=None):
        name = "source" if self.starts_from_image else "latent"
        given = {name: latent}
        if self.generator.use_edge_map:
            given["edge_map"] = edge_map_in_graph(label_map)
        with backend.inference():
            image = self.generator(label_map, **given, training=False)
        return ops.cast(image, "float32")

    def input_signature(
        self,
        latent: bool = False,
        batch: int | None = None,
        size: tuple[int, int] | None = None,
    ) -> list[keras.InputSpec]:
        """Returns what `call` takes.

        Args:
            latent: bool. Whether the latent vector, if the generator has one,
                is an input, with its kind as its name. Defaults to `False`.
            batch: int, or `None` for any, which on PyTorch is 1. Defaults to
                `None`.
            size: `(height, width)`. Defaults to any, or to `image_size` for a
                generator of one size, and on JAX and PyTorch, which export for
                one size.
        """
        generator = self.generator
        name = keras.backend.backend()
        if batch is None and name == "torch":
            batch = 1
        if size is None:
            fixed = generator.fixed_size or name != "tensorflow"
            size = generator.image_size if fixed else (None, None)
        shapes = {"label_map": (batch, *size)}
        if self.starts_from_image:
            shapes["label_map"] += (generator.num_classes,)
            shapes["source"] = (batch, *size, 3)
        elif latent and generator.latent_size is not None:
            shapes[generator.latent_kind] = (batch, *generator.latent_shape)
        return [
            keras.InputSpec(
                # Ids, but for the soft label map of a start image.
                "int32"
                if name == "label_map" and len(shape) == 3
                else "float32",
                shape,
                name=name,
            )
            for name, shape in shapes.items()
        ]


@contextlib.contextmanager
def every_patch(generator: keras.Model) -> Iterator[None]:
    """Lets a generator compute every patch, equal ones too.

    Finding equal patches gives tensors whose size depends on the values of the
    label map, which ONNX and LiteRT lack. The images are the same.

    Args:
        generator: A generator of this package.
    """
    before = getattr(generator, "deduplicate", False)
    if before is not False:
        generator.deduplicate = False
    try:
        yield
    finally:
        if before is not False:
            generator.deduplicate = before
