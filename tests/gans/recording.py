"""Runs training steps with given noise and records what happened in them."""

from unittest import mock

import keras
from keras import ops

from keras_semsynth.gans import two_player_step

two_player_update = two_player_step.update


class Recording:
    """Mixin of a GAN with given noise, whose step returns what happened.

    `gan_step` takes `(inputs, image, noise)`, noise a list in the order of the
    draws, and returns the logs, the gradients the optimizers are given and the
    generator step's images.
    """

    def gan_step(self, data):
        inputs, image, noise = data
        self.noise = list(noise)
        self.record = {}
        images = []

        def update(*arguments):
            images.append(two_player_update(*arguments))
            return images[-1]

        with mock.patch.object(two_player_step, "update", update):
            logs = super().gan_step((inputs, image))
        # A plain dict: Keras wraps those that become attributes.
        return {**logs, "fake": images[0], "gradients": dict(self.record)}

    def draw_noise(self, shape, shared=False):
        return self.noise.pop(0)

    def apply_clipped(self, optimizer, gradients, variables):
        for gradient, variable in zip(gradients, variables, strict=True):
            self.record[variable.path] = gradient
        super().apply_clipped(optimizer, gradients, variables)


class Trainer:
    """Runs `gan_step` on the running backend, one call a batch.

    Args:
        gan: A GAN that is a `Recording`.
        optimized: bool. Whether JAX compiles as it does for users; otherwise
            as fast as it can, which adds up in other orders.
            Defaults to `False`.
    """

    def __init__(self, gan, optimized=False):
        self.gan = gan
        if keras.backend.backend() == "jax":
            import jax

            self.step = jax.jit(
                gan.train_step,
                compiler_options={
                    "xla_backend_optimization_level": 3 if optimized else 0,
                    "xla_llvm_disable_expensive_passes": not optimized,
                },
            )

    def __call__(self, data):
        self.gan.reset_metrics()
        data = keras.tree.map_structure(ops.convert_to_tensor, data)
        if keras.backend.backend() != "jax":
            result = self.gan.train_step(data)
        else:
            groups = (
                self.gan.trainable_variables,
                self.gan.non_trainable_variables,
                self.gan.optimizer.variables,
                self.gan.metrics_variables,
            )
            state = tuple([v.value for v in group] for group in groups)
            result, state = self.step(state, data)
            for group, values in zip(groups, state, strict=True):
                for variable, value in zip(group, values, strict=True):
                    variable.assign(value)
        return keras.tree.map_structure(ops.convert_to_numpy, result)
