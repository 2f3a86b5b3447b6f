"""Trains the segmentation network with which a dataset is scored."""

import dataclasses
import json
import math
import os
import pathlib
import time
from collections.abc import Mapping
from typing import Any
from typing import Literal

import keras

from keras_semsynth import backend
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.file_dataset import paths_of
from keras_semsynth.data.held_out import CHECKED_SAMPLES
from keras_semsynth.data.held_out import choose_samples
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.pipeline import sample_error
from keras_semsynth.data.validation import validate
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.files import atomic
from keras_semsynth.files.network_writing import write_network
from keras_semsynth.files.outputs import require_file
from keras_semsynth.files.pictures import write_png
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training.memory_checks import check_batch_memory
from keras_semsynth.training.memory_checks import check_order_memory
from keras_semsynth.training.memory_checks import check_samples_memory
from keras_semsynth.training.scorer_report import draw_predictions
from keras_semsynth.training.scorer_report import measure
from keras_semsynth.training.scorer_report import table
from keras_semsynth.training.scorer_training import class_weights
from keras_semsynth.training.scorer_training import count_pixels
from keras_semsynth.training.scorer_training import fit_scorer
from keras_semsynth.training.scorer_training import hold_out
from keras_semsynth.training.scorer_training import scorer_batches
from keras_semsynth.training.train import TrainingError


@dataclasses.dataclass(frozen=True)
class ScorerReport:
    """A trained scorer and how well it does; as a str, a table.

    Attributes:
        scorer: The trained `UNetSegmenter`.
        scores: Mapping. Its `miou`, `pixel_accuracy`, `class_accuracy` and
            `iou` (of each class) on real held-out images, the upper end for
            any generator.
        path: Path of the network, a `.keras` file.
        report_path: Path of the report, a `.json` file.
        picture_path: Path of the picture of what it sees, a `.png` file.
    """

    scorer: UNetSegmenter
    scores: Mapping[str, Any]
    path: pathlib.Path
    report_path: pathlib.Path
    picture_path: pathlib.Path

    def __str__(self) -> str:
        return "\n".join(table(self.scores))


def train_scorer(
    data: Part | None = None,
    *,
    output: str | os.PathLike = "scorer.keras",
    overwrite: bool = False,
    epochs: int = 20,
    batch_size: int = 16,
    learning_rate: float = 2e-3,
    class_weighting: Literal["none", "root", "balanced"] = "none",
    seed: int = 0,
    cache: Literal["auto", "on", "off"] = "auto",
    sample_count: int = 8,
    progress_seconds: float = 30.0,
    **network: Any,
) -> ScorerReport:
    """Trains a small segmentation network on photographs and their layouts.

    For datasets without a public one: it tells whether generated images show
    the classes they should. Beside the network lie a report of its own scores
    on real held-out images and a picture of what it sees. Without a validation
    split every tenth sample is held out.

    Args:
        data: `Part` or `None`. The dataset and its arguments. Defaults to
            `None`, landscapes.
        output: str. Where to write the network (.keras). The report and the
            picture lie beside it with the endings .json and .png. Defaults to
            `"scorer.keras"`.
        overwrite: bool. Whether to replace files that exist already. Defaults
            to `False`.
        epochs: int. Passes over the training data. Defaults to `20`.
        batch_size: int. Images a step. Defaults to `16`.
        learning_rate: float. First step size of Adam; it falls along a
            cosine. Defaults to `2e-3`.
        class_weighting: str. Weight of a class in the loss: `none` (every
            pixel the same), `root` (one over the root of its frequency) or
            `balanced` (one over its frequency). More weight for rare classes
            raises their IoU and lowers the pixel accuracy. Defaults to
            `"none"`.
        seed: int. Seed of weights, shuffling and flips. Defaults to `0`.
        cache: str. `auto` keeps decoded samples in memory if they need less
            than 1 GiB; `on` and `off` decide it. Defaults to `"auto"`.
        sample_count: int. Held-out images in the picture. Defaults to `8`.
        progress_seconds: float. Seconds between two lines of progress when
            the output is no terminal. Defaults to `30.0`.
        **network: Arguments of `UNetSegmenter`: `filters`, `depth`,
            `max_filters`.

    Returns:
        `ScorerReport`.

    Raises:
        ValueError: About the first thing that is wrong.
        TrainingError: If numbers became NaN or infinite; nothing was written.

    Example:

    >>> report = keras_semsynth.training.train_scorer(epochs=2)
    >>> report.scores["miou"]
    0.87
    """
    for name, value, least in (
        ("epochs", epochs, 1),
        ("batch_size", batch_size, 1),
        ("sample_count", sample_count, 1),
        ("seed", seed, 0),
        ("progress_seconds", progress_seconds, 0),
    ):
        if not least <= value < math.inf:
            raise ValueError(
                f"`{name}` must be finite and at least {least}. Received: "
                f"`{name}={value}`."
            )
    if seed >= 2**32:
        raise ValueError(
            f"`seed` must be at most {2**32 - 1}. Received: `seed={seed}`."
        )
    if not 0 < learning_rate < math.inf:
        raise ValueError(
            "`learning_rate` must be positive and finite. Received: "
            f"`learning_rate={learning_rate}`."
        )
    experiment = Experiment(data=data or Part("landscapes"))
    check_batch_memory(preprocessing(experiment, True), batch_size)
    outputs = _outputs(output, overwrite)
    began = time.monotonic()
    train, held_out = _splits(experiment)
    check_order_memory(len(train))
    read = {p for split in (train, held_out) for p in paths_of(split.samples)}
    for written in outputs:
        require_file(written, "output", overwrite, read)
    training, testing = (
        preprocessing(experiment, is_training, train.unknown_class)
        for is_training in (True, False)
    )
    if training.image_size is None:
        raise ValueError(
            f"`preprocess_mode={training.mode}` gives images of different "
            "sizes; choose 'fixed' or a mode that crops."
        )
    for dataset, geometry in ((train, training), (held_out, testing)):
        validate(dataset, geometry, CHECKED_SAMPLES)
    check_samples_memory(testing, min(sample_count, len(held_out)))
    steps = len(train) // batch_size
    if not steps:
        raise ValueError(
            f"The dataset has {len(train)} training samples, fewer than one "
            f"batch of {batch_size}: lower `batch_size`."
        )
    outputs[0].parent.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    scorer = _new_scorer(train, training.image_size, network)
    counts = count_pixels(train, scorer)
    _tell(scorer, train, counts, epochs, steps)

    def held_out_batches(dataset, batch_size):
        return make_pipeline(
            dataset, testing, batch_size, training=False, cache="off"
        )

    try:
        stream = make_pipeline(
            train, training, batch_size, training=True, seed=seed, cache=cache
        )
        weights = class_weights(counts, class_weighting)
        with backend.memory_for(
            f"A training step on {batch_size} images",
            "lower `batch_size`, `filters` or `image_size`",
        ):
            loss = fit_scorer(
                scorer,
                scorer_batches(stream, scorer, train.num_classes, weights),
                training.image_size,
                epochs,
                steps,
                batch_size,
                learning_rate,
                progress_seconds,
            )
        scores = measure(scorer, held_out_batches(held_out, batch_size))
        count = min(sample_count, len(held_out))
        shown = held_out_batches(choose_samples(held_out, count), count)
        inputs, images = next(shown.as_numpy_iterator())
    except FloatingPointError as error:
        raise TrainingError(
            f"{error} Nothing was written: run it again with a lower "
            f"`learning_rate` than {learning_rate:g}."
        ) from error
    except Exception as error:
        # tf.data wraps what the reader of a sample has raised.
        sentence = sample_error(error)
        if sentence is None:
            raise
        raise sentence from error
    report = ScorerReport(scorer, scores, *outputs)
    _write(
        report,
        draw_predictions(scorer, inputs, images, train.classes),
        {
            "validation_images": len(held_out),
            "training_images": len(train),
            "training_loss": loss,
            "seconds": round(time.monotonic() - began, 1),
            "data": {
                "name": experiment.data.name,
                **experiment.data.arguments,
            },
            "training": {
                "epochs": epochs,
                "batch_size": batch_size,
                "learning_rate": learning_rate,
                "class_weighting": class_weighting,
                "seed": seed,
            },
        },
    )
    return report


def _outputs(output, overwrite):
    """Returns the paths of network, report and picture."""
    path = pathlib.Path(output)
    if path.suffix != ".keras":
        raise ValueError(
            f"`output` must end in .keras. Received: `output={output}`."
        )
    outputs = [
        path.with_suffix(ending) for ending in (".keras", ".json", ".png")
    ]
    for written in outputs:
        require_file(written, "output", overwrite)
    return outputs


def _splits(experiment):
    """Opens the training samples and those that are held out."""
    if not get_dataset(experiment.data.name).paired:
        raise ValueError(
            "Unpaired photographs have no label maps to learn from; choose a "
            "dataset with label maps."
        )
    train = open_dataset(experiment, "train")
    held_out = open_dataset(experiment, "val")
    if held_out is None:
        train, held_out = hold_out(train)
        print(
            f"Note: no validation split; {len(held_out)} of "
            f"{len(train) + len(held_out)} samples are held out and not "
            "trained on."
        )
    if held_out.num_classes != train.num_classes:
        raise ValueError(
            f"The validation split has {held_out.num_classes} classes, but "
            f"the training split {train.num_classes}: check the label maps "
            "and `num_classes`."
        )
    return train, held_out


def _new_scorer(dataset, image_size, network):
    unknown = dataset.unknown_class
    names = [name for i, name in enumerate(dataset.class_names) if i != unknown]

    def make():
        return UNetSegmenter(
            len(names),
            dataset=dataset.name,
            class_names=names,
            unknown_class=unknown,
            image_size=image_size,
            **network,
        )

    backend.require_memory(
        # With the two moments of Adam.
        3 * 4 * backend.count_variables(make),
        "The scorer and its optimizer",
        "`filters`, `max_filters` or `depth`",
    )
    scorer = make()
    scorer.build()
    return scorer


def _tell(scorer, train, counts, epochs, steps):
    height, width = scorer.image_size
    print(
        f"{scorer.count_params() / 1e6:.2f} M numbers; {len(train)} images of "
        f"{train.name} at {height}x{width}, {scorer.num_classes} classes; "
        f"{epochs} epochs of {steps} steps on {keras.backend.backend()}."
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


def _write(report, picture, facts):
    content = {
        "scorer": report.scorer.describe(),
        "real_validation": report.scores,
        **facts,
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
    }
    atomic.remove_leftovers(report.path.parent)
    # All of them or none, so that a second try finds no file in its way.
    with (
        atomic.atomic_path(report.path) as network_path,
        atomic.atomic_path(report.report_path) as report_path,
        atomic.atomic_path(report.picture_path) as picture_path,
    ):
        write_network(report.scorer, network_path)
        report_path.write_text(
            json.dumps(content, indent=2, allow_nan=False) + "\n",
            encoding="utf-8",
        )
        write_png(picture_path, picture)
