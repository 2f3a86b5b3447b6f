"""Which program a network is, of those that make the same image."""

import contextlib

import pytest


@contextlib.contextmanager
def inference(network):
    """Lets a network be what it is where images alone are wanted.

    Every different patch of a layout is computed once, however many there are.
    """
    from keras_semsynth import backend

    reads_labels = getattr(network, "blocks_read_labels", False)
    with pytest.MonkeyPatch.context() as patch, backend.inference():
        if reads_labels:
            patch.setattr(network, "deduplicate", True)
        yield


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
