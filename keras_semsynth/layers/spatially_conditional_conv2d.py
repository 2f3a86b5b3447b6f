import keras
from keras import ops

from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike

IMPLEMENTATIONS = ("fused", "sequential")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatiallyConditionalConv2D(Configured, keras.layers.Layer):
    """Mixes the results of several convolutions at every pixel (SCC).

    There are `num_candidates` kernels, no bias. At each pixel the candidates'
    results are added up, weighted by that pixel's vector:
    `out[r, c] = sum_i vectors[r, c, i] * conv_i(features)[r, c]`.

    Args:
        filters: int. Channels of the result.
        num_candidates: int. Number of kernels. Defaults to `3`.
        kernel_size: int, odd. Size of the candidates' kernels. Defaults to
            `3`.
        spectral: bool. Whether each candidate is spectrally normalized, with
            vectors of its own. Defaults to `True`.
        implementation: `"fused"` (one convolution with `num_candidates *
            filters` channels, then the weighted sum) or `"sequential"`
            (candidate by candidate, which holds one result at a time). Same
            result. Defaults to `"fused"`.
        kernel_initializer: Keras initializer; each candidate draws its own
            values. Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        vectors: Float tensor `(batch, height, width, num_candidates)`.
        training: bool. Whether to advance the power iterations.

    Returns:
        Tensor `(batch, height, width, filters)` of the compute dtype.

    Raises:
        ValueError: If an argument is out of range, or `vectors` has another
            number of channels.

    Example:

    >>> layer = keras_semsynth.layers.SpatiallyConditionalConv2D(8)
    >>> vectors = np.full((2, 16, 16, 3), 1 / 3, "float32")
    >>> layer(np.zeros((2, 16, 16, 4), "float32"), vectors).shape
    (2, 16, 16, 8)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 4
    """

    def __init__(
        self,
        filters: int,
        num_candidates: int = 3,
        kernel_size: int = 3,
        spectral: bool = True,
        implementation: str = "fused",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_within(1, MOST_LAYERS, num_candidates=num_candidates)
        check_odd(kernel_size=kernel_size)
        check_choice(IMPLEMENTATIONS, implementation=implementation)
        self.filters = filters
        self.num_candidates = num_candidates
        self.kernel_size = kernel_size
        self.spectral = spectral
        self.implementation = implementation
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, vectors_shape=None):
        self.candidates = [
            convolution(
                features_shape[-1],
                self.filters,
                self.kernel_size,
                spectral=self.spectral,
                use_bias=False,
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=f"candidate_{i}",
            )
            for i in range(self.num_candidates)
        ]
        self.built = True

    def call(self, features, vectors, training=None):
        if vectors.shape[-1] != self.num_candidates:
            raise ValueError(
                "`vectors` must have `num_candidates` "
                f"({self.num_candidates}) channels. Received: "
                f"shape={tuple(vectors.shape)}."
            )
        # Every candidate has a sigma of its own.
        kernels = [
            ops.cast(self._kernel(candidate, training), self.compute_dtype)
            for candidate in self.candidates
        ]
        if self.implementation == "sequential":
            return sum(
                vectors[..., i : i + 1] * self._convolve(features, kernel)
                for i, kernel in enumerate(kernels)
            )
        outputs = self._convolve(features, ops.concatenate(kernels, axis=-1))
        height, width = ops.shape(features)[1:3]
        outputs = ops.reshape(
            outputs, (-1, height, width, self.num_candidates, self.filters)
        )
        return ops.sum(ops.expand_dims(vectors, -1) * outputs, axis=3)

    def _kernel(self, candidate, training):
        if self.spectral:
            return candidate.normalized_kernel(training)
        return ops.convert_to_tensor(candidate.kernel)

    def _convolve(self, features, kernel):
        return ops.conv(
            features, kernel, padding="same", data_format="channels_last"
        )

    def compute_output_shape(self, features_shape, vectors_shape=None):
        return (*features_shape[:-1], self.filters)
