import keras
from keras import ops

from keras_semsynth.layers.label_layer import LabelLayer


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ReflectionPadding2D(LabelLayer):
    """Pads by mirroring, without repeating the border pixel.

    Args:
        padding: int >= 0. Rows and columns added on every side.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Tensor `(batch, height, width[, channels])` of any dtype, ids
            included.

    Returns:
        Tensor `(batch, height + 2 * padding, width + 2 * padding
        [, channels])`.

    Raises:
        ValueError: If `padding` is negative, or not smaller than the image.

    Example:

    >>> layer = keras_semsynth.layers.ReflectionPadding2D(3)
    >>> layer(np.zeros((2, 8, 8, 3), "float32")).shape
    (2, 14, 14, 3)
    """

    def __init__(self, padding: int, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(padding, int) or padding < 0:
            raise ValueError(
                "`padding` must be an integer of at least 0. "
                f"Received: padding={padding}."
            )
        self.padding = padding

    def call(self, inputs):
        for size in inputs.shape[1:3]:
            if isinstance(size, int) and size <= self.padding:
                raise ValueError(
                    "`inputs` must be larger than the padding of "
                    f"{self.padding}. Received: shape={inputs.shape}."
                )
        if self.padding == 0:
            return inputs
        # Slices, not `ops.pad(mode="reflect")`: PyTorch refuses integers there.
        end = self.padding + 1
        x = ops.concatenate(
            [
                ops.flip(inputs[:, 1:end], axis=1),
                inputs,
                ops.flip(inputs[:, -end:-1], axis=1),
            ],
            axis=1,
        )
        return ops.concatenate(
            [
                ops.flip(x[:, :, 1:end], axis=2),
                x,
                ops.flip(x[:, :, -end:-1], axis=2),
            ],
            axis=2,
        )

    def compute_output_shape(self, input_shape):
        batch, height, width, *channels = input_shape
        more = 2 * self.padding
        return (
            batch,
            None if height is None else height + more,
            None if width is None else width + more,
            *channels,
        )

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, inputs.dtype)
