"""Compares the memory that a run is said to take with what it takes.

Every row has a process of its own. Prints a Markdown table: what is trained,
the estimate that `check_data` and the start of training print, the measured
peak after three steps, and their ratio.

Run: python benchmarks/memory.py [--rows=spade:64x64:16:4,...]
(preset : image size : filters of the generator : batch size)
"""

import json
import subprocess
import sys

from absl import app
from absl import flags

ROWS = [
    "spade:64x64:16:4",
    "spade:128x128:16:4",
    "spade:256x256:16:2",
    "spade:256x256:64:1",
    "pix2pixhd:128x128:16:2",
    "ccfpse:64x64:16:4",
    "oasis:128x128:16:2",
    "dpgan:128x128:16:2",
    "scgan:128x128:16:2",
]
FLAGS = flags.FLAGS
flags.DEFINE_list("rows", ROWS, "preset:image size:filters:batch size.")
flags.DEFINE_string("one", None, "Measure this row in this process.")


def main(argv):
    del argv
    if FLAGS.one:
        print(json.dumps(measure(*FLAGS.one.split(":"))))
        return
    print("| preset, size, filters, batch | estimate | peak | ratio |")
    print("| --- | --- | --- | --- |", flush=True)
    for row in FLAGS.rows:
        result = subprocess.run(
            [sys.executable, __file__, f"--one={row}"],
            check=True,
            capture_output=True,
            text=True,
        )
        said, peak = json.loads(result.stdout.splitlines()[-1])
        print(
            f"| {row.replace(':', ', ')} | {said / 2**30:.2f} GiB | "
            f"{peak / 2**30:.2f} GiB | {said / peak:.2f} |",
            flush=True,
        )


def measure(preset: str, size: str, filters: str, batch: str):
    """Returns the estimated and the measured bytes."""
    from keras_semsynth.experiments import Experiment
    from keras_semsynth.training import rehearse

    sides = tuple(int(side) for side in size.split("x"))
    experiment = Experiment.from_preset(preset).replace(
        data=("landscapes", {"image_size": sides, "count": 4 * int(batch)}),
        generator={"filters": int(filters)},
        run={"perceptual": "off", "batch_size": int(batch)},
        optimizers={"decay_epochs": 0},
    )
    found = rehearse(experiment)
    return found.footprint.memory_bytes, found.peak_memory


if __name__ == "__main__":
    app.run(main)
