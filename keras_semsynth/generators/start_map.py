import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_map import resize_label_map


class StartMap:
    """The small map that a generator enlarges: mixin of SPADE and its heirs.

    The label map, shrunk by `size_multiple` and convolved; or, with a
    `style_dim`, a projection of the style code. Needs the attributes
    `num_classes`, `use_edge_map`, `style_dim`, `image_size`, `size_multiple`
    and the method `_initializer()`.
    """

    def start_layer(self, channels: int) -> keras.layers.Layer:
        """Returns the built layer `fc`, which makes `channels` channels."""
        options = {
            "kernel_initializer": self._initializer(),
            "dtype": self.dtype_policy,
            "name": "fc",
        }
        if self.style_dim is None:
            layer = LabelConv2D(
                channels,
                3,
                self.num_classes,
                extra_channels=int(self.use_edge_map),
                **options,
            )
            layer.build()
            return layer
        height, width = self._start_size(self.image_size)
        layer = keras.layers.Dense(height * width * channels, **options)
        layer.build((None, self.style_dim))
        return layer

    def start_map(
        self, label_map: Tensor, edge_map: Tensor | None, latent: Tensor | None
    ) -> Tensor:
        """Returns the start map, `(batch, height, width, channels)`."""
        if latent is not None:
            height, width = self._start_size(self.image_size)
            channels = self.fc.units // (height * width)
            return ops.reshape(self.fc(latent), (-1, height, width, channels))
        height, width = self._start_size(ops.shape(label_map)[1:3])
        label_map = resize_label_map(label_map, height, width)
        if edge_map is not None:
            edge_map = resize_label_map(edge_map, height, width)
        return self.fc(label_map, edge_map)

    def _start_size(self, size):
        return tuple(n // self.size_multiple for n in size)
