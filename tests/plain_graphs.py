"""How TensorFlow treats the graphs of tests, in every process of theirs."""

import keras


def leave_graphs_as_they_are():
    """Does not optimize graphs that run a few times: it takes longer.

    Optimized ones round otherwise, so processes that are compared must agree.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": True}
        )
