"""Devices and precision of a run."""

import contextlib
import os

import keras

STRATEGIES = ("none", "mirrored")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


class Strategy:
    """Where training runs; create it before anything else touches a device.

    Args:
        name: `"none"` for one device, or `"mirrored"` for TensorFlow's
            MirroredStrategy over all GPUs or, with `logical_devices`, over
            parts of the CPU. Defaults to `"none"`.
        logical_devices: int. Number of logical CPU devices to create, for
            trying a strategy without GPUs; `0` creates none.
            Defaults to `0`.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"` or
            `"mixed_bfloat16"`. Defaults to `"float32"`.
    """

    def __init__(
        self,
        name: str = "none",
        logical_devices: int = 0,
        precision: str = "float32",
    ):
        if name not in STRATEGIES:
            raise ValueError(
                f"`name` must be one of {STRATEGIES}. Received: name={name!r}."
            )
        if precision not in PRECISIONS:
            raise ValueError(
                f"`precision` must be one of {PRECISIONS}. "
                f"Received: precision={precision!r}."
            )
        backend = keras.backend.backend()
        if name == "mirrored" and backend != "tensorflow":
            raise ValueError(
                "`strategy=mirrored` needs the TensorFlow backend, but the "
                f"backend is {backend}: set KERAS_BACKEND=tensorflow or use "
                "`strategy=none`."
            )
        if logical_devices and name == "none":
            raise ValueError(
                f"`logical_devices={logical_devices}` has no use with "
                "`strategy=none`: use `strategy=mirrored` or leave it out."
            )
        self.name = name
        self.logical_devices = logical_devices
        self.precision = precision
        _prepare_tensorflow(backend, logical_devices)
        keras.config.set_dtype_policy(precision)
        self._strategy = _mirrored(logical_devices) if name != "none" else None

    @property
    def num_replicas(self) -> int:
        """Copies of the model that share a global batch."""
        if self._strategy is None:
            return 1
        return self._strategy.num_replicas_in_sync

    def scope(self) -> contextlib.AbstractContextManager:
        """Context in which networks and optimizers must be created."""
        if self._strategy is None:
            return contextlib.nullcontext()
        return self._strategy.scope()

    def check_batch_size(self, batch_size: int) -> None:
        """Raises `ValueError` if a global batch cannot be shared equally.

        Args:
            batch_size: int. Images in a global batch.
        """
        if batch_size % self.num_replicas:
            lower = batch_size // self.num_replicas * self.num_replicas
            raise ValueError(
                f"`batch_size={batch_size}` cannot be shared equally by "
                f"{self.num_replicas} replicas: use "
                f"{lower or self.num_replicas}, "
                f"{lower + self.num_replicas} or another multiple of "
                f"{self.num_replicas}."
            )


def _prepare_tensorflow(backend, logical_devices):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    try:
        if backend != "tensorflow":
            # TensorFlow only reads data then: leave the GPU to the backend.
            tf.config.set_visible_devices([], "GPU")
        if logical_devices:
            tf.config.set_visible_devices([], "GPU")
            cpu = tf.config.list_physical_devices("CPU")[0]
            tf.config.set_logical_device_configuration(
                cpu,
                [tf.config.LogicalDeviceConfiguration()] * logical_devices,
            )
    except RuntimeError as error:
        existing = len(tf.config.list_logical_devices("CPU"))
        if logical_devices and existing != logical_devices:
            raise RuntimeError(
                "Logical devices must be created before TensorFlow is used; "
                f"there are {existing} CPU devices already."
            ) from error


def _mirrored(logical_devices):
    import tensorflow as tf

    if logical_devices:
        devices = [f"/cpu:{index}" for index in range(logical_devices)]
        return tf.distribute.MirroredStrategy(devices)
    return tf.distribute.MirroredStrategy()
