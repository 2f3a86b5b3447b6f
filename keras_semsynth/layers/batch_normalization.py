import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.arguments import check_share
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.precision import mean_by_axes


@keras.saving.register_keras_serializable(package="keras_semsynth")
class BatchNormalization(Configured, keras.layers.Layer):
    """Batch normalization with the statistics of the official models.

    It differs from `keras.layers.BatchNormalization` in its defaults (epsilon
    `1e-5`, momentum `0.9`, no scale and offset) and in that the moving
    variance is built from the unbiased batch variance, `n / (n - 1)` times the
    biased one that normalizes the batch.

    Args:
        center: bool. Whether to add a learned offset. Defaults to `False`.
        scale: bool. Whether to multiply a learned scale. Defaults to `False`.
        synchronized: bool. Whether the statistics always cover the batches of
            all replicas. Otherwise they do so unless a GAN is compiled with
            `replica_statistics="paper"`, and always on JAX with data
            parallelism. Defaults to `False`.
        momentum: float in `[0, 1)`. Share of the old moving statistics that
            is kept. Defaults to `0.9`.
        epsilon: float > 0. Added to the variance. Defaults to `1e-5`.
        gamma_initializer: Keras initializer. Initial values of the scale.
            Defaults to `"ones"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, ..., channels)`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `inputs` in the compute dtype.

    Raises:
        ValueError: If `momentum` or `epsilon` is out of range.

    Example:

    >>> layer = keras_semsynth.layers.BatchNormalization()
    >>> layer(np.zeros((2, 4, 4, 3), "float32"), training=True).shape
    (2, 4, 4, 3)

    Reference:
        - [Batch Normalization, ICML 2015](https://arxiv.org/abs/1502.03167)
    """

    def __init__(
        self,
        center: bool = False,
        scale: bool = False,
        synchronized: bool = False,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        gamma_initializer: InitializerLike = "ones",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_share(momentum=momentum)
        check_positive(epsilon=epsilon)
        self.center = center
        self.scale = scale
        self.synchronized = synchronized
        self.momentum = momentum
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta", shape=shape, initializer="zeros", autocast=False
            )
        statistics = {
            "shape": shape,
            "trainable": False,
            "autocast": False,
            "aggregation": "mean",
        }
        self.moving_mean = self.add_weight(
            name="moving_mean", initializer="zeros", **statistics
        )
        self.moving_variance = self.add_weight(
            name="moving_variance", initializer="ones", **statistics
        )
        self.built = True

    def call(self, inputs, training=None):
        # Half precision cannot add up the values of a whole batch.
        x = ops.cast(inputs, self.variable_dtype)
        if training:
            mean, variance = self._batch_statistics(x)
            factor = self._factor(variance)
        else:
            mean, factor = self.moving_weights()
        x = (x - mean) * factor
        if self.beta is not None:
            x = x + ops.convert_to_tensor(self.beta)
        return ops.cast(x, self.compute_dtype)

    def moving_weights(self) -> tuple[Tensor, Tensor]:
        """Returns `(mean, factor)` of inference: `(x - mean) * factor`.

        The offset, if there is one, is added to that.
        """
        mean = ops.convert_to_tensor(self.moving_mean)
        variance = ops.convert_to_tensor(self.moving_variance)
        return mean, self._factor(variance)

    def _factor(self, variance):
        factor = ops.rsqrt(variance + self.epsilon)
        if self.gamma is None:
            return factor
        return factor * ops.convert_to_tensor(self.gamma)

    def _batch_statistics(self, x):
        together = self.synchronized or backend.counts_together()
        axes = list(range(len(x.shape) - 1))
        mean = ops.squeeze(mean_by_axes(x, axes), axes)
        if together:
            mean = backend.replica_mean(mean)
        variance = ops.squeeze(mean_by_axes(ops.square(x - mean), axes), axes)
        shape = ops.shape(x)
        count = ops.cast(ops.prod([shape[axis] for axis in axes]), x.dtype)
        if together:
            variance = backend.replica_mean(variance)
            count = count * backend.num_replicas()
        unbiased = variance * (count / ops.maximum(count - 1, 1))
        self._move(self.moving_mean, mean, together)
        self._move(self.moving_variance, unbiased, together)
        return mean, variance

    def _move(self, average, value, is_of_all):
        value = ops.stop_gradient(value)
        if not is_of_all:
            value = backend.replica_mean(value)
        old = ops.convert_to_tensor(average)
        new = self.momentum * old + (1 - self.momentum) * value
        if self.compute_dtype == "float16":
            # The update of the weights will be skipped then.
            new = ops.where(ops.isfinite(new), new, old)
        average.assign(new)

    def compute_output_shape(self, input_shape):
        return input_shape
