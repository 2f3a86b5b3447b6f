"""Settings of the tests of objectives."""

import warnings

import keras
import pytest


@pytest.fixture(autouse=True)
def without_graphs(request):
    """Makes steps without graphs: to trace one takes longer than some steps.

    Those of tests marked `graph` are made with graphs, as are those of the
    trainer, of the commands and of README.
    """
    graph = request.node.get_closest_marker("graph")
    if graph or keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        # That datasets remain graphs, which is as it should be.
        warnings.filterwarnings("ignore", message="Even though the `tf.config")
        yield
    tf.config.run_functions_eagerly(False)
