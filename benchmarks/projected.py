"""The projected discriminator against the multi-scale one in equal time.

Trains both flag files with the same generator, data, seed and learning rates
until each has had as many CPU seconds (of all cores of this process, which
other programs change little), then scores the held-out images by `evaluate`:
KID and mIoU in a segmentation scorer, which neither discriminator has seen.
KID in the features that the projected one was trained with would favour it.
A run that is in the folder already is scored as it is.

Run: python benchmarks/projected.py --data=landscapes --seconds=600 \
    [--scorer=SCORER.keras] [--output=projected.png]
"""

import json
import pathlib
import signal
import time

import keras
import numpy as np
from absl import app
from absl import flags
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.commands.train import main as train_command
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.evaluation import evaluate
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.training.train import prepare

FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "landscapes", ["landscapes", "camvid"], "Dataset.")
flags.DEFINE_list(
    "discriminators", ["multi_scale_patch", "projected"], "What is compared."
)
flags.DEFINE_float("seconds", 600.0, "CPU seconds of each training.")
flags.DEFINE_integer("seed", 0, "Seed of both.")
flags.DEFINE_list("flags", [], "Further flags of both trainings.")
flags.DEFINE_string("scorer", None, "A scorer of train_scorer, for CamVid.")
flags.DEFINE_string("folder", "runs/projected_benchmark", "Of the runs.")
flags.DEFINE_boolean("train_only", False, "Train, and score later.")
flags.DEFINE_string("output", "projected.png", "The picture.")

CONFIGS = {
    ("landscapes", "multi_scale_patch"): "configs/landscapes_spade.cfg",
    ("landscapes", "projected"): "configs/landscapes_projected.cfg",
    ("camvid", "multi_scale_patch"): "configs/camvid_spade.cfg",
    ("camvid", "projected"): "configs/camvid_projected.cfg",
}


class StopAfter(keras.callbacks.Callback):
    """Stops a training by its own signal after so many CPU seconds."""

    def __init__(self, checkpointing, seconds):
        super().__init__()
        self.checkpointing, self.seconds = checkpointing, seconds
        self.start = None

    def on_train_batch_end(self, batch, logs=None):
        if self.start is None:
            self.start = time.process_time()  # compiled by now
        if time.process_time() - self.start >= self.seconds:
            self.checkpointing.stop_signal = signal.SIGTERM


def train(run, discriminator):
    experiment = train_command.parse(
        [
            f"--flagfile={CONFIGS[FLAGS.data, discriminator]}",
            f"--run_dir={run}",
            f"--seed={FLAGS.seed}",
            "--perceptual=off",
            # Neither ends nor lowers its rates before its time is over.
            "--epochs=1000",
            "--decay_epochs=0",
            "--sample_epochs=1000",
            "--sample_count=4",
            "--tensorboard=false",
            *FLAGS.flags,
        ]
    )["experiment"]
    trainer = prepare(experiment)
    trainer.callbacks.append(StopAfter(trainer.checkpointing, FLAGS.seconds))
    try:
        trainer.train()
    finally:
        trainer.run_directory.release()


def main(argv):
    del argv
    print("| discriminator | images | KID | mIoU, % |")
    print("| --- | --- | --- | --- |")
    columns, headings = [], ["layout", "photograph"]
    for name in FLAGS.discriminators:
        run = pathlib.Path(FLAGS.folder, f"{FLAGS.data}_{name}")
        if not (run / "report.json").is_file():
            train(run, name)
        if FLAGS.train_only:
            continue
        report = evaluate(
            run,
            metrics=("kid", "miou"),
            features="scorer",
            scorer=FLAGS.scorer,
            references=None,
            overwrite=True,
        )
        seen = json.loads((run / "report.json").read_text())["images_seen"]
        kid = next(v for k, v in report.scores.items() if k.startswith("kid"))
        miou = report.scores["miou"].value
        print(f"| {name} | {seen} | {kid.value:.4g} | {miou:.1f} |")
        if not columns:
            layouts, photographs = held_out(run)
        columns.append(draw(run, layouts))
        headings.append(name)
    if not columns:
        return
    colors = Synthesizer.load(run).classes.colors(layouts)
    grid = draw_grid([colors, photographs, *columns], headings, len(layouts))
    Image.fromarray(grid).save(FLAGS.output)
    print(f"Picture: {FLAGS.output}")


def held_out(run):
    """Returns label maps `(n, h, w)` and photographs `(n, h, w, 3)`."""
    experiment = Experiment.load(run)
    train_set = open_dataset(experiment, "train")
    inputs, images = read_samples(
        open_dataset(experiment, "val"),
        train_set,
        preprocessing(experiment, False, train_set.unknown_class),
        8,
    )
    return inputs["label_map"], to_uint8(images)


def draw(run, layouts):
    synthesizer = Synthesizer.load(run)
    return np.concatenate([synthesizer.synthesize(x, seed=0) for x in layouts])


if __name__ == "__main__":
    app.run(main)
