"""Kernel initializers under the names this field uses for them."""

from typing import TypeAlias

import keras

from keras_semsynth.layers.arguments import check_positive

# What layers take: an object, or a name that Keras knows.
InitializerLike: TypeAlias = str | keras.initializers.Initializer
INITIALIZERS = (
    "xavier",
    "normal",
    "xavier_uniform",
    "kaiming",
    "orthogonal",
    "xavier_unless_spectral",
    "none",
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class XavierUnlessSpectral(keras.initializers.VarianceScaling):
    """Xavier normal, but uniform for spectrally normalized kernels.

    Those are drawn from `+-1 / sqrt(fan_in)`, as in the official training of
    SC-GAN, whose own initialization misses them in discriminator and encoder.
    It matters: the scale of a kernel that is divided by sigma sets its
    effective learning rate.

    Args:
        gain: float > 0. Factor of Xavier's deviation. Defaults to `0.02`.
        seed: int or `None`. Seed of the values. Defaults to `None`.
    """

    def __init__(self, gain: float = 0.02, seed: int | None = None):
        super().__init__(gain**2, "fan_avg", "untruncated_normal", seed)
        self.gain = gain

    @property
    def if_spectral(self) -> keras.initializers.Initializer:
        """What a layer under spectral normalization takes instead."""
        return kernel_initializer("none")

    def get_config(self):
        return {"gain": self.gain, "seed": super().get_config()["seed"]}


def kernel_initializer(
    name: str = "xavier", gain: float = 0.02
) -> keras.initializers.Initializer:
    """Returns a fresh, unseeded kernel initializer.

    Keras's own `GlorotNormal` is truncated; the ones here are not. Every
    layer needs an instance of its own: one instance called twice with the same
    shape returns the same values.

    Args:
        name: str. `"xavier"` (normal, standard deviation
            `gain * sqrt(2 / (fan_in + fan_out))`), `"normal"` (standard
            deviation `gain`), `"xavier_uniform"` (Glorot uniform; `gain` is
            ignored), `"kaiming"` (He normal; `gain` is ignored),
            `"orthogonal"` (times `gain`), `"xavier_unless_spectral"` (`"none"`
            for spectrally normalized kernels) or `"none"` (uniform in
            `+-1 / sqrt(fan_in)`). Defaults to `"xavier"`.
        gain: float > 0. Defaults to `0.02`.

    Returns:
        A `keras.initializers.Initializer`.

    Raises:
        ValueError: If `name` is unknown or `gain` is not positive.
    """
    check_positive(gain=gain)
    scaling = keras.initializers.VarianceScaling
    if name == "xavier":
        return scaling(gain**2, "fan_avg", "untruncated_normal")
    if name == "normal":
        return keras.initializers.RandomNormal(stddev=gain)
    if name == "xavier_uniform":
        return scaling(1.0, "fan_avg", "uniform")
    if name == "kaiming":
        return scaling(2.0, "fan_in", "untruncated_normal")
    if name == "orthogonal":
        return keras.initializers.Orthogonal(gain=gain)
    if name == "xavier_unless_spectral":
        return XavierUnlessSpectral(gain)
    if name == "none":
        return scaling(1.0 / 3.0, "fan_in", "uniform")
    raise ValueError(
        f"`initializer` must be one of {INITIALIZERS}. "
        f"Received: initializer={name!r}."
    )


def clone_initializer(
    initializer: keras.initializers.Initializer,
) -> keras.initializers.Initializer:
    """Returns a new instance that draws its own values."""
    return type(initializer).from_config(initializer.get_config())
