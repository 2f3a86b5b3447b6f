"""How a run is trained, watched and saved."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.experiments.features_network import Features
from keras_semsynth.layers.arguments import check_not_negative
from keras_semsynth.layers.arguments import check_seed


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """What a run needs besides its data, networks, objective and optimizers.

    Args:
        run_dir: str or `None`. Folder of the run: checkpoints, logs, samples,
            result. Training needs one. Defaults to `None`.
        batch_size: int. Images a generator step sees, over all replicas
            together. Defaults to `1`.
        epochs: int. Epochs of the whole run. May be raised later to extend
            a run. Defaults to `50`.
        steps_per_epoch: int or `None`. Training steps in an epoch. Unset: as
            many as the dataset has batches. Defaults to `None`.
        seed: int. Seed of weights, noise, data order and flips.
            Defaults to `0`.
        perceptual: str or `None`. What the perceptual loss compares images
            by: `"imagenet"` or `"vgg19"` for the VGG19 of the papers,
            `"vgg16"`, or `"efficientnet_lite0"` for a small network, whose
            public file of weights is fetched once into Keras' cache, unless
            the folder that the environment variable `SEMSYNTH_WEIGHTS` names
            has it; a file of such weights that you have; a scorer of
            `semsynth train_scorer` (`.keras`), or `"landscapes"` for the one
            of the package; or `"off"` to train without the loss. Unset: the
            first name of a VGG19 file in the folder of `SEMSYNTH_WEIGHTS`.
            Nothing is left out silently. Defaults to `None`.
        ema_refresh: int. Training batches on which the batch statistics of
            the averaged generator are estimated anew at every epoch end; `0`
            leaves them (OASIS: 51). Defaults to `0`.
        init_from: str or `None`. Weights that a new run starts from: a run
            directory (all its networks), or a generator's `.keras` or
            `.weights.h5` file. Classes are matched by their names, or by
            their ids where there are none. A run that goes on keeps its own
            weights. Defaults to `None`: new weights.
        strategy: `"one"` trains on one device. `"mirrored"` has copies of the
            networks on all visible GPUs, each with its part of the batch
            (TensorFlow), `"multiworker"` on those of all processes that
            `TF_CONFIG` names (TensorFlow). `"data_parallel"` takes all devices
            of JAX, also of several processes, or the processes that `torchrun`
            has started (PyTorch). `"auto"` trains with other processes where
            the environment names some, else on as many GPUs as can share the
            batch equally. Defaults to `"auto"`.
        logical_devices: int. Parts of the CPU that count as devices, to try
            several without GPUs; `0` for none. Defaults to `0`.
        cluster_seconds: float. How long a start waits for other processes.
            Defaults to `120.0`.
        precision: str. Numbers to compute in. Defaults to `"float32"`.
        cache: `"auto"` keeps decoded samples in memory if they need less than
            1 GiB; `"on"` and `"off"` decide it. Defaults to `"auto"`.
        dry_run: bool. Whether to say only what training would take: after two
            steps, without a file. Defaults to `False`.
        resume: `"auto"` continues the run in `run_dir` if there is one,
            `"never"` refuses a folder that holds a run, `"must"` one that
            holds none. `"changed"` continues a run with other settings than
            it had, as long as its networks stay as they are (learning rate,
            batch size, weights of loss terms, precision, more data...).
            Defaults to `"auto"`.
        checkpoint_steps: int. Steps between two checkpoints, besides those at
            epoch ends; `0` for none. Defaults to `0`.
        checkpoint_minutes: float. Minutes between two checkpoints, besides
            those; `0` for none. Defaults to `15.0`.
        keep_checkpoints: int. Newest checkpoints that are kept.
            Defaults to `2`.
        sample_steps: int. Steps between two sample grids, besides those at
            epoch ends; `0` for none. Defaults to `0`.
        sample_epochs: int. Epochs between two sample grids. Defaults to `1`.
        sample_count: int. Held-out layouts in a sample grid. Defaults to `8`.
        epoch_end_share: float in `[0, 1]`. Most of the training time that the
            work at epoch ends may take (sample grid, averaged statistics,
            checkpoint): with few images, ends are left out until enough time
            has passed.
            The first of a start and the last of the run always count. `0`
            works at every epoch end. Defaults to `0.1`.
        log_steps: int. Steps between two rows of the logs, besides those at
            epoch ends; `0` for none. Defaults to `50`.
        tensorboard: bool. Whether to write TensorBoard event files.
            Defaults to `True`.
        tracker: Sequence of str. Trackers that get numbers and sample grids:
            `"wandb"` (Weights & Biases), `"mlflow"`. Each needs the extra of
            its name. Defaults to none.
        progress_seconds: float. Seconds between two progress lines when the
            output is no terminal. Defaults to `30.0`.

    Raises:
        ValueError: If a number is out of range.
    """

    run_dir: str | os.PathLike | None = None
    batch_size: int = 1
    epochs: int = 50
    steps_per_epoch: int | None = None
    seed: int = 0
    perceptual: Literal["off"] | Features | None = None
    ema_refresh: int = 0
    init_from: str | os.PathLike | None = None
    strategy: Literal[
        "auto", "one", "mirrored", "multiworker", "data_parallel"
    ] = "auto"
    logical_devices: int = 0
    cluster_seconds: float = 120.0
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    cache: Literal["auto", "on", "off"] = "auto"
    dry_run: bool = False
    resume: Literal["auto", "never", "must", "changed"] = "auto"
    checkpoint_steps: int = 0
    checkpoint_minutes: float = 15.0
    keep_checkpoints: int = 2
    sample_steps: int = 0
    sample_epochs: int = 1
    sample_count: int = 8
    epoch_end_share: float = 0.1
    log_steps: int = 50
    tensorboard: bool = True
    tracker: Sequence[str] = ()
    progress_seconds: float = 30.0

    def __post_init__(self):
        for least, names in (
            (
                1,
                (
                    "batch_size",
                    "epochs",
                    "steps_per_epoch",
                    "keep_checkpoints",
                    "sample_epochs",
                    "sample_count",
                ),
            ),
            (
                0,
                (
                    "ema_refresh",
                    "logical_devices",
                    "checkpoint_steps",
                    "sample_steps",
                    "log_steps",
                ),
            ),
        ):
            for name in names:
                value = getattr(self, name)
                if value is not None and value < least:
                    raise ValueError(
                        f"`{name}` must be at least {least}. "
                        f"Received: {name}={value}."
                    )
        check_seed(seed=self.seed)
        check_not_negative(
            checkpoint_minutes=self.checkpoint_minutes,
            progress_seconds=self.progress_seconds,
        )
        # More than all the time between would leave out nearly every end.
        if not 0 <= self.epoch_end_share <= 1:
            raise ValueError(
                "`epoch_end_share` must be between 0 and 1. "
                f"Received: epoch_end_share={self.epoch_end_share}."
            )
