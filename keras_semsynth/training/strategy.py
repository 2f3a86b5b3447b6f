"""Devices and precision of a run."""

import contextlib
import os
from typing import Any

import keras

from keras_semsynth import backend

STRATEGIES = ("auto", "none", "mirrored")
# Far more than trying a strategy takes.
MOST_LOGICAL_DEVICES = 64
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


class Strategy:
    """Where training runs; create it before anything else touches a device.

    As a str it is the sentence that is printed.

    Args:
        name: `"none"` for one device; `"mirrored"` for TensorFlow's
            MirroredStrategy over all visible GPUs or, with `logical_devices`,
            over parts of the CPU; `"auto"` for the latter where there is more
            than one device and the backend is TensorFlow, over as many as can
            share the batch equally, else for one device. Defaults to `"auto"`.
        batch_size: int. Images in a global batch. Defaults to `1`.
        logical_devices: int. Number of logical CPU devices to create, for
            trying a strategy without GPUs; `0` creates none.
            Defaults to `0`.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"` or
            `"mixed_bfloat16"`. Defaults to `"float32"`.

    Raises:
        ValueError: If there is no such strategy or precision, the backend
            cannot do it, or its devices cannot share the batch equally.
        RuntimeError: If TensorFlow was used before with other devices.
    """

    def __init__(
        self,
        name: str = "auto",
        batch_size: int = 1,
        logical_devices: int = 0,
        precision: str = "float32",
    ):
        for argument, value, allowed in (
            ("strategy", name, STRATEGIES),
            ("precision", precision, PRECISIONS),
        ):
            if value not in allowed:
                raise ValueError(
                    f"`{argument}` must be one of {allowed}. "
                    f"Received: {argument}={value!r}."
                )
        is_tensorflow = keras.backend.backend() == "tensorflow"
        if name == "mirrored" and not is_tensorflow:
            raise ValueError(
                "`strategy=mirrored` needs the TensorFlow backend, but the "
                f"backend is {keras.backend.backend()}: set "
                "KERAS_BACKEND=tensorflow or use `strategy=none`."
            )
        if logical_devices and (name == "none" or not is_tensorflow):
            raise ValueError(
                f"`logical_devices={logical_devices}` has no use without "
                "`strategy=mirrored` or `strategy=auto` on TensorFlow: use one "
                "of them or leave it out."
            )
        if logical_devices > MOST_LOGICAL_DEVICES:
            raise ValueError(
                f"`logical_devices` must be at most {MOST_LOGICAL_DEVICES}, "
                "since each has a copy of the networks in the memory of this "
                f"machine. Received: logical_devices={logical_devices}."
            )
        self.name = name
        self.batch_size = batch_size
        _prepare_tensorflow(is_tensorflow, logical_devices)
        keras.config.set_dtype_policy(precision)
        self.devices = _visible_devices(is_tensorflow, logical_devices)
        count = 1
        if name == "mirrored":
            count = len(self.devices)
            check_batch_size(batch_size, count)
        elif name == "auto":
            count = sharing(batch_size, len(self.devices))
        self.num_replicas = count
        self._strategy = None
        if name == "mirrored" or count > 1:
            self._strategy = _mirrored(self.devices[:count])

    @property
    def images_per_replica(self) -> int:
        """Images of a global batch that each replica sees."""
        return self.batch_size // self.num_replicas

    def __str__(self) -> str:
        count, visible = self.num_replicas, len(self.devices)
        kind = "CPU" if "cpu" in self.devices[0].lower() else "GPU"
        images = _plural(self.images_per_replica, "image")
        if count == 1:
            text = f"1 replica, {images} a step, on one {kind}"
        else:
            text = f"{count} replicas, {images} a step each, on {count} {kind}s"
        if count == visible:
            return f"{text}."
        if self.name == "none":
            return f"{text} of {visible} (strategy=none)."
        return (
            f"{text} of {visible}: all {visible} cannot share a batch of "
            f"{self.batch_size} equally."
        )

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Context in which networks and optimizers must be created."""
        if self._strategy is None:
            return contextlib.nullcontext()
        return self._strategy.scope()


def sharing(batch_size: int, devices: int) -> int:
    """Returns how many devices can share a batch equally.

    Args:
        batch_size: int. Images in a global batch.
        devices: int. Devices that there are.

    Returns:
        int, the most of them that divide the batch.
    """
    return max(n for n in range(1, devices + 1) if batch_size % n == 0)


def check_batch_size(batch_size: int, replicas: int) -> None:
    """Raises `ValueError` if a global batch cannot be shared equally.

    Args:
        batch_size: int. Images in a global batch.
        replicas: int. Copies of the model that share it.

    Raises:
        ValueError: If they cannot.
    """
    if batch_size % replicas:
        lower = batch_size // replicas * replicas
        raise ValueError(
            f"`batch_size={batch_size}` cannot be shared equally by "
            f"{replicas} replicas: use {lower or replicas}, "
            f"{lower + replicas} or another multiple of {replicas}, or "
            "`strategy=auto` for as many replicas as can share it."
        )


def _plural(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _prepare_tensorflow(trains, logical_devices):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    try:
        if not trains:
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


def _visible_devices(is_tensorflow, logical_devices):
    """Names of the devices that could train, at least one."""
    if not is_tensorflow:
        return backend.device_names()[:1]
    import tensorflow as tf

    if logical_devices:
        return [f"/CPU:{index}" for index in range(logical_devices)]
    gpus = tf.config.list_logical_devices("GPU")
    return [f"/GPU:{index}" for index in range(len(gpus))] or ["/CPU:0"]


def _mirrored(devices):
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(devices)
