"""The normalizations of the family, behind one name each."""

import keras

from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.instance_normalization import InstanceNormalization

NORMALIZATIONS = ("instance", "batch", "sync_batch", "none")


def make_normalization(
    normalization: str,
    channels: int,
    affine: bool = True,
    gamma_initializer: InitializerLike | None = None,
    **kwargs,
) -> keras.layers.Layer | None:
    """Returns a normalization, built, or `None`.

    Args:
        normalization: `"instance"` (no parameters), `"batch"`, `"sync_batch"`,
            or `"none"`.
        channels: int. Channels of what is normalized.
        affine: bool. Whether batch normalization has a learned scale and
            offset. Without, something else modulates. Defaults to `True`.
        gamma_initializer: Keras initializer of the scale. Defaults to `None`:
            drawn around 1 with deviation 0.02.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Raises:
        ValueError: If `normalization` is unknown.
    """
    if normalization == "none":
        return None
    if normalization == "instance":
        layer = InstanceNormalization(**kwargs)
    elif normalization in ("batch", "sync_batch"):
        layer = BatchNormalization(
            center=affine,
            scale=affine,
            synchronized=normalization == "sync_batch",
            gamma_initializer=gamma_initializer
            or keras.initializers.RandomNormal(1.0, 0.02),
            **kwargs,
        )
    else:
        raise ValueError(
            f"`normalization` must be one of {NORMALIZATIONS}. "
            f"Received: normalization={normalization!r}."
        )
    layer.build((None, None, None, channels))
    return layer


def conditional_scale(normalization: str) -> str | None:
    """Returns the `gamma_initializer` of CC-FPSE's batch normalizations.

    Its official code makes the synchronized ones with a scale of exactly 1
    and redraws those of single devices around 1, as other models redraw all.

    Args:
        normalization: As for `make_normalization`.
    """
    return "ones" if normalization == "sync_batch" else None
