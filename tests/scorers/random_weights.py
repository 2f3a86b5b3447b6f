"""Small segmentation networks with weights that are not zero."""

import numpy as np

from keras_semsynth import checkpoints


def official_state(network, seed=0):
    """Random official state dict of a network, as complete as a real one."""
    network.build()
    random = np.random.default_rng(seed)
    state = {}
    for key, value in checkpoints.to_official(network).items():
        z = random.standard_normal(value.shape)
        if key == "up.weight":
            z = value  # fixed
        elif key.endswith("num_batches_tracked"):
            z = np.zeros(value.shape)
        elif key.endswith("running_var"):
            z = 0.5 * np.abs(z) + 0.5
        elif value.ndim == 4:
            z = z * np.sqrt(2 / np.prod(value.shape[1:]))
        elif key.endswith("weight"):
            z = 0.5 + 0.1 * z  # residual networks stay in range
        else:
            z = 0.1 * z
        state[key] = z.astype(value.dtype)
    return state


def image(size=(48, 64), batch=2, seed=0):
    """uint8 RGB images: noise of 8 by 8 cells, so that classes differ."""
    random = np.random.default_rng(seed)
    cells = random.integers(0, 256, (batch, *(-(-n // 8) for n in size), 3))
    large = np.repeat(np.repeat(cells, 8, axis=1), 8, axis=2)
    return large[:, : size[0], : size[1]].astype("uint8")
