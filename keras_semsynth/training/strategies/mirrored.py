import contextlib
from collections.abc import Sequence
from typing import Any

from keras_semsynth.training.strategies.strategy import Strategy


class Mirrored(Strategy):
    """Devices of one machine under TensorFlow's MirroredStrategy.

    Args:
        batch_size: As for `Strategy`.
        devices: As for `Strategy`.
        remark: As for `Strategy`. Defaults to `""`.
    """

    def __init__(
        self, batch_size: int, devices: Sequence[str], remark: str = ""
    ):
        super().__init__(batch_size, devices, remark)
        import tensorflow as tf

        self._strategy = tf.distribute.MirroredStrategy(list(devices))

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        return self._strategy.scope()
