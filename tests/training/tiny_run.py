"""A run of seconds: landscapes of 32x32 and the smallest SPADE."""

import argparse
import os
import signal

import keras
import numpy as np

from keras_semsynth import data
from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import RunSettings
from keras_semsynth.gans import LinearDecay
from keras_semsynth.training import RunDirectory
from keras_semsynth.training import Trainer
from tests.plain_graphs import leave_graphs_as_they_are

SIZE = (32, 32)
BATCH_SIZE = 2
IMAGES = 8  # 4 steps an epoch


def make_gan(steps_per_epoch=IMAGES // BATCH_SIZE, epochs=2):
    """Makes a GAN that has everything a checkpoint must hold."""
    keras.utils.set_random_seed(3)
    gan = gans.SPADE(
        generators.SPADEGenerator(
            10, SIZE, filters=2, style_dim=3, conditioning="clade"
        ),
        discriminators.MultiScalePatchDiscriminator(
            10, filters=2, num_layers=2
        ),
        encoder=encoders.StyleEncoder(filters=2, style_dim=3),
        ema_decay=0.9,
        augmentation=("color", "translation", "cutout"),
        adaptive_target=0.0,
        adaptive_images=20,
    )
    gan.build()
    gan.compile(gans.AdamPair(LinearDecay(2e-3, 1, 1, steps_per_epoch)))
    return gan


def make_trainer(path, gan=None, epochs=2, callbacks=(), **options):
    """Makes a trainer in a run directory, as train.py does."""
    train = data.describe("landscapes", image_size=SIZE, count=IMAGES)
    fixed = data.Preprocessing("fixed", crop_size=SIZE)
    held_out = data.describe(
        "landscapes", split="val", image_size=SIZE, count=2
    )
    batches = data.make_pipeline(held_out, fixed, 2, training=False)
    inputs, images = next(iter(batches.as_numpy_iterator()))
    run = RunDirectory(path)
    run.open()
    Experiment().save(run.path)
    return Trainer(
        gan or make_gan(),
        run,
        lambda step: data.make_pipeline(
            train, fixed, BATCH_SIZE, training=True, seed=5, start_step=step
        ),
        RunSettings(epochs=epochs, **options),
        IMAGES // BATCH_SIZE,
        BATCH_SIZE,
        (inputs, images),
        {
            "name": "landscapes",
            "train_images": IMAGES,
            **train.classes.to_json(),
        },
        train.classes.colors,
        callbacks=callbacks,
    )


def state_of(gan):
    """Copies every number a run goes on from, by a name."""
    variables = {v.path: v for v in gan.variables}
    for player in ("generator", "discriminator"):
        optimizer = getattr(gan.optimizer, player)
        for index, variable in enumerate(optimizer.variables):
            variables[f"{player} optimizer {index}"] = variable
    metrics = {id(v) for v in gan.metrics_variables}
    return {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in variables.items()
        if id(variable) not in metrics
    }


class KillAt(keras.callbacks.Callback):
    """Kills the process in the midst of a step's callbacks."""

    def __init__(self, step):
        super().__init__()
        self.step = step
        self.count = 0

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1
        if self.count == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def main():
    leave_graphs_as_they_are()
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--kill_at", type=int, default=0)
    parser.add_argument("--save", default=None)
    arguments = parser.parse_args()
    callbacks = [KillAt(arguments.kill_at)] if arguments.kill_at else []
    trainer = make_trainer(
        arguments.path,
        checkpoint_steps=3,
        log_steps=1,
        callbacks=callbacks,
    )
    trainer.train()
    if arguments.save:
        np.savez(arguments.save, **state_of(trainer.gan))


if __name__ == "__main__":
    main()
