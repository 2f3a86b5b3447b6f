"""Statistics of an averaged generator, estimated anew on training batches."""

import contextlib
import itertools
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.batches import as_inputs
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.layers.batch_normalization import BatchNormalization


class AverageStatistics(backend.TwoPlayerTrainer, keras.Model):
    """Runs the averaged generator in training mode over some batches.

    Averaged weights fit neither the moving statistics of the generator nor
    their average. OASIS's official code therefore, before it judges or saves
    the average, generates 51 training batches with it in training mode, which
    moves its batch statistics and makes one power iteration a batch. Kept for
    several refreshes, an object of this class compiles once.

    Args:
        gan: `SemanticGAN`, built, with `ema_decay`.
        cumulative: bool. Whether the statistics become the plain mean over the
            batches, whatever they were before; otherwise each batch moves them
            by the momentum of the layers, as in the official code. Defaults to
            `False`.
        **kwargs: Base model arguments such as `name`.

    Raises:
        ValueError: If `gan` has no average.

    Example:

    >>> statistics = keras_semsynth.gans.AverageStatistics(gan)
    >>> statistics.refresh(dataset)

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
    """

    def __init__(
        self,
        gan: SemanticGAN,
        cumulative: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        if gan.ema_generator is None:
            raise ValueError(
                "There is no average whose statistics could be refreshed: "
                "give the GAN an `ema_decay`."
            )
        self.network = gan.ema_generator
        self.names = gan.input_names
        self.maps = gan.maps
        self.cumulative = cumulative
        # Variables must live where those of the GAN do.
        strategy = getattr(gan, "distribute_strategy", None)
        scope = strategy.scope() if strategy else contextlib.nullcontext()
        with scope:
            self.norms = [
                layer
                for layer in self.network._flatten_layers()
                if isinstance(layer, BatchNormalization)
            ]
            self.sums = [
                self.add_weight(
                    shape=statistic.shape,
                    initializer="zeros",
                    trainable=False,
                    dtype=statistic.dtype,
                    aggregation="mean",
                )
                for statistic in (self._statistics() if cumulative else [])
            ]
            # The optimizer is not used, but test steps have one.
            self.tracker = keras.metrics.Sum(name="batches")
            self.compile(optimizer=keras.optimizers.SGD(), jit_compile="auto")
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.tracker]

    def refresh(self, batches: Iterable, count: int = 51) -> int:
        """Estimates the statistics of the average anew.

        Args:
            batches: Iterable of `(inputs, image)`, such as a
                `tf.data.Dataset`; the images are not read.
            count: int. Batches to take at most. Defaults to `51`.

        Returns:
            int, the number of batches there were.
        """
        # `evaluate` gives every replica its share of a batch.
        if hasattr(batches, "take"):
            seen = self._pass(batches.take(count))
        elif hasattr(batches, "element_spec"):
            # What a strategy of TensorFlow has distributed; it has no end.
            seen = self._pass(batches, steps=count)
        else:
            seen = 0
            for batch in itertools.islice(batches, count):
                arrays = keras.tree.map_structure(np.asarray, tuple(batch))
                self.test_on_batch(*arrays)
                seen += 1
        for statistic, total in zip(
            self._statistics() if self.cumulative else [],
            self.sums,
            strict=True,
        ):
            statistic.assign(ops.convert_to_numpy(total) / max(seen, 1))
            total.assign(ops.zeros_like(total))
        return seen

    def _pass(self, batches, **options):
        logs = self.evaluate(batches, verbose=0, return_dict=True, **options)
        return round(logs["batches"])

    def gan_test_step(self, data: Any) -> Terms:
        """One batch, in stateful style; see `backend`."""
        self.tracker.update_state(1.0)
        inputs, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        inputs = as_inputs(inputs, self.names)
        with self._momentum():
            self.network(
                ops.convert_to_tensor(inputs["label_map"]),
                training=True,
                **self.maps(inputs),
            )
        for statistic, total in zip(
            self._statistics() if self.cumulative else [],
            self.sums,
            strict=True,
        ):
            total.assign(
                ops.convert_to_tensor(total) + ops.convert_to_tensor(statistic)
            )
        return {"batches": self.tracker.result()}

    def call(self, inputs):
        return self.network(inputs)

    def _statistics(self):
        return [
            statistic
            for norm in self.norms
            for statistic in (norm.moving_mean, norm.moving_variance)
        ]

    @contextlib.contextmanager
    def _momentum(self):
        """Lets each batch set the statistics, if their mean is wanted."""
        momentums = [norm.momentum for norm in self.norms]
        if self.cumulative:
            for norm in self.norms:
                norm.momentum = 0.0
        try:
            yield
        finally:
            for norm, momentum in zip(self.norms, momentums, strict=True):
                norm.momentum = momentum


def refresh_average_statistics(
    gan: SemanticGAN,
    batches: Iterable,
    count: int = 51,
    cumulative: bool = False,
) -> int:
    """Estimates the statistics of a GAN's averaged generator anew, once.

    Args:
        gan: As for `AverageStatistics`.
        batches: As for `AverageStatistics.refresh`.
        count: int. Batches to take at most. Defaults to `51`.
        cumulative: As for `AverageStatistics`. Defaults to `False`.

    Returns:
        int, the number of batches there were.
    """
    return AverageStatistics(gan, cumulative).refresh(batches, count)
