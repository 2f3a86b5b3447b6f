"""Compares the ways to a picture, and many layouts at a time with one.

Draws landscape layouts of mixed sizes and makes their pictures by
`Synthesizer`, the page, bulk generation and evaluation, each from the same
seeds. Prints how many pictures and pixels of each differ from those of
`Synthesizer`. Then times `Synthesizer` with layouts of one size, all in one
call and one a call, taken in turn so that noise hits both alike.

Run: python benchmarks/renderer.py [--layouts=1000] [--run=RUN]
"""

import time

import keras
import numpy as np
from absl import app
from absl import flags

from keras_semsynth import data
from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.worker import answers
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.page.local_model import LocalModel
from keras_semsynth.synthesis.latent_codes import sample_seed
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.synthesizer import Synthesizer

FLAGS = flags.FLAGS
flags.DEFINE_string("run", "landscapes", "Run directory, or name of a model.")
flags.DEFINE_integer("layouts", 1000, "Layouts of mixed sizes.", lower_bound=1)
flags.DEFINE_integer("together", 64, "Layouts of one size.", lower_bound=1)
flags.DEFINE_integer("runs", 3, "Timed runs of each.", lower_bound=1)

SIZES = ((64, 64), (64, 96), (96, 64), (90, 70), (32, 64), (50, 100))
PASS = 7  # The seed of the scored pass, from which those of samples follow.
BATCH = 16  # Layouts that page, bulk and evaluation take at a time.


def main(argv):
    del argv
    run = FLAGS.run
    print(f"{run}, backend {keras.backend.backend()}")
    layouts = draw_layouts(FLAGS.layouts, SIZES)
    seeds = [sample_seed(PASS, i) for i in range(len(layouts))]
    expected = None
    for name, make in (
        ("Synthesizer", by_synthesizer),
        ("page", by_page),
        ("bulk", by_bulk),
        ("evaluation", by_evaluation),
    ):
        started = time.perf_counter()
        pictures = make(Synthesizer.from_preset(run), layouts, seeds)
        seconds = time.perf_counter() - started
        expected = expected or pictures
        print(f"{name}: {compared(pictures, expected)} in {seconds:.0f} s")
    time_batches(Synthesizer.from_preset(run))


def draw_layouts(count, sizes):
    scenes = [
        data.describe("landscapes", image_size=size, split="train")
        for size in sizes
    ]
    return [
        np.asarray(scenes[i % len(sizes)].read(i).label_map, "int32")
        for i in range(count)
    ]


def by_synthesizer(synthesizer, layouts, seeds):
    return [
        synthesizer.synthesize(layout, seed=seed)[0]
        for layout, seed in zip(layouts, seeds, strict=True)
    ]


def by_page(synthesizer, layouts, seeds):
    model = LocalModel(synthesizer)
    pictures = []
    for start in range(0, len(layouts), BATCH):
        part = slice(start, start + BATCH)
        styles = [None] * len(layouts[part])
        pictures += model.images(
            layouts[part], seeds[part], styles, [{}] * len(styles)
        )
    return pictures


def by_bulk(synthesizer, layouts, seeds):
    requests = [
        Request("", "", synthesizer.layout(layout), Look(seed), "")
        for layout, seed in zip(layouts, seeds, strict=True)
    ]
    return [
        result.image
        for start in range(0, len(requests), BATCH)
        for result in answers(
            requests[start : start + BATCH], synthesizer.renderer
        )
    ]


def by_evaluation(synthesizer, layouts, seeds):
    del seeds  # The source makes them of the number of each sample.
    source = GeneratorSource(synthesizer)
    # Batches of one size, as the protocols have it.
    groups = {}
    for i, layout in enumerate(layouts):
        groups.setdefault(layout.shape, []).append(i)
    pictures = [None] * len(layouts)
    for numbers in groups.values():
        for start in range(0, len(numbers), BATCH):
            part = numbers[start : start + BATCH]
            targets = [Target("", label_map=layouts[i]) for i in part]
            images = source.images(targets, part, PASS)
            for i, image in zip(part, images, strict=True):
                pictures[i] = to_uint8(image)
    return pictures


def compared(pictures, expected):
    differences = [
        np.abs(ours.astype(int) - theirs).max(-1)
        for ours, theirs in zip(pictures, expected, strict=True)
    ]
    wrong = sum(bool(one.any()) for one in differences)
    pixels = sum(int((one > 0).sum()) for one in differences)
    largest = max(int(one.max()) for one in differences)
    return (
        f"{len(pictures)} pictures, {wrong} differ ({pixels} pixels, by at "
        f"most {largest} levels)"
    )


def time_batches(synthesizer):
    layouts = draw_layouts(FLAGS.together, [synthesizer.inputs.image_size])

    def together():
        return synthesizer.synthesize(layouts, seed=1)

    def one_by_one():
        return [synthesizer.synthesize(layout, seed=1) for layout in layouts]

    times = {together: [], one_by_one: []}
    for function in times:
        function()  # Compiles.
    for _ in range(FLAGS.runs):
        for function, row in times.items():
            started = time.perf_counter()
            function()
            row.append(time.perf_counter() - started)
    many, one = (FLAGS.together / np.median(row) for row in times.values())
    height, width = synthesizer.inputs.image_size
    print(
        f"{FLAGS.together} layouts of {width}x{height}: {many:.1f} pictures/s "
        f"in one call, {one:.1f} one a call, ratio {many / one:.2f}"
    )


if __name__ == "__main__":
    app.run(main)
