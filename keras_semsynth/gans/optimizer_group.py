import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import MutableMapping
from collections.abc import Sequence
from typing import Any

import keras

from keras_semsynth.gans.linear_decay import LinearDecay


@keras.saving.register_keras_serializable(package="keras_semsynth")
class OptimizerGroup(keras.optimizers.Optimizer):
    """Stands for a GAN's two optimizers wherever Keras expects one.

    The JAX trainer state, saving and `build` then see the slots of both. The
    group itself is never applied: the GAN applies the members.

    Args:
        generator: Keras optimizer of the generator (and encoder).
        discriminator: Keras optimizer of the discriminator, or `None` if
            there is none.
        name: str. Name of the group in files. Defaults to `"optimizer_group"`.
    """

    def __init__(
        self,
        generator: keras.optimizers.Optimizer,
        discriminator: keras.optimizers.Optimizer | None,
        name: str = "optimizer_group",
    ):
        super().__init__(learning_rate=0.0, name=name)
        self.generator = generator
        self.discriminator = discriminator

    @property
    def scales_losses(self) -> bool:
        """Whether the losses are scaled, as in float16."""
        return isinstance(self.generator, keras.optimizers.LossScaleOptimizer)

    def members(self) -> dict[str, keras.optimizers.Optimizer]:
        """Returns the optimizer of each player, without loss scaling."""
        return {
            name: getattr(member, "inner_optimizer", member)
            for name, member in (
                ("generator", self.generator),
                ("discriminator", self.discriminator),
            )
            if member is not None
        }

    def learning_rates(self) -> dict[str, float]:
        """Returns the rates of the update just made, not of the next."""
        rates = {}
        for name, member in self.members().items():
            rate = member._learning_rate
            if isinstance(
                rate, keras.optimizers.schedules.LearningRateSchedule
            ):
                done = int(keras.ops.convert_to_numpy(member._iterations))
                rate = rate(max(done - 1, 0))
            rates[name] = float(keras.ops.convert_to_numpy(rate))
        return rates

    def resume_schedules(
        self, epochs: float, highest: Mapping[str, float] | None = None
    ) -> None:
        """Sets schedules to where a run stands.

        Args:
            epochs: float. Epochs that are done.
            highest: Mapping, player -> rate that its schedule must not
                exceed. Defaults to `None`: none.
        """
        for name, member in self.members().items():
            schedule = member._learning_rate
            if isinstance(schedule, LinearDecay):
                done = int(keras.ops.convert_to_numpy(member._iterations))
                member._learning_rate = schedule.resumed(
                    round(epochs * schedule.steps_per_epoch) - done,
                    (highest or {}).get(name),
                )

    @contextlib.contextmanager
    def as_saved(self, scales_losses: bool) -> Iterator[None]:
        """Lets a file be loaded that was written with or without scaling.

        Args:
            scales_losses: bool. Whether losses were scaled then.
        """
        before = self.generator, self.discriminator
        if scales_losses != self.scales_losses:
            for name, member in self.members().items():
                if scales_losses:
                    member = _Wrapped(member)
                setattr(self, name, member)
        try:
            yield
        finally:
            self.generator, self.discriminator = before

    def build_members(
        self,
        generator_variables: Sequence[keras.Variable],
        discriminator_variables: Sequence[keras.Variable],
    ) -> None:
        """Creates the slots; does nothing the second time."""
        if not self.built:
            self.generator.build(generator_variables)
            if self.discriminator is not None:
                self.discriminator.build(discriminator_variables)
            super().build([])

    def build(self, variables):
        if not self.built:
            raise ValueError(
                "The optimizers of a GAN are built with it: call `gan.build()` "
                "first."
            )

    @property
    def variables(self) -> list[keras.Variable]:
        judges = self.discriminator
        return [
            *self._variables,
            *self.generator.variables,
            *([] if judges is None else judges.variables),
        ]

    def finalize_variable_values(
        self, var_list: Sequence[keras.Variable]
    ) -> None:
        """Leaves the weights alone: averages live in `ema_generator`."""

    # The members are saved as nested objects, each with its own slots.
    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        store["iterations"] = keras.ops.convert_to_numpy(self._iterations)

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        self._iterations.assign(store["iterations"][()])

    def get_config(self):
        return {
            "generator": _serialize(self.generator),
            "discriminator": self.discriminator
            and _serialize(self.discriminator),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        deserialize = keras.saving.deserialize_keras_object
        return cls(
            deserialize(config["generator"], custom_objects=custom_objects),
            config["discriminator"]
            and deserialize(
                config["discriminator"], custom_objects=custom_objects
            ),
            config["name"],
        )


class _Wrapped(keras.optimizers.LossScaleOptimizer):
    """Stands where a file has loss scaling; takes the scale of none."""

    def load_own_variables(self, store):
        pass


def _serialize(optimizer):
    """Serializes under the public module, so that any backend can load it.

    On PyTorch, Keras writes the name of its PyTorch subclass.
    """
    data = keras.saving.serialize_keras_object(optimizer)
    if str(data["module"]).startswith("keras.src.backend"):
        data = {**data, "module": "keras.optimizers"}
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        config = {**data["config"], "inner_optimizer": _serialize(inner)}
        data = {**data, "config": config}
    return data
