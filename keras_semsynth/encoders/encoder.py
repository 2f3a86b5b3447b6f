from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.initialized_network import InitializedNetwork


class Encoder(InitializedNetwork):
    """What every encoder of styles shares.

    Subclasses set `style_dim`, the length of their codes, and
    `reads_label_map`: whether they are called with a label map too, and give a
    code for each class.
    """

    style_dim: int
    reads_label_map: bool = False

    def encode(
        self,
        image: Tensor,
        label_map: Tensor | None = None,
        training: bool | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Encodes images, by their label maps if it reads them.

        Args:
            image: Float tensor `(batch, height, width, channels)` in
                `[-1, 1]`.
            label_map: Integer tensor `(batch, height, width)`. Defaults to
                `None`.
            training: bool. As for calling.

        Returns:
            `(mean, log_variance)`, each `(batch, style_dim)`, or `(batch,
            num_classes, style_dim)` of an encoder that reads label maps.
        """
        given = (label_map,) if self.reads_label_map else ()
        return self(image, *given, training=training)
