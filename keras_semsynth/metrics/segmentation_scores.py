"""Intersection over union and accuracies from a confusion matrix."""

from collections.abc import Sequence

import numpy as np

from keras_semsynth.metrics.confusion_matrix import ConfusionMatrix

# Pole, light and sign; person to bicycle: what DP-GAN's "object mIoU" is over.
CITYSCAPES_OBJECTS = (5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 18)
CONVENTIONS = ("cityscapes", "ade20k", "coco_stuff")


def segmentation_scores(
    confusion: ConfusionMatrix, convention: str = "cityscapes"
) -> dict:
    """Scores of a segmentation network, as its own tool averages them.

    The IoU of a class is `hits / (true + predicted - hits)` over the whole
    set. The tools differ in the classes that their mean is over:

    | convention | mean IoU over |
    | --- | --- |
    | `cityscapes` (DRN; also the choice for any other dataset) | classes that \
occur in the truth or in a prediction |
    | `ade20k` (UperNet) | all classes; one that never occurs counts as 0 |
    | `coco_stuff` (DeepLab) | classes that occur in the truth |

    Args:
        confusion: `ConfusionMatrix`.
        convention: str, one of the above. Defaults to `"cityscapes"`.

    Returns:
        dict of

        - `miou`: float.
        - `iou`: list of float, one a class; `None` for a class that never
          occurs (0 with `ade20k`).
        - `pixel_accuracy_valid`: float, right pixels of those with a class.
        - `pixel_accuracy_all`: float, right pixels of all; the ignored ones
          count as wrong.
        - `class_accuracy`: float, mean over the classes in the truth of their
          accuracies.
        - `frequency_weighted_iou`: float, IoU weighted by true pixels.
        - `object_miou`: float, with `cityscapes` and its 19 classes only.

        A mean over nothing is `None`.

    Raises:
        ValueError: If no pixel was counted or `convention` is unknown.
    """
    if convention not in CONVENTIONS:
        raise ValueError(
            f"`convention` must be one of {CONVENTIONS}. Received: "
            f"convention={convention!r}."
        )
    counts = confusion.counts.astype("float64")
    hits, true = np.diag(counts), counts.sum(1)
    valid = counts.sum()
    if not valid:
        raise ValueError(
            f"None of {confusion.total} pixels has a class to be scored "
            f"against ({confusion.ignored} are ignored): check the label maps "
            "and how their ids are mapped."
        )
    iou = _class_iou(counts)
    present = true > 0
    if convention == "ade20k":
        # An empty union over itself + 1e-10, as the tool has it.
        union = true + counts.sum(0) - hits
        iou = hits / (union + 1e-10)
        miou = iou.mean()
    elif convention == "coco_stuff":
        miou = iou[present].mean()
    else:
        miou = np.nanmean(iou)
    result = {
        "miou": float(miou),
        "iou": [_number(value) for value in iou],
        "pixel_accuracy_valid": float(hits.sum() / valid),
        "pixel_accuracy_all": float(hits.sum() / confusion.total),
        "class_accuracy": float((hits[present] / true[present]).mean()),
        "frequency_weighted_iou": float(
            (true[present] * iou[present]).sum() / valid
        ),
    }
    if convention == "cityscapes" and confusion.num_classes == 19:
        result["object_miou"] = group_iou(confusion, CITYSCAPES_OBJECTS)
    return result


def group_iou(
    confusion: ConfusionMatrix, classes: Sequence[int]
) -> float | None:
    """Mean IoU of some classes.

    Args:
        confusion: `ConfusionMatrix`.
        classes: Sequence of int, such as `CITYSCAPES_OBJECTS`.

    Returns:
        float, the mean over those that occur in the truth or in a prediction;
        `None` if none does.

    Raises:
        ValueError: If an id is no class.
    """
    classes = [int(c) for c in classes]
    for c in classes:
        if not 0 <= c < confusion.num_classes:
            raise ValueError(
                f"`classes` must be ids 0 to {confusion.num_classes - 1}. "
                f"Received: {c}."
            )
    iou = _class_iou(confusion.counts.astype("float64"))[classes]
    iou = iou[np.isfinite(iou)]
    return float(iou.mean()) if len(iou) else None


def _class_iou(counts):
    hits = np.diag(counts)
    union = counts.sum(0) + counts.sum(1) - hits
    iou = np.full(len(counts), np.nan)
    np.divide(hits, union, out=iou, where=union > 0)
    return iou


def _number(value):
    return None if np.isnan(value) else float(value)
