"""Trains a small segmentation network that evaluate.py scores images with.

    semsynth train_scorer --dataset=landscapes
    semsynth train_scorer --dataset=folder --image_dir=photos \\
        --label_dir=labels --num_classes=11 --output=mine.keras

For datasets without a public segmentation network: it learns from real
photographs and their label maps, and then tells whether generated images show
the classes they should. Beside the network it writes a report of its own mIoU
on real held-out images (.json), the upper end for any generator, and a picture
of what it sees (.png). Without a validation split every tenth sample is held
out.
"""

import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import flags
from PIL import Image

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import copy_flags
from keras_semsynth.commands.command_line import fail
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.commands.command_line import resolved_flags
from keras_semsynth.data import flags as data_flags
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.pipeline import sample_error
from keras_semsynth.data.validation import validate
from keras_semsynth.files import atomic
from keras_semsynth.training.held_out import CHECKED_SAMPLES
from keras_semsynth.training.held_out import choose_samples
from keras_semsynth.training.scorer_training import CLASS_WEIGHTINGS
from keras_semsynth.training.scorer_training import class_weights
from keras_semsynth.training.scorer_training import count_pixels
from keras_semsynth.training.scorer_training import fit_scorer
from keras_semsynth.training.scorer_training import hold_out
from keras_semsynth.training.scorer_training import scorer_batches

MODULE = "keras_semsynth.commands.train_scorer"
# Flags without influence on what is learned.
_NOT_REPORTED = ("output", "overwrite", "debug", "progress_seconds")


def define_flags(flag_values):
    """Defines the flags of this command, those of the data included.

    Args:
        flag_values: `flags.FlagValues`.
    """
    copy_flags(data_flags.NAME, flag_values)
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "output",
        "scorer.keras",
        "Where to write the network. The report and the picture lie beside it "
        "with the endings .json and .png.",
        **shared,
    )
    flags.DEFINE_integer(
        "epochs", 20, "Passes over the training data.", lower_bound=1, **shared
    )
    flags.DEFINE_integer(
        "batch_size", 16, "Images a step.", lower_bound=1, **shared
    )
    flags.DEFINE_float(
        "learning_rate",
        2e-3,
        "First step size of Adam; it falls along a cosine.",
        lower_bound=0.0,
        **shared,
    )
    flags.DEFINE_integer(
        "filters",
        16,
        "Channels at full resolution; they double with every halving, up to "
        "--max_filters.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "max_filters",
        128,
        "Most channels of any layer; the length of the features for fd.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "depth",
        3,
        "How often the image is halved; one more for every doubling of the "
        "image size beyond 64 is about right.",
        lower_bound=1,
        upper_bound=8,
        **shared,
    )
    flags.DEFINE_enum(
        "class_weighting",
        "none",
        list(CLASS_WEIGHTINGS),
        "Weight of a class in the loss: 'none' (every pixel the same), 'root' "
        "(one over the root of its frequency) or 'balanced' (one over its "
        "frequency). More weight for rare classes raises their IoU and lowers "
        "the pixel accuracy.",
        **shared,
    )
    flags.DEFINE_integer(
        "seed", 0, "Seed of weights, shuffling and flips.", **shared
    )
    flags.DEFINE_integer(
        "sample_count",
        8,
        "Held-out images in the picture.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_float(
        "progress_seconds",
        30.0,
        "Seconds between two lines of progress when the output is no terminal.",
        lower_bound=0.0,
        **shared,
    )
    flags.DEFINE_boolean(
        "overwrite", False, "Replace files that exist already.", **shared
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    values = flags.FlagValues()
    define_flags(values)
    values = parse_flags(
        list(sys.argv if argv is None else argv),
        __doc__,
        [MODULE, data_flags.NAME],
        pathlib.Path.cwd(),
        values,
    )
    try:
        with one_sentence(values.debug):
            _train(values, *_prepare(values))
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    except Exception as error:
        # tf.data wraps what the reader of a sample has raised.
        sentence = sample_error(error)
        if values.debug or sentence is None:
            raise
        fail(sentence, 1)
    return 0


def _outputs(values):
    """Returns the paths of network, report and picture."""
    path = pathlib.Path(values.output)
    if path.suffix != ".keras":
        raise UsageError(
            f"--output must end in .keras. Received: --output={values.output}."
        )
    outputs = [
        path.with_suffix(ending) for ending in (".keras", ".json", ".png")
    ]
    for output in outputs:
        if output.exists() and not values.overwrite:
            raise UsageError(
                f"{output} exists. Choose another --output, or pass "
                "--overwrite to replace it."
            )
    return outputs


def _prepare(values):
    """Checks everything that can be checked before training."""
    outputs = _outputs(values)
    if values.dataset == "unpaired":
        raise UsageError(
            "--dataset=unpaired has no label maps to learn from; choose a "
            "dataset with label maps."
        )
    train = data_flags.dataset_from_flags(values, "train")
    held_out = data_flags.dataset_from_flags(values, "val")
    if held_out is None:
        train, held_out = hold_out(train)
        print(
            f"Note: no validation split; {len(held_out)} of "
            f"{len(train) + len(held_out)} samples are held out and not "
            "trained on."
        )
    if held_out.num_classes != train.num_classes:
        raise UsageError(
            f"The validation split has {held_out.num_classes} classes, but "
            f"the training split {train.num_classes}: check the label maps "
            "and --num_classes."
        )
    preprocessing = [
        data_flags.preprocessing_from_flags(
            values, training, unknown_class=train.unknown_class
        )
        for training in (True, False)
    ]
    if preprocessing[0].image_size is None:
        raise UsageError(
            f"--preprocess_mode={preprocessing[0].mode} gives images of "
            "different sizes; choose 'fixed' or a mode that crops."
        )
    for dataset, geometry in zip((train, held_out), preprocessing, strict=True):
        validate(dataset, geometry, CHECKED_SAMPLES)
    if len(train) < values.batch_size:
        raise UsageError(
            f"The dataset has {len(train)} training samples, fewer than one "
            f"batch of {values.batch_size}: lower --batch_size."
        )
    outputs[0].parent.mkdir(parents=True, exist_ok=True)
    return outputs, train, held_out, preprocessing


def _new_scorer(values, dataset, image_size):
    from keras_semsynth.scorers.unet_segmenter import UNetSegmenter

    unknown = dataset.unknown_class
    names = [name for i, name in enumerate(dataset.class_names) if i != unknown]
    scorer = UNetSegmenter(
        len(names),
        filters=values.filters,
        depth=values.depth,
        max_filters=values.max_filters,
        dataset=dataset.name,
        class_names=names,
        unknown_class=unknown,
        image_size=image_size,
    )
    scorer.build()
    return scorer


def _train(values, outputs, train, held_out, preprocessing):
    import keras

    from keras_semsynth.training.scorer_report import draw_predictions
    from keras_semsynth.training.scorer_report import measure
    from keras_semsynth.training.scorer_report import table

    started = time.monotonic()
    keras.utils.set_random_seed(values.seed)
    image_size = preprocessing[0].image_size
    scorer = _new_scorer(values, train, image_size)
    counts = count_pixels(train, scorer)
    steps = len(train) // values.batch_size
    print(
        f"{scorer.count_params() / 1e6:.2f} M numbers; {len(train)} images of "
        f"{train.name} at {image_size[0]}x{image_size[1]}, "
        f"{scorer.num_classes} classes; {values.epochs} epochs of {steps} "
        f"steps on {keras.backend.backend()}."
    )
    absent = [
        name
        for name, count in zip(scorer.class_names, counts, strict=True)
        if not count
    ]
    if absent:
        print(
            f"Note: no training label map shows {', '.join(absent)}; the "
            "scorer will not know it."
        )
    batches = make_pipeline(
        train,
        preprocessing[0],
        values.batch_size,
        training=True,
        seed=values.seed,
        cache=values.cache,
    )
    loss = fit_scorer(
        scorer,
        scorer_batches(
            batches,
            scorer,
            train.num_classes,
            class_weights(counts, values.class_weighting),
        ),
        image_size,
        values.epochs,
        steps,
        values.batch_size,
        values.learning_rate,
        values.progress_seconds,
    )

    def held_out_batches(dataset, batch_size):
        return make_pipeline(
            dataset, preprocessing[1], batch_size, training=False, cache="off"
        )

    scores = measure(scorer, held_out_batches(held_out, values.batch_size))
    count = min(values.sample_count, len(held_out))
    shown = held_out_batches(choose_samples(held_out, count), count)
    picture = draw_predictions(
        scorer, *next(shown.as_numpy_iterator()), train.palette
    )
    report = {
        "scorer": scorer.describe(),
        "real_validation": scores,
        "validation_images": len(held_out),
        "training_images": len(train),
        "training_loss": loss,
        "seconds": round(time.monotonic() - started, 1),
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "flags": {
            name: value
            for name, value in resolved_flags(
                values, [MODULE, data_flags.NAME]
            ).items()
            if name not in _NOT_REPORTED
        },
    }
    network_path, report_path, picture_path = outputs
    with atomic.atomic_path(network_path) as temporary:
        scorer.save(temporary)
    atomic.write_text(
        report_path, json.dumps(report, indent=2, allow_nan=False) + "\n"
    )
    with atomic.atomic_path(picture_path) as temporary:
        Image.fromarray(picture).save(temporary, format="PNG")
    print("\n".join(table(scores)))
    print(f"Done: {network_path}, {report_path}, {picture_path}.")
