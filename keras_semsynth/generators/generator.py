import functools
import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.exported import ExportedGenerator
from keras_semsynth.generators.exported import every_patch
from keras_semsynth.layers.initialized_network import InitializedNetwork
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.precision import full_precision_dtype
from keras_semsynth.layers.recomputed import recomputed


class Generator(InitializedNetwork):
    """What every generator of the family shares: one call form, its checks.

    `generator(label_map, latent=None, edge_map=None, seed=None)`. Where
    `latent` is a style code, one label map goes with many of them: there is an
    image of each, and what depends on the layout alone is computed once.

    Subclasses set `num_classes`, `use_edge_map`, `image_size`,
    `size_multiple` (height and width must be divisible by it),
    `latent_kind` (`"style"`, `"noise"` or `None`), `latent_size` (length of the
    latent vector, or `None`), `latent_by_region` (whether its noise may differ
    from region to region), `latent_by_class` (whether each class has a latent
    vector of its own), `fixed_size` (whether only `image_size` can be
    generated), `has_semantic_image` (whether `generate` returns one) and
    `num_images` (how many images `images` returns of each label map).

    Args:
        recompute: bool. Whether, in training, what is inside of a block is
            computed again in the backward pass instead of kept: less memory
            and more time. Defaults to `False`.
        **kwargs: Arguments of `layers.InitializedNetwork`.
    """

    size_multiple: int = 1
    latent_kind: str | None = None
    latent_size: int | None = None
    latent_by_region: bool = False
    latent_by_class: bool = False
    has_semantic_image: bool = False
    fixed_size: bool = False
    num_images: int = 1

    def __init__(self, recompute: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.recompute = recompute

    def run_block(
        self,
        block: Callable[..., Tensor],
        layers: Sequence[keras.layers.Layer],
        *inputs: Any,
        training: bool | None,
    ) -> Tensor:
        """Returns `block(*inputs, training=training)`, as `recompute` says.

        Args:
            block: Callable. Draws nothing at random.
            layers: All layers that it calls.
            *inputs: Tensors, or nested structures of tensors.
            training: bool.
        """
        block = functools.partial(block, training=training)
        if training and self.recompute:
            return recomputed(block, layers, *inputs)
        return block(*inputs)

    @property
    def latent_shape(self) -> tuple[int, ...] | None:
        """Shape of what is drawn for one image, or `None`."""
        if self.latent_size is None:
            return None
        classes = (self.num_classes,) if self.latent_by_class else ()
        return (*classes, self.latent_size)

    def generate(
        self,
        label_map: Tensor,
        latent: Tensor | None = None,
        edge_map: Tensor | None = None,
        seed: int | None = None,
        training: bool | None = None,
    ) -> dict[str, Any]:
        """Returns a dict of the image and what else arises with it.

        Args:
            label_map, latent, edge_map, seed, training: As for calling.
        """
        image = self(
            label_map,
            latent=latent,
            edge_map=edge_map,
            seed=seed,
            training=training,
        )
        return {"image": image}

    def images(
        self,
        label_map: Tensor,
        latent: Tensor | None = None,
        edge_map: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        """Returns all images that the generator makes of each label map.

        Args:
            label_map, latent, edge_map, training: As for calling.

        Returns:
            Tensor `(batch, num_images, height, width, channels)`.
        """
        image = self(
            label_map, latent=latent, edge_map=edge_map, training=training
        )
        return ops.expand_dims(image, 1)

    def check_label_map(self, label_map: Tensor) -> Tensor:
        """Checks a label map's static shape; returns ids as int32.

        Raises:
            ValueError: If the rank or size does not fit the generator.
        """
        shape = tuple(label_map.shape)
        if len(shape) not in (3, 4):
            raise ValueError(
                "`label_map` must be ids `(batch, height, width)` or a soft "
                "label map `(batch, height, width, num_classes)`. Received: "
                f"shape={shape}."
            )
        if is_soft(label_map) and shape[3] != self.num_classes:
            raise ValueError(
                "A soft `label_map` must have `num_classes` "
                f"({self.num_classes}) channels. Received: shape={shape}."
            )
        self.check_size(*shape[1:3])
        if is_soft(label_map):
            return ops.cast(label_map, self.compute_dtype)
        return ops.cast(label_map, "int32")

    def check_size(self, height: int | None, width: int | None) -> None:
        """Raises `ValueError` for a size that cannot be generated.

        Args:
            height: int, or `None` if unknown.
            width: int, or `None` if unknown.
        """
        for name, size, expected in (
            ("height", height, self.image_size[0]),
            ("width", width, self.image_size[1]),
        ):
            if not isinstance(size, int):
                continue
            if self.fixed_size and size != expected:
                raise ValueError(
                    f"The {name} of `label_map` must be {expected}: this "
                    "generator starts from a vector and was built for "
                    f"image_size={self.image_size}. Received: {name}={size}."
                )
            if size % self.size_multiple:
                raise ValueError(
                    f"The {name} of `label_map` must be a multiple of "
                    f"{self.size_multiple}, because the generator doubles a "
                    f"small start map. Received: {name}={size}. Resize or pad "
                    "the label map."
                )

    def check_edge_map(self, edge_map: Tensor | None) -> Tensor | None:
        """Returns the edge map in the compute dtype, or `None`.

        Raises:
            ValueError: If one is missing or not expected.
        """
        if self.use_edge_map and edge_map is None:
            raise ValueError(
                "`edge_map` is missing: the generator was built with "
                "`use_edge_map=True` and needs `(batch, height, width, 1)`."
            )
        if not self.use_edge_map and edge_map is not None:
            raise ValueError(
                "`edge_map` was given, but the generator was built with "
                "`use_edge_map=False`."
            )
        if edge_map is None:
            return None
        return ops.cast(edge_map, self.compute_dtype)

    def latent_or_draw(
        self, label_map: Tensor, latent: Tensor | None, seed: int | None
    ) -> Tensor | None:
        """Returns the latent vectors `(batch, *latent_shape)`, or `None`.

        Args:
            label_map: Tensor whose first axis is the batch.
            latent: Float tensor, or `None` to draw from a normal distribution.
            seed: int, `keras.random.SeedGenerator`, or `None` for the
                generator's own random state.

        Raises:
            ValueError: If the model takes no latent vector, or its length is
                wrong.
        """
        if self.latent_size is None:
            if latent is not None:
                raise ValueError(
                    f"{type(self).__name__} was built without a latent input; "
                    f"call it without `latent`. Received: shape={latent.shape}."
                )
            return None
        if latent is not None:
            shape = tuple(latent.shape[1:])
            # A compiled renderer leaves sizes in the middle open.
            if len(shape) != len(self.latent_shape) or any(
                None not in pair and pair[0] != pair[1]
                for pair in zip(shape, self.latent_shape, strict=True)
            ):
                sizes = ", ".join(map(str, self.latent_shape))
                raise ValueError(
                    f"`latent` must be `(batch, {sizes})`. "
                    f"Received: shape={tuple(latent.shape)}."
                )
            latent = ops.cast(latent, self.compute_dtype)
            return ops.reshape(latent, (-1, *self.latent_shape))
        shape = (ops.shape(label_map)[0], *self.latent_shape)
        if seed is None:
            latent = backend.normal(shape, self.seed_generator)
        else:
            latent = keras.random.normal(shape, seed=seed)
        return ops.cast(latent, self.compute_dtype)

    def export(
        self,
        filepath: str | os.PathLike,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Sequence[Any] | None = None,
        **kwargs,
    ) -> None:
        """As `keras.Model.export`, with the inputs of a served generator.

        The default signature takes `label_map`, class ids as int32 `(batch,
        height, width)`, and gives images in `[-1, 1]`: edges are found in the
        ids, and a latent vector is drawn in every call. Formats other than a
        SavedModel cannot draw: there the latent vector is a second input,
        `style` or `noise`. A generator that starts from an image takes its
        soft label map and `source`. TensorFlow exports any size; JAX and
        PyTorch export `image_size`, and PyTorch one image at a time and, for a
        SavedModel, with the package torch_xla.

        Args:
            filepath: Path of the file or folder to write.
            format: str. A format of Keras. Defaults to `"tf_saved_model"`.
            verbose: bool or `None`. Whether the inputs are printed. Defaults
                to `None`, the default of Keras.
            input_signature: list of `keras.InputSpec`: one of the label map,
                for example of a fixed size, and perhaps one of the latent
                vector. Defaults to `None`: as said above.
            **kwargs: As for `keras.Model.export`.

        Example:

        >>> generator = keras.models.load_model("generator.keras")
        >>> generator.export("served/1")
        >>> served = tf.saved_model.load("served/1")
        >>> image = served.serve(label_map)
        """
        exported = ExportedGenerator(self)
        exported.build()
        arguments = {"format": format, "verbose": verbose, **kwargs}
        if format == "tf_saved_model":
            signature = input_signature or exported.input_signature()
            exported.export(filepath, input_signature=signature, **arguments)
            return
        signature = input_signature or exported.input_signature(latent=True)
        with every_patch(self):
            exported.export(filepath, input_signature=signature, **arguments)

    def compute_output_spec(self, label_map, *args, **kwargs):
        shape = self.compute_output_shape(label_map.shape)
        return keras.KerasTensor(
            shape, full_precision_dtype(self.compute_dtype)
        )


def check_image_size(
    image_size: Sequence[int], multiple: int
) -> tuple[int, int]:
    """Returns `(height, width)` as a tuple of ints.

    Raises:
        ValueError: If it is no pair of positive multiples of `multiple`.
    """
    try:
        height, width = (int(size) for size in image_size)
    except (TypeError, ValueError):
        height = width = 0
    if height < 1 or width < 1 or height % multiple or width % multiple:
        raise ValueError(
            "`image_size` must be `(height, width)`, both positive multiples "
            f"of {multiple}. Received: image_size={image_size}."
        )
    return height, width
