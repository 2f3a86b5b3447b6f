"""Kills a bulk generation in the middle, runs it again and counts the images.

Draws landscape layouts, one of them damaged, starts `generate --runner` on
them, ends it with SIGKILL when half of the images are there, and starts the
same command again. Every image must then be there exactly once: those of the
first run untouched, the others made by the second, the damaged one reported.

Run: python benchmarks/bulk.py [--layouts=5000] [--run=RUN]
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import app
from absl import flags
from PIL import Image

from keras_semsynth import data

FLAGS = flags.FLAGS
flags.DEFINE_string("run", "landscapes", "Run directory, or name of a model.")
flags.DEFINE_integer("layouts", 5000, "Layouts, 64x64.", lower_bound=10)
flags.DEFINE_integer("batch_size", 16, "Layouts at a time.", lower_bound=1)


def main(argv):
    del argv
    with tempfile.TemporaryDirectory() as folder:
        prove(pathlib.Path(folder))


def prove(folder):
    labels, images = folder / "labels", folder / "images"
    names = write_layouts(labels)
    command = [sys.executable, "-m", "keras_semsynth", "generate"]
    command += [
        "--runner=DirectRunner",
        f"--run={FLAGS.run}",
    ]
    command += [f"--input={labels}", f"--output={images}", "--seed=7"]
    command += [f"--batch_size={FLAGS.batch_size}"]

    started = time.monotonic()
    process = subprocess.Popen(command)
    while len(files(images)) < FLAGS.layouts // 2:
        if process.poll() is not None:
            raise RuntimeError("The first run ended by itself.")
        time.sleep(0.5)
    process.kill()
    process.wait()
    before = files(images)
    print(
        f"SIGKILL after {time.monotonic() - started:.0f} s, {len(before)} "
        "images there",
        flush=True,
    )

    started = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    print(f"Exit status {status} after {time.monotonic() - started:.0f} s")
    after = files(images)
    lines = (images / "manifest.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    outputs = collections.Counter(record["output"] for record in records)
    others = [
        path
        for path in images.rglob("*")
        if path.is_file() and path.suffix != ".png"
    ]
    for path in after:
        with Image.open(images / path) as image:
            image.load()
    print(
        f"{len(names)} layouts, {len(records)} lines, outputs named once: "
        f"{sum(count == 1 for count in outputs.values())}\n"
        f"{dict(collections.Counter(r['status'] for r in records))}\n"
        f"whole images: {len(after)}; touched again: "
        f"{sum(after[name] != before[name] for name in before)}; other files: "
        f"{[path.name for path in others]}"
    )
    for record in records:
        if record["status"] == "failed":
            print(record["error"])


def write_layouts(folder):
    """Writes label maps into subfolders; the one in the middle is damaged."""
    dataset = data.describe(
        "landscapes", image_size=(64, 64), count=FLAGS.layouts
    )
    names = []
    for i in range(FLAGS.layouts):
        path = folder / f"{i // 500:02}" / f"{i:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        ids = np.asarray(dataset.read(i).label_map, "uint8")
        Image.fromarray(ids).save(path)
        names.append(path)
    names[len(names) // 2].write_bytes(b"damaged")
    return names


def files(folder):
    """Times of the images of a folder, by their names."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.glob("[0-9]*/*.png")
    }


if __name__ == "__main__":
    app.run(main)
