"""Which strategy a run has."""

import os

import keras

from keras_semsynth import backend
from keras_semsynth.training.strategies.cluster import ClusterError
from keras_semsynth.training.strategies.cluster import meet
from keras_semsynth.training.strategies.cluster import read_tf_config
from keras_semsynth.training.strategies.data_parallel import DataParallel
from keras_semsynth.training.strategies.mirrored import Mirrored
from keras_semsynth.training.strategies.multi_worker import MultiWorker
from keras_semsynth.training.strategies.strategy import Strategy
from keras_semsynth.training.strategies.torch_ranks import TorchRanks

STRATEGIES = ("auto", "one", "mirrored", "multiworker", "data_parallel")
# Which backends have which.
_BACKENDS = {
    "mirrored": ("tensorflow",),
    "multiworker": ("tensorflow",),
    "data_parallel": ("jax", "torch"),
}
# Far more than trying a strategy takes.
MOST_LOGICAL_DEVICES = 64
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


def open_strategy(
    name: str = "auto",
    batch_size: int = 1,
    logical_devices: int = 0,
    precision: str = "float32",
    cluster_seconds: float = 120.0,
    jit_compile: bool | str = "auto",
) -> Strategy:
    """Finds the devices of a run; before anything else touches one.

    Args:
        name: str. `"one"` device; `"mirrored"`, `"multiworker"` or
            `"data_parallel"`, see `experiments.RunSettings`; or `"auto"`:
            with other processes where the environment names them, else on as
            many devices of this machine as can share the batch equally.
            Defaults to `"auto"`.
        batch_size: int. Images in a global batch. Defaults to `1`.
        logical_devices: int. Parts of the CPU that count as devices; `0` for
            none. Defaults to `0`.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"` or
            `"mixed_bfloat16"`. Defaults to `"float32"`.
        cluster_seconds: float. How long other workers are waited for.
            Defaults to `120`.
        jit_compile: bool or `"auto"`. Whether XLA shall compile the step.
            Defaults to `"auto"`.

    Returns:
        `Strategy`.

    Raises:
        ValueError: If there is no such strategy or precision, the backend
            does not have it, its devices cannot share the batch equally, or
            workers are missing.
        RuntimeError: If the backend was used before with other devices.
    """
    for argument, value, allowed in (
        ("strategy", name, STRATEGIES),
        ("precision", precision, PRECISIONS),
    ):
        if value not in allowed:
            raise ValueError(
                f"`{argument}` must be one of {allowed}. "
                f"Received: {argument}={value!r}."
            )
    engine = keras.backend.backend()
    if engine not in _BACKENDS.get(name, (engine,)):
        fitting = " or ".join(_BACKENDS[name])
        raise ValueError(
            f"`strategy={name}` needs another backend than {engine}: set "
            f"KERAS_BACKEND={fitting}, or use `strategy=auto`."
        )
    if logical_devices and (
        name in ("one", "multiworker") or engine == "torch"
    ):
        raise ValueError(
            f"`logical_devices={logical_devices}` are for `strategy=mirrored` "
            "or `auto` on TensorFlow, and `data_parallel` or `auto` on JAX: "
            "use one of them or leave it out."
        )
    if logical_devices > MOST_LOGICAL_DEVICES:
        raise ValueError(
            f"`logical_devices` must be at most {MOST_LOGICAL_DEVICES}, "
            "since each has a copy of the networks in the memory of this "
            f"machine. Received: logical_devices={logical_devices}."
        )
    keras.config.set_dtype_policy(precision)
    make = {
        "tensorflow": _of_tensorflow,
        "jax": _of_jax,
        "torch": _of_torch,
    }[engine]
    strategy = make(name, batch_size, logical_devices, cluster_seconds)
    check_batch_size(batch_size, strategy.num_replicas)
    if jit_compile is True and isinstance(strategy, (Mirrored, MultiWorker)):
        raise ValueError(
            "`jit_compile=true` does not work with TensorFlow on "
            f"{strategy.num_replicas} replicas: leave it out, use "
            "`strategy=one`, or KERAS_BACKEND=jax, which compiles the step for "
            "all devices."
        )
    return strategy


def _of_tensorflow(name, batch_size, logical_devices, seconds):
    _prepare_tensorflow(True, logical_devices)
    config = os.environ.get("TF_CONFIG")
    if name == "multiworker" and not config:
        raise ClusterError(
            "`strategy=multiworker` needs the environment variable TF_CONFIG, "
            "which names the addresses of all workers: set it, or use "
            "`strategy=auto` for the devices of this machine."
        )
    if config and name in ("auto", "multiworker"):
        cluster = read_tf_config(config)
        if name == "multiworker" or len(cluster.addresses) > 1:
            meet(cluster, seconds)
            return MultiWorker(batch_size, cluster)
    devices = visible_devices(logical_devices)
    chosen, remark = share(name, batch_size, devices)
    if name == "mirrored" or len(chosen) > 1:
        return Mirrored(batch_size, chosen, remark)
    return Strategy(batch_size, chosen, remark)


def _of_jax(name, batch_size, logical_devices, seconds):
    from keras_semsynth.backend import jax_processes

    _prepare_tensorflow(False, 0)
    if logical_devices:
        try:
            jax_processes.set_cpu_devices(logical_devices)
        except RuntimeError as error:
            raise _too_late(len(jax_processes.devices())) from error
    processes = os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES")
    if processes and name != "one":
        _join_jax(seconds)
        return DataParallel(batch_size, jax_processes.devices())
    devices = jax_processes.devices()
    chosen, remark = share(name, batch_size, devices)
    if name == "data_parallel" or len(chosen) > 1:
        return DataParallel(batch_size, chosen, remark)
    return Strategy(batch_size, [d.platform for d in chosen], remark)


def _of_torch(name, batch_size, logical_devices, seconds):
    del logical_devices, seconds
    _prepare_tensorflow(False, 0)
    ranks = int(os.environ.get("WORLD_SIZE", 1))
    if name == "data_parallel" and "WORLD_SIZE" not in os.environ:
        raise ClusterError(
            "`strategy=data_parallel` on PyTorch needs `torchrun`, which "
            "starts a process for each device: `torchrun --nproc-per-node=2 "
            "train.py ...`."
        )
    if name == "data_parallel" or (name == "auto" and ranks > 1):
        return TorchRanks(batch_size)
    return Strategy(batch_size, backend.device_names()[:1])


def share(name: str, batch_size: int, devices: list) -> tuple[list, str]:
    """Chooses devices of this machine that share a batch.

    Args:
        name: str. As of `open_strategy`.
        batch_size: int. Images in a global batch.
        devices: list. Devices that there are.

    Returns:
        `(devices, remark)`, the latter on those that are left out.
    """
    visible = len(devices)
    if name == "one":
        count = 1
        remark = f" of {visible} (strategy=one)" if visible > 1 else ""
    elif name == "auto":
        count = sharing(batch_size, visible)
        remark = ""
        if count < visible:
            remark = (
                f" of {visible}: all {visible} cannot share a batch of "
                f"{batch_size} equally"
            )
    else:
        count, remark = visible, ""
        check_batch_size(batch_size, count)
    return devices[:count], remark


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
            "`strategy=auto` for as many devices as can share it."
        )


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
            raise _too_late(existing) from error


def visible_devices(logical_devices: int) -> list[str]:
    """Returns what TensorFlow could train on.

    Args:
        logical_devices: int. As of `open_strategy`.

    Returns:
        list of names, at least one.
    """
    import tensorflow as tf

    if logical_devices:
        return [f"/CPU:{index}" for index in range(logical_devices)]
    gpus = tf.config.list_logical_devices("GPU")
    return [f"/GPU:{index}" for index in range(len(gpus))] or ["/CPU:0"]


def _too_late(existing):
    return RuntimeError(
        "Logical devices must be created before the backend is used; "
        f"there are {existing} CPU devices already."
    )


def _join_jax(seconds):
    """Joins the processes that Keras's environment variables name."""
    from keras_semsynth.backend import jax_processes

    names = [
        f"KERAS_DISTRIBUTION_{name}"
        for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
    ]
    addresses, count, index = (os.environ.get(name, "") for name in names)
    if not (
        addresses
        and count.isdigit()
        and index.isdigit()
        and int(index) < int(count)
    ):
        raise ClusterError(
            f"{', '.join(names[:2])} and {names[2]} must be the address "
            "`host:port` of process 0, the number of processes, and the number "
            "of this one, from 0. Received: "
            f"{addresses!r}, {count!r}, {index!r}."
        )
    try:
        jax_processes.join(
            addresses.split(",")[0], int(count), int(index), seconds
        )
    except RuntimeError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ClusterError(
            f"Not all of the {count} processes joined within {seconds:.0f} "
            f"seconds ({reason}): start each with its own {names[2]}, see that "
            f"{addresses.split(',')[0]} can be reached, or raise "
            "`cluster_seconds`."
        ) from error
    found = jax_processes.process()[1]
    if found != int(count):
        raise ClusterError(
            f"{names[1]}={count}, but JAX found {found} "
            "processes: start all with the same variables, before anything "
            "else uses JAX."
        )
