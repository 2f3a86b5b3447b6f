import keras

from keras_semsynth.layers.configured import Configured


class Network(Configured, keras.Model):
    """A model whose weights depend on its arguments alone.

    `build()` makes them all, whatever the size of the images; so a network is
    restored from its file without having seen an input. Inputs are not cast
    to the compute dtype: bfloat16 holds class ids up to 256 only.

    Args:
        **kwargs: Base model arguments such as `name` and `dtype`.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def get_build_config(self):
        return {"input_shape": None}

    def build_from_config(self, config):
        self.build()
