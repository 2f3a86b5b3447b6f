"""Trains one network on few pictures, with and without augmentation.

One row for each choice of pictures, augmentation and perceptual loss, from the
same seed and for as many steps. Prints a Markdown table and draws a grid
(layout, photograph, one column a row):

- mIoU of `--scorer`, and KID, times 1000, in its features or those that
  `--features` of evaluate.py names;
- grey: the deviation of the grey levels of an image, mean over the images:
  near 0 is a flat grey picture;
- what augmentation would leave in the images, if it leaked: brightness (mean
  grey level), color (mean distance of a channel to the pixel's mean), and blank
  (share of pixels within 4 levels of the grey that fills what is moved in or
  cut out). They should be those of the photographs.

Run, for the whole table:

    semsynth train_scorer --flagfile=configs/_base/camvid.cfg \
      --class_weighting=root --epochs=20 --output=camvid.keras
    python benchmarks/augmentation.py --scorer=camvid.keras \
      --output_dir=runs/augmentation --counts=50,367 --steps=1000 \
      --augmentations=none,color+translation+cutout,adaptive \
      --perceptual=off,imagenet

The table in docs/training.md has `--counts=50 --steps=200
--augmentations=none,color+translation+cutout
--perceptual=off,efficientnet_lite0`.

A row that has its run directory goes on from there.
"""

import json
import pathlib

import numpy as np
from absl import app
from absl import flags
from PIL import Image

import keras_semsynth
from keras_semsynth import Synthesizer
from keras_semsynth import experiments
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import to_uint8

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", "runs/augmentation", "For runs and results.")
flags.DEFINE_string("data", "../shared/data/camvid", "Folder of CamVid.")
flags.DEFINE_list("counts", ["50", "367"], "Training pictures, evenly chosen.")
flags.DEFINE_list(
    "augmentations",
    ["none", "color+translation+cutout", "adaptive"],
    "Names joined by +; adaptive: all of them, by ADA's controller.",
)
flags.DEFINE_list("perceptual", ["off"], "Choices of --perceptual.")
flags.DEFINE_integer("steps", 1000, "Training steps of every row.")
flags.DEFINE_integer("batch_size", 4, "Images of a step.")
flags.DEFINE_integer("seed", 0, "Seed of every row.")
flags.DEFINE_string("scorer", None, "Network for mIoU; none leaves it out.")
flags.DEFINE_string("features", None, "Whose features KID takes: --features.")
flags.DEFINE_integer("samples", 6, "Rows of the grid.")

SIZE = (64, 96)
OPERATIONS = ("color", "translation", "cutout")
NAMES = (
    "sky,building,pole,road,pavement,tree,sign,fence,car,pedestrian,bicyclist"
)
LEAK = ("grey", "brightness", "color", "blank")


def main(argv):
    del argv
    output = pathlib.Path(FLAGS.output_dir)
    rows, columns = {}, {}
    for count in map(int, FLAGS.counts):
        for perceptual in FLAGS.perceptual:
            for augmentation in FLAGS.augmentations:
                name = f"{count} {pathlib.Path(perceptual).stem} {augmentation}"
                run = output / name.replace(" ", "_")
                experiment = describe(run, count, augmentation, perceptual)
                keras_semsynth.training.train(experiment)
                held_out = samples_of(experiment)
                images = pictures(run, held_out[0])
                rows[name] = {**score(run), **leaks(images)}
                heading = heading_of(count, augmentation, perceptual)
                columns[heading] = images[:: step_of(images)][: FLAGS.samples]
                print(table({name: rows[name]}), flush=True)
    label_maps, photographs, classes = held_out
    rows["photographs"] = leaks(photographs)
    print(table(rows))
    (output / "rows.json").write_text(json.dumps(rows, indent=1))
    chosen = slice(None, FLAGS.samples * step_of(images), step_of(images))
    grid = draw_grid(
        [
            classes.colors(label_maps[chosen]),
            photographs[chosen],
            *columns.values(),
        ],
        ["layout", "photograph", *columns],
        FLAGS.samples,
    )
    Image.fromarray(grid).save(output / "grid.png")


def heading_of(count, augmentation, perceptual):
    """What a column of the grid is called."""
    words = [str(count)]
    if perceptual != "off":
        words.append("perceptual")
    if augmentation != "none":
        adaptive = augmentation == "adaptive"
        words.append("adaptive" if adaptive else "augmented")
    return ", ".join(words)


def describe(run, count, augmentation, perceptual):
    """Describes a cheap relative of configs/camvid_spade.cfg, with CLADE."""
    objective = {"ema_decay": 0.99, "reuse_fake": True}
    if augmentation == "adaptive":
        objective |= {
            "augmentation": OPERATIONS,
            "adaptive_target": 0.6,
            # Half of the run, so that the probability can find its place.
            "adaptive_images": FLAGS.steps * FLAGS.batch_size // 2,
        }
    elif augmentation != "none":
        objective["augmentation"] = augmentation.split("+")
    return experiments.Experiment.from_preset("spade").replace(
        data=(
            "folder",
            {
                **folders(count),
                "num_classes": 11,
                "ignore_label": 11,
                "class_names": NAMES.split(","),
                "preprocess_mode": "fixed",
                "image_size": SIZE,
            },
        ),
        generator={
            "filters": 8,
            "conditioning": "clade",
            "upsampling": "fewer",
            "initializer": "xavier_uniform",
        },
        discriminator={
            "filters": 16,
            "num_layers": 3,
            "initializer": "xavier_uniform",
        },
        objective=objective,
        optimizers={"learning_rate": 4e-4},
        run={
            "run_dir": run,
            "perceptual": perceptual,
            "batch_size": FLAGS.batch_size,
            "seed": FLAGS.seed,
            "epochs": 4,
            "steps_per_epoch": FLAGS.steps // 4,
            "sample_epochs": 4,
            "sample_count": 2,
            "tensorboard": False,
        },
    )


def folders(count):
    """Links evenly chosen pictures of the training set into a folder."""
    data = pathlib.Path(FLAGS.data).resolve()
    chosen = pathlib.Path(FLAGS.output_dir).resolve() / f"pictures_{count}"
    for kind in ("images", "labels"):
        files = sorted((data / kind / "train").iterdir())
        (chosen / kind).mkdir(parents=True, exist_ok=True)
        for i in np.linspace(0, len(files) - 1, count).round().astype(int):
            link = chosen / kind / files[i].name
            if not link.exists():
                link.symlink_to(files[i])
    return {
        "image_dir": chosen / "images",
        "label_dir": chosen / "labels",
        "val_image_dir": data / "images" / "val",
        "val_label_dir": data / "labels" / "val",
    }


def samples_of(experiment):
    """Returns all held-out label maps, photographs, and the classes."""
    train = experiments.open_dataset(experiment, "train")
    held_out = experiments.open_dataset(experiment, "val")
    inputs, images = read_samples(
        held_out,
        train,
        experiments.preprocessing(experiment, False, train.unknown_class),
        len(held_out),
    )
    return inputs["label_map"], to_uint8(images), train.classes


def pictures(run, label_maps):
    """Draws a picture of every layout."""
    synthesizer = Synthesizer.from_preset(run)
    return np.concatenate([synthesizer.synthesize(m) for m in label_maps])


def score(run):
    """Returns mIoU and kernel distance of a run, by name."""
    if not scores():
        return {}
    report = keras_semsynth.evaluation.evaluate(
        run,
        metrics=scores(),
        scorer=FLAGS.scorer,
        features=FLAGS.features,
        references=(),
        overwrite=True,
    )
    # Features that are not Inception's are in the name: `kid_camvid`.
    shown = {n.partition("_")[0]: s.shown for n, s in report.scores.items()}
    return {name: float(shown[name]) for name in scores()}


def scores():
    """Names what can be measured with the networks that were given."""
    names = ["miou"] * (FLAGS.scorer is not None)
    return names + ["kid"] * bool(FLAGS.scorer or FLAGS.features)


def leaks(images):
    """Measures what augmentation would change; images of 8 bits."""
    images = images.astype("float64")
    grey = images.mean(-1)
    blank = (np.abs(images - 127.5) < 4).all(-1)
    distance = np.abs(images - grey[..., None]).mean()
    return {
        "grey": float(grey.std((1, 2)).mean()),
        "brightness": float(grey.mean()),
        "color": float(distance),
        "blank": float(100 * blank.mean()),
    }


def step_of(images):
    """Samples of the grid are spread over all."""
    return max(len(images) // FLAGS.samples, 1)


def table(rows):
    """Writes Markdown."""
    names = [*scores(), *LEAK]
    lines = [
        f"| pictures, perceptual, augmentation | {' | '.join(names)} |",
        "| --- |" + " --- |" * len(names),
    ]
    for row, values in rows.items():
        numbers = [
            f"{values[name]:.3g}" if name in values else "" for name in names
        ]
        lines.append(f"| {row} | {' | '.join(numbers)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    app.run(main)
