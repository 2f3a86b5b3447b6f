"""mIoU and accuracy: does a segmentation network find the layout again?"""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.score import Score
from keras_semsynth.metrics import ConfusionMatrix
from keras_semsynth.metrics import group_iou
from keras_semsynth.metrics import segmentation_scores
from keras_semsynth.scorers import SegmentationScorer
from keras_semsynth.scorers.pillow_resizing import resize_pixels


class SegmentationRuler:
    """A segmentation network with what fixes the numbers it gives.

    Args:
        name: str.
        scorer: `SegmentationScorer`.
        to_truth: Function from a label map of the dataset to ids of the
            network; ids outside `[0, num_classes)` are ignored.
        convention: str, which classes the mean runs over; see
            `metrics.segmentation_scores`.
        class_names: Sequence of str, of the network's classes.
        ruler: Mapping for the report.
        input_size: `(height, width)` for the network, or `None` for that of
            the images. Defaults to `None`.
        groups: Mapping, name -> classes whose mean IoU is reported too.
            Defaults to none.
    """

    def __init__(
        self,
        name: str,
        scorer: SegmentationScorer,
        to_truth: Callable[[np.ndarray], np.ndarray],
        convention: str,
        class_names: Sequence[str],
        ruler: Mapping[str, Any],
        input_size: tuple[int, int] | None = None,
        groups: Mapping[str, Sequence[int]] | None = None,
    ):
        self.name = name
        self.scorer = scorer
        self.to_truth = to_truth
        self.convention = convention
        self.class_names = tuple(class_names)
        self.ruler = ruler
        self.input_size = input_size
        self.groups = groups or {}

    def segment(self, images: np.ndarray) -> np.ndarray:
        """Segments `uint8` images; returns ids `(batch, height, width)`."""
        size = images.shape[1:3]
        if self.input_size is not None and tuple(self.input_size) != size:
            images = resize_pixels(images, self.input_size, "bicubic")
        return self.scorer.segment(images, size=size)


class SegmentationJudge:
    """Counts one pass of images against layouts.

    Args:
        ruler: `SegmentationRuler`.
        targets: Targets; the reference `"shuffled"` reads others of them.
        references: Which ends of the scale to measure too: `"real"` segments
            the real images, `"shuffled"` compares each generated image with
            the layout half the dataset further. Defaults to none.
    """

    def __init__(
        self,
        ruler: SegmentationRuler,
        targets: Targets,
        references: Sequence[str] = (),
    ):
        self.ruler = ruler
        self.targets = targets
        classes = ruler.scorer.num_classes
        self.confusions = {
            name: ConfusionMatrix(classes) for name in ("", *references)
        }
        # (number of the sample, IoU of each class it shows, else NaN)
        self.per_image = []

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Counts a batch of 8-bit images."""
        predictions = self.ruler.segment(images)
        of_real = predictions
        if "real" in self.confusions:
            real = np.stack([target.image for target in targets])
            of_real = self.ruler.segment(real)
        for i, index in enumerate(indices):
            truth = self.ruler.to_truth(targets[i].label_map)
            one = ConfusionMatrix(self.ruler.scorer.num_classes)
            one.update(truth, predictions[i])
            self.per_image.append((index, image_iou(one.counts)))
            self.confusions[""].counts += one.counts
            self.confusions[""].ignored += one.ignored
            if "real" in self.confusions:
                self.confusions["real"].update(truth, of_real[i])
            if "shuffled" in self.confusions:
                other = (index + len(self.targets) // 2) % len(self.targets)
                label_map = self.targets.read(
                    other, predictions[i].shape
                ).label_map
                self.confusions["shuffled"].update(
                    self.ruler.to_truth(label_map), predictions[i]
                )

    def scores(self) -> list[Score]:
        """Returns mIoU and accuracies, those of the references at the end."""
        scores = []
        for reference, confusion in self.confusions.items():
            prefix = f"{reference}/" if reference else ""
            scores += [
                dataclasses.replace(score, name=f"{prefix}{score.name}")
                for score in self._scores(confusion)
            ]
        return scores

    def _scores(self, confusion):
        found = segmentation_scores(confusion, self.ruler.convention)
        names = self.ruler.class_names
        ruler = {
            **self.ruler.ruler,
            "images": len(self.per_image),
            "labelled_pixels": int(confusion.counts.sum()),
            "ignored_pixels": int(confusion.ignored),
        }
        scores = [
            Score(
                "miou",
                found["miou"],
                {**ruler, "mean_over": self.ruler.convention},
                "%",
                details={"iou": dict(zip(names, found["iou"], strict=True))},
            )
        ]
        for group, classes in self.ruler.groups.items():
            scores.append(
                Score(
                    f"{group}_miou",
                    group_iou(confusion, classes),
                    {**ruler, "classes": [names[c] for c in classes]},
                    "%",
                )
            )
        for kind, ignored in (("valid", "left out"), ("all", "wrong")):
            name = f"pixel_accuracy_{kind}"
            pixels = {**ruler, "ignored_pixels_are": ignored}
            scores.append(Score(name, found[name], pixels, "%"))
        for name in ("class_accuracy", "frequency_weighted_iou"):
            scores.append(Score(name, found[name], ruler, "%"))
        return scores


def image_iou(counts: np.ndarray) -> np.ndarray:
    """IoU of every class that an image's layout shows, NaN for the others."""
    hits = np.diag(counts).astype("float64")
    truth = counts.sum(axis=1)
    union = truth + counts.sum(axis=0) - hits
    shown = truth > 0
    return np.where(shown, hits / np.where(shown, union, 1), np.nan)
