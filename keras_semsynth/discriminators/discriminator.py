import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.initialized_network import InitializedNetwork
from keras_semsynth.layers.precision import full_precision_dtype


class Discriminator(InitializedNetwork):
    """What every discriminator of the family shares: one call form.

    `discriminator(image, label_map, edge_map=None)` returns a dict with the
    keys `output_names`, of these:

    - `"scores"`: list of patch scores `(batch, h, w, 1)`, one a scale;
    - `"features"`: list, one entry a scale, of lists of feature tensors: what
      `losses.feature_matching_loss` compares;
    - `"logits"`: `(batch, height, width, num_classes + 1)`, channel 0 for
      "fake", channel `i + 1` for class `i`.

    Features have the compute dtype, scores and logits at least float32. An
    objective goes with every discriminator that has the outputs it needs.

    Subclasses set `num_classes`, `use_edge_map` and `size_multiple` (height
    and width must be divisible by it). One that judges the image alone ignores
    the two maps.

    Args:
        spectral: bool. Whether the convolutions are spectrally normalized; the
            network says which never are. Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.
    """

    output_names: tuple[str, ...] = ()
    size_multiple: int = 1
    num_classes: int = 0
    use_edge_map: bool = False

    def __init__(
        self, spectral: bool = True, image_channels: int = 3, **kwargs
    ):
        super().__init__(**kwargs)
        check_at_least(1, image_channels=image_channels)
        self.spectral = spectral
        self.image_channels = image_channels

    def check_edge_map(self, edge_map: Tensor | None) -> Tensor | None:
        """Returns the edge map in the compute dtype, or `None`.

        Raises:
            ValueError: If one is missing or not expected.
        """
        if (edge_map is None) == self.use_edge_map:
            raise ValueError(
                "`edge_map` must be given if, and only if, the discriminator "
                f"was built with `use_edge_map=True`. Received: edge_map="
                f"{edge_map}, use_edge_map={self.use_edge_map}."
            )
        if edge_map is None:
            return None
        return ops.cast(edge_map, self.compute_dtype)

    def check_size(self, image: Tensor) -> None:
        """Raises `ValueError` for a static size that cannot be judged."""
        for name, size in zip(
            ("height", "width"), image.shape[1:3], strict=True
        ):
            if isinstance(size, int) and size % self.size_multiple:
                raise ValueError(
                    f"The {name} of `image` must be a multiple of "
                    f"{self.size_multiple}, because {type(self).__name__} "
                    f"halves it again and again. Received: {name}={size}."
                )

    def compute_output_spec(self, image, *args, **kwargs):
        full_precision = full_precision_dtype(self.compute_dtype)

        def specs(shapes, dtype):
            return keras.tree.map_shape_structure(
                lambda shape: keras.KerasTensor(shape, dtype), shapes
            )

        return {
            name: specs(
                shapes,
                self.compute_dtype if name == "features" else full_precision,
            )
            for name, shapes in self.compute_output_shape(image.shape).items()
        }
