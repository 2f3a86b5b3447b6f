"""Does the input pipeline keep the training step fed?

    python benchmarks/loader.py --flagfile=configs/camvid_spade.cfg

Takes the flags of the train command and prints the loader's own rate, in the
first epoch (decoding) and later (from the cache, if there is one), and the
time of a training step fed by the loader and fed by one batch again and again.
"""

import statistics
import sys
import time

import keras

from keras_semsynth import experiments
from keras_semsynth.commands.command import PARTS
from keras_semsynth.commands.command import Command
from keras_semsynth.data import make_pipeline


class _StepTimer(keras.callbacks.Callback):
    """Seconds from the end of one step to the end of the next."""

    def __init__(self):
        super().__init__()
        self.seconds = []
        self._last = None

    def on_train_batch_end(self, batch, logs=None):
        # Reading a value waits until the step is really done.
        float(next(iter(logs.values())))
        now = time.perf_counter()
        if self._last is not None:
            self.seconds.append(now - self._last)
        self._last = now


def loader_rate(batches, count, batch_size):
    """Rate and cost of a loader that nobody waits for, as text."""
    iterator = iter(batches)
    next(iterator)
    start, processor = time.perf_counter(), time.process_time()
    for _ in range(count):
        next(iterator)
    images = count * batch_size
    rate = images / (time.perf_counter() - start)
    # Processor time hardly depends on what else the machine does.
    cost = 1000 * (time.process_time() - processor) / images
    return f"{rate:.0f} images/s, {cost:.2f} ms of one core an image"


def step_seconds(gan, batches, steps):
    """Median seconds of a training step."""
    timer = _StepTimer()
    gan.fit(
        batches,
        steps_per_epoch=steps,
        callbacks=[timer],
        shuffle=False,
        verbose=0,
    )
    return statistics.median(timer.seconds)


def measure(
    experiment: experiments.Experiment,
    loader_batches: int = 200,
    steps: int = 40,
    rounds: int = 3,
) -> None:
    """Measures and prints.

    Args:
        experiment: `Experiment`.
        loader_batches: int. Batches to load. Defaults to `200`.
        steps: int. Training steps to time. Defaults to `40`.
        rounds: int. Alternations of the feeds. Defaults to `3`.
    """
    dataset = experiments.open_dataset(experiment, "train")
    preprocessing = experiments.preprocessing(
        experiment, True, dataset.unknown_class
    )
    settings = experiments.run_settings(experiment)
    space = experiments.LabelSpace(
        dataset.num_classes,
        dataset.use_edge_map,
        preprocessing.image_size,
        dataset.unknown_class,
    )
    gan = experiments.build_gan(
        experiment, space, experiments.perceptual_loss(experiment)
    )
    gan.build()
    batch_size = settings.batch_size * gan.discriminator_steps
    experiments.compile_gan(gan, experiment, len(dataset) // batch_size)

    def loader(cache, start_step=0):
        return make_pipeline(
            dataset,
            preprocessing,
            batch_size,
            training=True,
            seed=settings.seed,
            start_step=start_step,
            cache=cache,
        )

    print(f"{dataset}, batch {batch_size}, {preprocessing.image_size}")
    rate = loader_rate(loader("off"), loader_batches, batch_size)
    print(f"loader, decoding: {rate}")
    cached = loader("on")
    iterator = iter(cached)
    for _ in range(len(dataset) // batch_size):
        next(iterator)
    del iterator
    rate = loader_rate(cached, loader_batches, batch_size)
    print(f"loader, cached samples: {rate}")
    one_batch = loader("off").take(1).cache().repeat()
    feeds = {
        "one cached batch": one_batch,
        "loader, decoding": loader("off"),
        "loader, cached samples": cached,
    }
    step_seconds(gan, one_batch, 3)
    seconds = {name: [] for name in feeds}
    for _ in range(rounds):
        for name, batches in feeds.items():
            seconds[name].append(step_seconds(gan, batches, steps))
    best = min(seconds["one cached batch"])
    for name, times in seconds.items():
        shown = ", ".join(f"{1000 * t:.1f}" for t in times)
        print(
            f"step, {name}: {1000 * min(times):.1f} ms "
            f"({min(times) / best:.3f} of one cached batch; rounds {shown})"
        )


if __name__ == "__main__":
    sys.exit(Command(measure, __doc__, parts=PARTS)())
