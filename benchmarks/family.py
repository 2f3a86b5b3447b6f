"""Trains the family on CamVid in equal time, and scores it.

Every flag file has as many CPU seconds (of all cores of this process, which
other programs change little), the same data, seed and schedule. Then
benchmarks/compare.py puts them side by side. A run that is in the folder
already is scored as it is.

Run: python benchmarks/family.py --seconds=600 [--scorer=SCORER.keras]
     python benchmarks/compare.py --runs=runs/family/spade,runs/family/oasis
"""

import pathlib

from absl import app
from absl import flags
from timed_training import score
from timed_training import train

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "models",
    ["spade", "pix2pixhdpp", "ccfpse", "oasis", "dpgan", "scgan"],
    "Names in configs/camvid_*.cfg.",
)
flags.DEFINE_float("seconds", 600.0, "CPU seconds of each training.")
flags.DEFINE_integer("seed", 0, "Seed of all.")
flags.DEFINE_string("perceptual", "efficientnet_lite0", "As of train.py.")
flags.DEFINE_list("flags", [], "Further flags of all trainings.")
flags.DEFINE_string("scorer", None, "A scorer of train_scorer.")
flags.DEFINE_string("folder", "runs/family", "Of the runs.")


def main(argv):
    del argv
    print("| model | images | KID x 1000 | mIoU, % |")
    print("| --- | --- | --- | --- |")
    for model in FLAGS.models:
        run = pathlib.Path(FLAGS.folder, model)
        if not (run / "report.json").is_file():
            train(
                run,
                f"configs/camvid_{model}.cfg",
                [f"--perceptual={FLAGS.perceptual}", *FLAGS.flags],
                FLAGS.seed,
                seconds=FLAGS.seconds,
            )
        if FLAGS.scorer is not None:
            found = score(run, FLAGS.scorer)
            print(
                f"| {model} | {found['images']} | {found['kid']:.3g} | "
                f"{found['miou']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    app.run(main)
