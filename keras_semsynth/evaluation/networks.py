"""Opens the networks that the chosen scores need."""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Sequence

from keras_semsynth.data import Dataset
from keras_semsynth.evaluation import crops
from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.crops import CropsJudge
from keras_semsynth.evaluation.frechet import FeatureExtractor
from keras_semsynth.evaluation.inception import InceptionScoreJudge
from keras_semsynth.evaluation.lpips import LPIPSJudge
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.segmentation import SegmentationRuler
from keras_semsynth.scorers import PRETRAINED_SCORERS

METRIC_NAMES = ("fid", "fd", "miou", "lpips", "is", "crops")
# Scores that compare with real images.
_NEED_IMAGES = {"fid", "fd", "lpips", "crops"}


@dataclasses.dataclass(frozen=True)
class Networks:
    """What judges the images.

    Args:
        extractors: List of `FeatureExtractor`, one a Frechet distance.
        segmentation: `SegmentationRuler` for mIoU, or `None`.
        others: List of functions that make a judge of 8-bit files for a pass.
        crops: Function that makes a `CropsJudge` for a pass, or `None`.
    """

    extractors: list[FeatureExtractor]
    segmentation: SegmentationRuler | None
    others: list[Callable[[], LPIPSJudge | InceptionScoreJudge]]
    crops: Callable[[], CropsJudge] | None


def choose_metrics(
    metrics: Sequence[str] | None,
    dataset: Dataset,
    targets: Targets,
    own_scorer: bool,
) -> tuple[str, ...]:
    """Which scores to measure.

    Args:
        metrics: Sequence of str out of `METRIC_NAMES`, or `None` for what
            papers print for the dataset.
        dataset: `Dataset`.
        targets: Targets.
        own_scorer: bool. Whether a scorer is given: `None` is then what it
            can measure.

    Returns:
        Tuple of str.

    Raises:
        ValueError: If a score is unknown or cannot be measured on this.
    """
    if metrics is None:
        chosen = ("fd", "miou") if own_scorer else dataset.metrics
        missing = set() if targets.has_labels else {"miou"}
        missing |= set() if targets.has_images else _NEED_IMAGES
        chosen = tuple(name for name in chosen if name not in missing)
        if not chosen:
            raise ValueError(
                f"What papers measure for {dataset.name} needs real images: "
                "give `real`, choose `metrics`, or give a `scorer` for the "
                "mIoU."
            )
        return chosen
    if not metrics or set(metrics) - set(METRIC_NAMES):
        raise ValueError(
            f"`metrics` must name some of {', '.join(METRIC_NAMES)}. "
            f"Received: `metrics={','.join(metrics)}`."
        )
    partners = {"miou", "lpips", "crops"} & set(metrics)
    if partners and not targets.paired:
        raise ValueError(
            f"`metrics={','.join(sorted(partners))}` compares each image with "
            "its partner, and these have none: choose fid, is or, with a "
            "`scorer`, fd."
        )
    if "miou" in metrics and not targets.has_labels:
        raise ValueError("`metrics=miou` needs label maps: give `labels`.")
    if "crops" in metrics and not targets.has_instances:
        raise ValueError(
            "`metrics=crops` needs instance maps: a dataset that has them, or "
            "`instances`."
        )
    needing = _NEED_IMAGES & set(metrics)
    if needing and not targets.has_images:
        raise ValueError(
            f"`metrics={','.join(sorted(needing))}` needs real images: give "
            "`real`."
        )
    return tuple(metrics)


def open_networks(
    metrics: Sequence[str],
    protocol: Protocol,
    dataset: Dataset,
    targets: Targets,
    scorer: str | os.PathLike | None = None,
    weights_dir: str | os.PathLike | None = None,
    min_object_area: int | None = None,
) -> Networks:
    """Opens what measures some scores.

    Args:
        metrics: Sequence of str.
        protocol: `Protocol`.
        dataset: `Dataset`.
        targets: Targets.
        scorer: Path of a scorer of train_scorer, or `None` for the one of the
            dataset. Defaults to `None`.
        weights_dir: Folder of the public weights. Defaults to `None`, the
            environment variable `SEMSYNTH_WEIGHTS`.
        min_object_area: int or `None`. Least area of an object crop. Defaults
            to `None`, that of the paper.

    Returns:
        `Networks`.

    Raises:
        ValueError: If no network is known for the dataset.
        FileNotFoundError: If a weight file is missing.
    """
    own = None
    if scorer is not None or dataset.name in PRETRAINED_SCORERS:
        own = rulers.trained_scorer(scorer, dataset.name)
    elif "fd" in metrics or ("miou" in metrics and dataset.scorer is None):
        raise ValueError(
            f"No segmentation network is known for {dataset.name}: train one "
            "with semsynth train_scorer and give it with `scorer`, or choose "
            "other `metrics`."
        )
    extractors, segmentation, others, make_crops = [], None, [], None
    fid = None
    if "fid" in metrics or "crops" in metrics:
        fid = rulers.fid_extractor(protocol, weights_dir)
    if "fid" in metrics:
        extractors.append(fid)
    if "fd" in metrics:
        extractors.append(rulers.fd_extractor(*own))
    if "miou" in metrics and own is not None:
        segmentation = rulers.trained_ruler(*own, targets)
    elif "miou" in metrics:
        segmentation = rulers.public_ruler(dataset, protocol, weights_dir)
    inception_score = None
    if "is" in metrics:
        inception_score = rulers.inception_score_judge(protocol, weights_dir)
    if "lpips" in metrics:
        others.append(rulers.lpips_judge(protocol, weights_dir))
    if inception_score is not None:
        others.append(inception_score)
    if "crops" in metrics:
        area, rule = crops.least_area(targets, min_object_area)

        def make_crops():
            return CropsJudge(fid, area, {"min_object_area_is": rule})

    return Networks(extractors, segmentation, others, make_crops)
