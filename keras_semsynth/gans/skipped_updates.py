import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor


class SkippedUpdates(keras.metrics.Metric):
    """Counts updates that loss scaling has skipped since the last one it made.

    Args:
        **kwargs: Base metric arguments such as `name`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # The same on all replicas.
        self.in_a_row = self.add_variable(
            (), "zeros", aggregation="mean", name="in_a_row"
        )

    def update_state(self, is_made: Tensor) -> None:
        """Takes note of an update.

        Args:
            is_made: Scalar bool tensor. Whether it was made.
        """
        self.in_a_row.assign(
            ops.where(is_made, 0.0, ops.convert_to_tensor(self.in_a_row) + 1.0)
        )

    def result(self) -> Tensor:
        return ops.convert_to_tensor(self.in_a_row)
