"""Breaks the numbers of a run in mid-training."""

import contextlib
from unittest import mock

import numpy as np

from keras_semsynth.training import Progress


@contextlib.contextmanager
def poisoned(find, step):
    """Breaks a variable in the update of a step, after its loss was taken."""
    count = Progress.on_train_batch_end

    def poison(progress, batch, logs=None):
        count(progress, batch, logs)
        if progress.step == step:
            # `model`: on JAX the access brings the state into the model.
            variable = find(progress.model)
            variable.assign(np.full(variable.shape, np.nan))

    with mock.patch.object(Progress, "on_train_batch_end", poison):
        yield
