"""How well a trained scorer names the classes of real images."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.data import Classes
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.metrics import ConfusionMatrix
from keras_semsynth.metrics import segmentation_scores
from keras_semsynth.scorers import UNetSegmenter


def measure(scorer: UNetSegmenter, batches: Any) -> dict[str, Any]:
    """Scores a scorer on real images.

    Args:
        scorer: `UNetSegmenter`.
        batches: `tf.data.Dataset` of `make_pipeline`, not training.

    Returns:
        dict of `miou` (mean over the classes that occur in the truth or in a
        prediction), `pixel_accuracy` (of the labelled pixels),
        `class_accuracy`, `iou` (class name to float, `None` for a class that
        never occurs), `pixels` (class name to true pixels) and
        `ignored_pixels`.

    Raises:
        ValueError: If no pixel is labelled.
    """
    confusion = ConfusionMatrix(scorer.num_classes)
    for inputs, images in batches.as_numpy_iterator():
        truth = scorer.to_scorer_ids(inputs["label_map"])
        prediction = scorer.segment(images, batch_size=len(images))
        confusion.update(truth, prediction)
    scores = segmentation_scores(confusion)
    names = scorer.class_names
    return {
        "miou": scores["miou"],
        "pixel_accuracy": scores["pixel_accuracy_valid"],
        "class_accuracy": scores["class_accuracy"],
        "iou": dict(zip(names, scores["iou"], strict=True)),
        "pixels": {
            name: int(pixels)
            for name, pixels in zip(names, confusion.counts.sum(1), strict=True)
        },
        "ignored_pixels": confusion.ignored,
    }


def table(scores: Mapping[str, Any]) -> list[str]:
    """Lines of a report for people.

    Args:
        scores: Mapping of `measure`.

    Returns:
        List of str.
    """
    width = max(len(name) for name in scores["iou"])
    lines = [
        f"  {name:{width}}  " + ("   -" if iou is None else f"{100 * iou:5.1f}")
        for name, iou in scores["iou"].items()
    ]
    return [
        f"mIoU {100 * scores['miou']:.1f} %, pixel accuracy "
        f"{100 * scores['pixel_accuracy']:.1f} %, class accuracy "
        f"{100 * scores['class_accuracy']:.1f} % on real held-out images; "
        "IoU of the classes:",
        *lines,
    ]


def draw_predictions(
    scorer: UNetSegmenter,
    inputs: Mapping[str, np.ndarray],
    images: np.ndarray,
    classes: Classes,
) -> np.ndarray:
    """Draws images, their layouts, and what the scorer sees.

    Args:
        scorer: `UNetSegmenter`.
        inputs: Mapping with `"label_map"` `(count, height, width)`.
        images: Float array `(count, height, width, 3)` in `[-1, 1]`.
        classes: `Classes` of the dataset.

    Returns:
        `uint8` array `(grid height, grid width, 3)`.
    """
    predicted = scorer.to_dataset_ids(scorer.segment(images))
    columns = [to_uint8(images)] + [
        classes.colors(maps) for maps in (inputs["label_map"], predicted)
    ]
    return draw_grid(columns, ("real", "truth", "prediction"))
