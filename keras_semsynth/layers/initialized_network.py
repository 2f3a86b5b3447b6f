from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.network import Network


class InitializedNetwork(Network):
    """A network whose kernels all start from one kind of random values.

    Args:
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Raises:
        ValueError: If the initializer is unknown or its scale not positive.
    """

    def __init__(
        self,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_positive(initializer_gain=initializer_gain)
        kernel_initializer(initializer, initializer_gain)  # checks its name
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def options(self, name: str) -> dict:
        """Returns what every layer inside is made with."""
        return {
            "kernel_initializer": kernel_initializer(
                self.initializer, self.initializer_gain
            ),
            "dtype": self.dtype_policy,
            "name": name,
        }

    def _layer(self, layer_class, *args, name, channels=None, **kwargs):
        """Makes a layer with its weights, on features of so many channels."""
        layer = layer_class(*args, **kwargs, **self.options(name))
        layer.build((None, None, None, channels))
        return layer
