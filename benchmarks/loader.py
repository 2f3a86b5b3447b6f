"""Does the input pipeline keep the training step fed?

    python benchmarks/loader.py --flagfile=configs/camvid_spade.cfg

Takes the flags of `train.py` and prints the loader's own rate, in the first
epoch (decoding) and later (from the cache, if there is one), and the time of a
training step fed by the loader and fed by one batch again and again.
"""

import statistics
import sys
import time

import keras
from absl import flags

import keras_semsynth.training.flags  # noqa: F401
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.data import flags as data_flags
from keras_semsynth.data import make_pipeline
from keras_semsynth.training import build

MODULE = "benchmarks.loader"
shared = {"module_name": MODULE, "lower_bound": 1}
flags.DEFINE_integer("loader_batches", 200, "Batches to load.", **shared)
flags.DEFINE_integer("steps", 40, "Training steps to time.", **shared)
flags.DEFINE_integer("rounds", 3, "Alternations of the two feeds.", **shared)


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


def main(argv):
    """Measures and prints."""
    modules = (MODULE, data_flags.NAME, "keras_semsynth.training.flags")
    values = parse_flags(argv, __doc__, modules)
    with one_sentence():
        dataset = data_flags.dataset_from_flags(values, "train")
        preprocessing = data_flags.preprocessing_from_flags(
            values, True, dataset.unknown_class
        )
        batch_size = values.batch_size * values.discriminator_steps

        def loader(cache, start_step=0):
            return make_pipeline(
                dataset,
                preprocessing,
                batch_size,
                training=True,
                seed=values.seed,
                start_step=start_step,
                cache=cache,
            )

        print(f"{dataset}, batch {batch_size}, {preprocessing.image_size}")
        count = values.loader_batches
        rate = loader_rate(loader("off"), count, batch_size)
        print(f"loader, decoding: {rate}")
        cached = loader("on")
        iterator = iter(cached)
        for _ in range(len(dataset) // batch_size):
            next(iterator)
        del iterator
        rate = loader_rate(cached, count, batch_size)
        print(f"loader, cached samples: {rate}")
        gan = build.build_gan(
            values,
            dataset.num_classes,
            dataset.use_edge_map,
            preprocessing.image_size,
        )
        build.compile_gan(gan, values, len(dataset) // batch_size)
        one_batch = loader("off").take(1).cache().repeat()
        feeds = {
            "one cached batch": one_batch,
            "loader, decoding": loader("off"),
            "loader, cached samples": cached,
        }
        step_seconds(gan, one_batch, 3)
        seconds = {name: [] for name in feeds}
        for _ in range(values.rounds):
            for name, batches in feeds.items():
                seconds[name].append(step_seconds(gan, batches, values.steps))
    best = min(seconds["one cached batch"])
    for name, times in seconds.items():
        shown = ", ".join(f"{1000 * t:.1f}" for t in times)
        print(
            f"step, {name}: {1000 * min(times):.1f} ms "
            f"({min(times) / best:.3f} of one cached batch; rounds {shown})"
        )


if __name__ == "__main__":
    main(sys.argv)
