"""Times how long a new process takes to its first result.

The list of commands, the flags of a command, the package, the generator that
ships, and its first picture. Importing Keras alone is the least that the last
four can take. Prints a Markdown table of medians: seconds by the clock, and of
the processor in brackets.

Checkouts are timed in turn, so that what else the machine does is alike for
all of them.

Run: python benchmarks/start.py [--checkouts=BEFORE,.] [--runs=5]
Backend: KERAS_BACKEND.
"""

import pathlib
import resource
import statistics
import subprocess
import sys
import time

from absl import app
from absl import flags

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOAD = """
import keras
import keras_semsynth
keras.models.load_model(
    "keras_semsynth/synthesis/pretrained/landscapes/generator.keras"
)
"""
PICTURE = """
import keras_semsynth
from keras_semsynth.data.landscapes import landscapes
run = keras_semsynth.synthesis.find_model("landscapes")
layout = landscapes("val", (256, 256)).read(0).label_map
keras_semsynth.Synthesizer.from_preset(run).synthesize(layout, seed=0)
"""
STARTS = {
    "`semsynth --help`": ["-m", "keras_semsynth", "--help"],
    "`import keras`": ["-c", "import keras"],
    "`import keras_semsynth`": ["-c", "import keras_semsynth"],
    "`semsynth train --help`": ["-m", "keras_semsynth", "train", "--help"],
    "`load_model` of the generator that ships": ["-c", LOAD],
    "its first picture by `Synthesizer`, 256x256": ["-c", PICTURE],
}
FLAGS = flags.FLAGS
flags.DEFINE_list("checkouts", [str(ROOT)], "Folders that hold the package.")
flags.DEFINE_integer("runs", 5, "New processes of each.", lower_bound=1)


def main(argv):
    del argv
    checkouts = [pathlib.Path(folder).resolve() for folder in FLAGS.checkouts]
    columns = "".join(f" {folder.name}, s |" for folder in checkouts)
    print(f"| from a new process |{columns}")
    print(f"| --- |{' ---: |' * len(checkouts)}", flush=True)
    for title, arguments in STARTS.items():
        rounds = [
            [measure(arguments, folder) for folder in checkouts]
            for _ in range(FLAGS.runs)
        ]
        cells = ""
        for measured in zip(*rounds, strict=True):
            wall, processor = map(
                statistics.median, zip(*measured, strict=True)
            )
            cells += f" {wall:.2f} ({processor:.2f}) |"
        print(f"| {title} |{cells}", flush=True)


def measure(arguments, folder):
    """Runs Python once; returns seconds by the clock and of the processor."""
    before = _processor_seconds()
    start = time.perf_counter()
    subprocess.run(
        # The package is the one in the folder, which stands first.
        [sys.executable, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start, _processor_seconds() - before


def _processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    app.run(main)
