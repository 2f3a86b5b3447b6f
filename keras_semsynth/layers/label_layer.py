import keras

from keras_semsynth.layers.configured import Configured


class LabelLayer(Configured, keras.layers.Layer):
    """A layer that reads class ids.

    Keras casts the inputs of a layer to its compute dtype. Ids must not be
    cast: float16 holds whole numbers up to 2048, bfloat16 up to 256 only. So
    nothing is cast, and a subclass casts its float inputs itself.

    Args:
        **kwargs: Base layer arguments such as `name` and `dtype`.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)
