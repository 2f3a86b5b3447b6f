"""Time and agreement of the ways to a Frechet distance.

Features as the Inception network gives them: 2,048 numbers, not negative,
correlated; more of them (2,000) and fewer (500) than dimensions are usual.
Statistics are made anew for every way, as `evaluate.py` does once per run.

Run: python benchmarks/frechet_distance.py [--counts=500,2000] [--reference]
"""

import os
import time

import numpy as np
from absl import app
from absl import flags

from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance

FLAGS = flags.FLAGS
flags.DEFINE_list("counts", ["500", "2000"], "Samples in each set.")
flags.DEFINE_integer("dims", 2048, "Features a sample.")
flags.DEFINE_boolean(
    "reference", True, "Also time SciPy's sqrtm, and compare with it."
)


def features(count, dims, seed, shift=0.0):
    """Rectified mixtures: low effective rank, as real features have."""
    weights = np.random.RandomState(777).standard_normal((600, dims))
    z = np.random.RandomState(seed).standard_normal((count, 600)) + shift
    x = z @ (weights * (0.6 / np.sqrt(600))) - 0.3
    return np.maximum(x, 0.0).astype("float32")


def timed(first, second, method):
    """Returns the distance and the seconds it took, from the features on."""
    start = time.perf_counter()
    # `nuclear` reads the features; the other ways read moments.
    statistics = [
        FeatureStatistics(method in ("auto", "nuclear")) for _ in "ab"
    ]
    for one, x in zip(statistics, (first, second), strict=True):
        for batch in np.array_split(x, max(1, len(x) // 50)):
            one.update(batch)
    value = frechet_distance(*statistics, method)
    return value, time.perf_counter() - start


def main(argv):
    del argv
    print(f"{FLAGS.dims} features, {os.cpu_count()} cores")
    print("| samples | method | seconds | distance | off sqrtm, relative |")
    print("| --- | --- | --- | --- | --- |")
    methods = ["auto", "eigh"] + ["sqrtm"] * FLAGS.reference
    for count in map(int, FLAGS.counts):
        first = features(count, FLAGS.dims, 9)
        second = features(count, FLAGS.dims, 10, 0.3)
        found = {method: timed(first, second, method) for method in methods}
        for method, (value, seconds) in found.items():
            off = "-"
            if FLAGS.reference:
                off = f"{abs(value / found['sqrtm'][0] - 1.0):.1e}"
            print(
                f"| {count} | {method} | {seconds:.2f} | {value:.9f} | {off} |"
            )


if __name__ == "__main__":
    app.run(main)
