"""The projected discriminator against the multi-scale one in equal time.

Trains both flag files with the same generator, data and seed, each with its own
learning rates, until each has had as many CPU seconds (of all cores of this
process, which other programs change little), then scores the held-out images by
`evaluate`: KID and mIoU in a segmentation scorer, which neither discriminator
has seen. KID in the features that the projected one was trained with would
favour it.
A run that is in the folder already is scored as it is.

Run: python benchmarks/projected.py --data=landscapes --seconds=600 \
    [--scorer=SCORER.keras] [--output=projected.png]
"""

import pathlib

from absl import app
from absl import flags
from held_out import held_out
from held_out import pictures
from PIL import Image
from timed_training import score
from timed_training import train

from keras_semsynth import Synthesizer
from keras_semsynth.files.pictures import draw_grid

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
    ("landscapes", "multi_scale_patch"): "configs/quickstart.cfg",
    ("landscapes", "projected"): "configs/landscapes_projected.cfg",
    ("camvid", "multi_scale_patch"): "configs/camvid_spade.cfg",
    ("camvid", "projected"): "configs/camvid_projected.cfg",
}


def main(argv):
    del argv
    print("| discriminator | images | KID x 1000 | mIoU, % |")
    print("| --- | --- | --- | --- |")
    columns, headings = [], ["layout", "photograph"]
    for name in FLAGS.discriminators:
        run = pathlib.Path(FLAGS.folder, f"{FLAGS.data}_{name}")
        if not (run / "report.json").is_file():
            train(
                run,
                CONFIGS[FLAGS.data, name],
                FLAGS.flags,
                FLAGS.seed,
                seconds=FLAGS.seconds,
            )
        if FLAGS.train_only:
            continue
        found = score(run, FLAGS.scorer)
        print(
            f"| {name} | {found['images']} | {found['kid']:.4g} | "
            f"{found['miou']:.1f} |"
        )
        if not columns:
            layouts, photographs = held_out(run)
        columns.append(pictures(Synthesizer.from_preset(run), layouts))
        headings.append(name)
    if not columns:
        return
    colors = Synthesizer.from_preset(run).classes.colors(layouts)
    grid = draw_grid([colors, photographs, *columns], headings, len(layouts))
    Image.fromarray(grid).save(FLAGS.output)
    print(f"Picture: {FLAGS.output}")


if __name__ == "__main__":
    app.run(main)
