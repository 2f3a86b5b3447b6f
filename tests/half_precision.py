"""Which half precisions can be trained in on this machine."""

import functools

import keras


@functools.cache
def trains_in(policy):
    """Whether a convolution with one filter can be differentiated.

    PyTorch cannot do so in bfloat16 on CPUs without AVX-512. The reason is
    printed.
    """
    if keras.backend.backend() != "torch":
        return True
    layer = keras.layers.Conv2D(1, 3, dtype=policy)
    try:
        layer(keras.ops.ones((1, 4, 4, 2))).sum().backward()
    except RuntimeError as error:
        print(f"SKIPPED training in {policy}, on this CPU: {error}")
        return False
    return True
