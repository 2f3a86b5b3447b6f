"""Samples a second and core of files like those of Cityscapes, and of a pack.

Makes PNG files of 2048x1024 (photograph, label map and instance map) in a
temporary folder, packs them at 512x256, and reads both as training does: it
decodes, resizes, flips, draws edges and scales values to [-1, 1]. Seconds are
those of the processor, so that other programs change little.

Run: python benchmarks/pack.py [--count=20] [--rounds=3]
"""

import pathlib
import tempfile
import time

import numpy as np
from absl import app
from absl import flags
from PIL import Image

from keras_semsynth import data

FLAGS = flags.FLAGS
flags.DEFINE_integer("count", 20, "Samples to make.", lower_bound=2)
flags.DEFINE_integer("rounds", 3, "Passes over the samples.", lower_bound=1)

SIZE = (1024, 2048)


def write_samples(root, count):
    """Writes samples where Cityscapes has them: landscapes, with grain."""
    made = data.describe("landscapes", image_size=(256, 512), count=count)
    for index in range(count):
        sample = made.read(index)
        random = np.random.default_rng(index)
        image = Image.fromarray(sample.image).resize(SIZE[::-1])
        grain = random.normal(0, 2, (*SIZE, 3))
        image = np.clip(np.asarray(image) + grain, 0, 255).astype("uint8")
        labels = sample.label_map.repeat(4, 0).repeat(4, 1)
        instances = labels.astype("uint16") * 1000
        name = f"train/town/town_{index:06d}_000000"
        for kind, ending, pixels in (
            ("leftImg8bit", "leftImg8bit", image),
            ("gtFine", "gtFine_labelIds", labels),
            ("gtFine", "gtFine_instanceIds", instances),
        ):
            path = root / kind / f"{name}_{ending}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
            if kind == "leftImg8bit":
                size = path.stat().st_size
    print(f"{count} samples; a photograph has {size / 2**20:.1f} MiB")


def rate(dataset, preprocessing, rounds):
    """Samples a second of one core, best of some passes."""
    stream = dataset.make_stream(
        preprocessing, 1, training=True, seed=0, cache="off"
    )
    count, seconds = len(dataset), []
    for number in range(rounds):
        start = time.process_time()
        for position in range(number * count, (number + 1) * count):
            stream.arrays(position)
        seconds.append(time.process_time() - start)
    return count / min(seconds)


def main(_):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_samples(root / "files", FLAGS.count)
        original = data.describe("cityscapes", root / "files")
        geometries = [
            data.make_preprocessing("cityscapes", training)
            for training in (True, False)
        ]
        start = time.process_time()
        pack = data.write_pack(root / "pack", original, None, *geometries)
        seconds = time.process_time() - start
        packed = data.describe("packed", root / "pack")
        kib = pack.bytes / 2**10 / FLAGS.count
        print(
            f"packed: {seconds / FLAGS.count:.2f} s of one core a sample, "
            f"{kib:.0f} KiB a sample"
        )
        for name, dataset in (("files", original), ("pack", packed)):
            found = rate(dataset, geometries[0], FLAGS.rounds)
            print(f"{name}: {found:.1f} samples/s and core")


if __name__ == "__main__":
    app.run(main)
