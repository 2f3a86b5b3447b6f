"""A features network as small as it can be."""

import keras


def tiny_trunk(num_levels=3, channels=3):
    """Returns an untrained one: level `k` has cells of `2 ** (k + 1)` pixels.

    Args:
        num_levels: int. Levels of features. Defaults to `3`.
        channels: int. Channels of the image. Defaults to `3`.
    """
    image = x = keras.Input((None, None, channels))
    levels = []
    for i in range(num_levels):
        x = keras.layers.Conv2D(
            3 + i,
            3,
            strides=2,
            padding="same",
            activation="tanh",
            data_format="channels_last",
            kernel_initializer=keras.initializers.GlorotUniform(seed=i),
        )(x)
        levels.append(x)
    return keras.Model(image, levels)
