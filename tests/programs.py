"""Which program a network is, of those that make the same image."""

import keras
import pytest


def run_inference(network, call, inputs):
    """Calls a network as it is where images alone are wanted.

    Every different patch of a layout is computed once, however many there are.

    Args:
        network: Network or layer.
        call: Callable `(network, inputs, training)`.
        inputs: dict, name -> float array.

    Returns:
        What `call` returns, as NumPy arrays.
    """
    from keras_semsynth import backend

    inputs = {
        name: keras.ops.convert_to_tensor(value)
        for name, value in inputs.items()
    }
    with pytest.MonkeyPatch.context() as patch, backend.inference():
        if getattr(network, "blocks_read_labels", False):
            patch.setattr(network, "deduplicate", True)
        outputs = call(network, inputs, False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def deduplicate(always, patch):
    """Sets `deduplicate` of all generators, whatever they were made with.

    Args:
        always: bool. Whether patches are computed once, or every pixel is.
        patch: `pytest.MonkeyPatch`.
    """
    from keras_semsynth.generators import label_modulated_generator

    made = label_modulated_generator.LabelModulatedGenerator
    find = made.layout_levels

    def layout_levels(self, *args, **kwargs):
        self.deduplicate = always
        return find(self, *args, **kwargs)

    patch.setattr(made, "layout_levels", layout_levels)
