import math
from collections.abc import MutableMapping
from collections.abc import Sequence
from typing import Any
from typing import Literal

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.gans import two_player_step
from keras_semsynth.gans.adam_pair import AdamPair
from keras_semsynth.gans.augmenter import ADAPTED
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.late_logs import LateCallbackList
from keras_semsynth.gans.optimizer_group import OptimizerGroup
from keras_semsynth.gans.skipped_updates import SkippedUpdates
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.label_conv2d import IMPLEMENTATIONS
from keras_semsynth.layers.label_conv2d import label_convolutions
from keras_semsynth.layers.precision import full_precision


def check_step(
    clip_norm: float | None = None,
    micro_batches: int = 1,
    replica_statistics: str = "global",
    label_convolution: str = "auto",
) -> None:
    """Raises `ValueError` if a step cannot be like this; see `compile`."""
    if clip_norm is not None and not 0 < clip_norm < math.inf:
        raise ValueError(
            "`clip_norm` must be positive and finite, or None for no clipping. "
            f"Received: clip_norm={clip_norm}."
        )
    check_at_least(1, micro_batches=micro_batches)
    check_choice(
        backend.REPLICA_STATISTICS, replica_statistics=replica_statistics
    )
    check_choice(IMPLEMENTATIONS, label_convolution=label_convolution)
    if replica_statistics == "paper" and keras.backend.backend() == "jax":
        raise ValueError(
            "`replica_statistics=paper` does not exist on JAX, where arrays "
            "are global and so is all that is counted: use `global`, or "
            "TensorFlow or PyTorch."
        )


class TwoPlayerModel(backend.TwoPlayerTrainer, keras.Model):
    """What Keras needs of a model with two optimizers and random state.

    Compiling, the steps, the log, stopping at a broken loss, and saving
    everything that a resumed run depends on. `SemanticGAN` adds the networks
    and the terms, and what `two_player_step` asks for.

    Args:
        **kwargs: Base model arguments such as `name` and `dtype`.
    """

    # Of the paper's Adam with two time scales, and with one.
    beta_2 = 0.9
    plain_betas = (0.5, 0.999)

    def __init__(self, **kwargs):
        # Ids must not be cast to the compute dtype: bfloat16 holds 0 ... 256.
        super().__init__(autocast=False, **kwargs)

    def compile(
        self,
        optimizers: AdamPair | tuple | None = None,
        clip_norm: float | None = None,
        micro_batches: int = 1,
        replica_statistics: Literal["global", "paper"] = "global",
        label_convolution: Literal["auto", "lookup", "one_hot"] = "auto",
        jit_compile: bool | Literal["auto"] = "auto",
        **kwargs,
    ) -> None:
        """Sets the two optimizers; by default the paper's Adam.

        Args:
            optimizers: `AdamPair`, or `(generator_optimizer,
                discriminator_optimizer)` of Keras, the latter `None` without
                a discriminator. Defaults to `AdamPair()`.
            clip_norm: float or `None`. Each player's gradient is shrunk to
                this global norm in every step, over all replicas and
                micro-batches. Unset: no clipping. Defaults to `None`.
            micro_batches: int >= 1. Parts of a batch that a replica computes
                one after the other, for one update by their mean gradient:
                less memory for the same batch. Batch statistics are those of
                each part. Defaults to `1`.
            replica_statistics: What several replicas count: `"global"`,
                all of it together, as one device would; or `"paper"`, each
                what the papers' code counts on each device (unsynchronized
                batch statistics, frequencies of classes, LabelMix's coins),
                with the KL term divided by the number of replicas. Defaults
                to `"global"`.
            label_convolution: How training convolves label maps: `"lookup"`
                adds rows of the kernel, `"one_hot"` convolves a map of zeros
                and ones. `"auto"` looks up, which is faster on a CPU; no GPU
                was measured. Defaults to `"auto"`.
            jit_compile: bool or `"auto"`. Whether XLA compiles the step;
                `"auto"` is true on JAX only, since on a CPU XLA slows
                TensorFlow's convolutions down. Defaults to `"auto"`.
            **kwargs: Other arguments of `keras.Model.compile` that do not
                concern losses, such as `run_eagerly`.

        Raises:
            ValueError: If an argument is out of range, or JAX is asked for
                statistics of each replica.
        """
        group = kwargs.pop("optimizer", None)
        check_step(
            clip_norm, micro_batches, replica_statistics, label_convolution
        )
        if jit_compile == "auto":
            jit_compile = keras.backend.backend() == "jax"
        if group is None:
            if optimizers is None:
                optimizers = AdamPair()
            if isinstance(optimizers, AdamPair):
                optimizers = optimizers.make(self)
            _check_optimizers(optimizers)
            group = OptimizerGroup(*map(self._scale_losses, optimizers))
        self.clip_norm = clip_norm
        self.micro_batches = micro_batches
        self.replica_statistics = replica_statistics
        self.label_convolution = label_convolution
        super().compile(
            optimizer=group,
            jit_compile=jit_compile,
            auto_scale_loss=False,
            **kwargs,
        )
        self._compile_options = {
            "clip_norm": clip_norm,
            "micro_batches": micro_batches,
            "replica_statistics": replica_statistics,
            "label_convolution": label_convolution,
            "jit_compile": jit_compile,
            "run_eagerly": bool(kwargs.get("run_eagerly", False)),
            "steps_per_execution": kwargs.get("steps_per_execution", 1),
        }
        # Now, not in `fit`: there Keras would build it symbolically, and an
        # average cannot start from values that do not exist yet.
        if self.built:
            self._build_optimizers()
        else:
            self.build()

    def _scale_losses(self, optimizer):
        """Wraps an optimizer where float16 gradients could underflow."""
        if optimizer is None:
            return None
        scaling = keras.optimizers.LossScaleOptimizer
        if self._can_overflow and not isinstance(optimizer, scaling):
            return scaling(optimizer)
        return optimizer

    def get_compile_config(self):
        return {
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
            **self._compile_options,
        }

    def compile_from_config(self, config):
        config = dict(config)
        optimizer = config.pop("optimizer")
        # What suits one backend need not suit the one that loads the file.
        config["jit_compile"] = "auto"
        self.compile(
            optimizer=keras.saving.deserialize_keras_object(optimizer), **config
        )

    def fit(
        self,
        *args,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        **kwargs,
    ) -> keras.callbacks.History:
        """As `keras.Model.fit`; stops when a number is not finite."""
        if isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = callbacks.callbacks
        elif isinstance(callbacks, keras.callbacks.Callback):
            callbacks = [callbacks]
        callbacks = [
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: self.start_epoch(epoch)
            ),
            *(callbacks or []),
        ]
        if not any(isinstance(c, StopOnNonFinite) for c in callbacks):
            callbacks.insert(0, StopOnNonFinite())
        if kwargs.get("steps_per_epoch"):
            # Of any other length Keras alone knows when the epoch begins.
            verbose = kwargs.get("verbose", "auto")
            callbacks = LateCallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=kwargs.get("epochs", 1),
                steps=kwargs["steps_per_epoch"],
                model=self,
            )
        return super().fit(*args, callbacks=callbacks, **kwargs)

    def start_epoch(self, epoch: int) -> None:
        """Called by `fit` before an epoch, and before the rest of one.

        An objective that changes with time does it here, and gives the same
        result if it is called twice.

        Args:
            epoch: int. Epochs that are done.
        """

    @property
    def term_names(self) -> list[str]:
        """Names of everything that is logged, in order."""
        names = [
            f"{player}/{name}"
            for player in self._players()
            for name in [*(t.name for t in self.terms_of(player)), "total"]
        ]
        if self.augmenter is not None and self.augmenter.is_adaptive:
            names += [f"augmentation/{name}" for name in ADAPTED]
        if self._can_overflow:
            names += [f"{player}/skipped" for player in self._players()]
        return names

    def _players(self):
        names = ("generator", "discriminator")
        return [name for name in names if getattr(self, name) is not None]

    @property
    def _can_overflow(self):
        """Whether losses are scaled, since gradients are in float16."""
        return self.generator.dtype_policy.compute_dtype == "float16"

    def make_trackers(self) -> dict[str, keras.metrics.Metric]:
        """Returns new metrics for everything that is logged, by name."""
        return {
            name: SkippedUpdates(name=name)
            if name.endswith("/skipped")
            else keras.metrics.Mean(name=name)
            for name in self.term_names
        }

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self._trackers.values())

    def track(
        self, part: str, values: Terms, is_made: Tensor | None = None
    ) -> None:
        """Adds numbers to the log.

        Args:
            part: str. A player, or `"augmentation"`.
            values: dict of scalar tensors by name.
            is_made: Scalar bool tensor, or `None`. Whether they count: an
                update that was skipped may have NaN. Defaults to `None`: they
                do.
        """
        for name, value in self.average_terms(values).items():
            weight = None
            if is_made is not None:
                value = ops.where(is_made, value, ops.zeros_like(value))
                weight = ops.cast(is_made, "float32")
            self._trackers[f"{part}/{name}"].update_state(value, weight)

    def track_update(
        self, player: str, gradients: Sequence[Tensor]
    ) -> Tensor | None:
        """Says whether loss scaling lets a player be updated.

        Args:
            player: str.
            gradients: Its gradients, those of all replicas.

        Returns:
            Scalar bool tensor; `None` if losses are not scaled.
        """
        if not self._can_overflow:
            return None
        is_made = ops.all(
            ops.stack([ops.all(ops.isfinite(g)) for g in gradients])
        )
        self._trackers[f"{player}/skipped"].update_state(is_made)
        return is_made

    def logs(self) -> Terms:
        """Returns the means of everything that is logged, by name."""
        return {
            name: tracker.result() for name, tracker in self._trackers.items()
        }

    def gan_step(self, data: Any) -> Terms:
        """One training step, as `backend` calls it."""
        with (
            backend.replica_statistics(self.replica_statistics),
            label_convolutions(self.label_convolution),
        ):
            return two_player_step.train_step(self, data)

    def gan_test_step(self, data: Any) -> Terms:
        """One evaluation step, as `backend` calls it."""
        with backend.replica_statistics(self.replica_statistics):
            return two_player_step.test_step(self, data)

    def apply_clipped(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Tensor],
        variables: Sequence[keras.Variable],
    ) -> None:
        if self.clip_norm is not None:
            gradients = _clip(gradients, optimizer.scale_loss(self.clip_norm))
        self.apply_gradients(optimizer, gradients, variables)

    def _build_optimizers(self):
        if getattr(self, "optimizer", None) is not None:
            self.optimizer.build_members(
                self.variables_of("generator"),
                self.variables_of("discriminator"),
            )

    # Keras saves weights, but not the state of random generators: without it
    # a resumed run would replay its noise.
    def _random_states(self):
        known = {id(v) for v in self.weights}
        known |= {id(v) for v in self.metrics_variables}
        return [v for v in self.variables if id(v) not in known]

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        for i, variable in enumerate(self._random_states()):
            store[f"random_state_{i}"] = ops.convert_to_numpy(variable.value)

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        for i, variable in enumerate(self._random_states()):
            # A moving average that the file lacks has a state of its own.
            if f"random_state_{i}" in store.keys():
                state = store[f"random_state_{i}"][()]
                variable.assign(state.astype(str(variable.dtype)))

    def get_build_config(self):
        return {"input_shape": None}

    def build_from_config(self, config):
        self.build()


def _check_optimizers(optimizers):
    for optimizer in optimizers:
        steps = getattr(optimizer, "gradient_accumulation_steps", None)
        if steps:
            raise ValueError(
                f"`gradient_accumulation_steps={steps}` of an optimizer does "
                "not work on several replicas: leave it out and compile with "
                f"`micro_batches={steps}` and batches {steps} times as large."
            )


def _clip(gradients, norm):
    present = [g for g in gradients if g is not None]
    squares = [ops.sum(ops.square(full_precision(g))) for g in present]
    length = ops.sqrt(sum(squares))
    factor = ops.minimum(1.0, norm / ops.maximum(length, 1e-12))
    return [
        None if g is None else g * ops.cast(factor, g.dtype) for g in gradients
    ]
