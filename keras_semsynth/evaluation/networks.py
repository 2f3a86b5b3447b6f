"""Opens the networks that the chosen scores need."""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Sequence

from keras_semsynth.data import Dataset
from keras_semsynth.evaluation import crops
from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.crops import CropsJudge
from keras_semsynth.evaluation.feature_judge import FEATURE_METRICS
from keras_semsynth.evaluation.feature_judge import FEWEST_IMAGES
from keras_semsynth.evaluation.feature_judge import FROM_FEATURES
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.inception import InceptionScoreJudge
from keras_semsynth.evaluation.lpips import LPIPSJudge
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.segmentation import SegmentationRuler
from keras_semsynth.scorers import PRETRAINED_SCORERS

METRIC_NAMES = ("fid", *FEATURE_METRICS, "miou", "lpips", "is", "crops")
FEATURE_NETWORKS = ("inception", "scorer", rulers.EFFICIENTNET)
# Scores that compare with real images.
_NEED_IMAGES = {"fid", *FEATURE_METRICS, "lpips", "crops"}
# Of more images, papers print the FID, which is no longer far off.
KID_BELOW = 5000


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What is measured from the features of one network.

    Args:
        extractor: `FeatureExtractor`.
        metrics: Tuple of str out of `FEATURE_METRICS`.
    """

    extractor: FeatureExtractor
    metrics: tuple[str, ...]

    @property
    def with_features(self) -> bool:
        """Whether moments do not suffice."""
        return bool(set(self.metrics) & set(FROM_FEATURES))


@dataclasses.dataclass(frozen=True)
class Networks:
    """What judges the images.

    Args:
        comparisons: List of `Comparison`, one a network.
        segmentation: `SegmentationRuler` for mIoU, or `None`.
        others: List of functions that make a judge of 8-bit files for a pass.
        crops: Function that makes a `CropsJudge` for a pass, or `None`.
    """

    comparisons: list[Comparison]
    segmentation: SegmentationRuler | None
    others: list[Callable[[], LPIPSJudge | InceptionScoreJudge]]
    crops: Callable[[], CropsJudge] | None


def choose_metrics(
    metrics: Sequence[str] | None,
    dataset: Dataset,
    targets: Targets,
    own_scorer: bool,
    features: str | None = None,
) -> tuple[str, ...]:
    """Which scores to measure.

    Args:
        metrics: Sequence of str out of `METRIC_NAMES`, or `None` for what
            papers print for the dataset, and the KID beside the Frechet
            distance of few images.
        dataset: `Dataset`.
        targets: Targets.
        own_scorer: bool. Whether a scorer is given: `None` is then what it
            can measure.
        features: str or `None`. One of `FEATURE_NETWORKS`, if it was chosen.
            Defaults to `None`.

    Returns:
        Tuple of str.

    Raises:
        ValueError: If a score is unknown or cannot be measured on this.
    """
    if metrics is None:
        return _usual_metrics(dataset, targets, own_scorer, features)
    if not metrics or set(metrics) - set(METRIC_NAMES):
        raise ValueError(
            f"`metrics` must name some of {', '.join(METRIC_NAMES)}. "
            f"Received: `metrics={','.join(metrics)}`."
        )
    if "fd" in metrics and features == "inception":
        raise ValueError(
            "The Frechet distance in the features of Inception is the FID: "
            "choose `metrics=fid`, or other `features`."
        )
    partners = {"miou", "lpips", "crops"} & set(metrics)
    if partners and not targets.paired:
        raise ValueError(
            f"`metrics={','.join(sorted(partners))}` compares each image with "
            "its partner, and these have none: choose fid, kid, is or, with a "
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
    of_neighbours = {"precision_recall", "density_coverage"} & set(metrics)
    if of_neighbours and _fewest(targets) < FEWEST_IMAGES:
        raise ValueError(
            f"`metrics={','.join(sorted(of_neighbours))}` needs "
            f"{FEWEST_IMAGES} images of each kind at least, for their nearest "
            f"neighbours. Received: {_fewest(targets)}."
        )
    return tuple(metrics)


def _usual_metrics(dataset, targets, own_scorer, features):
    """What papers print, or what the networks at hand measure."""
    usual = ("fd", "miou") if own_scorer else dataset.metrics
    if features is not None:
        frechet = "fid" if features == "inception" else "fd"
        usual = [frechet if name in ("fid", "fd") else name for name in usual]
    if {"fid", "fd"} & set(usual) and _fewest(targets) < KID_BELOW:
        usual = [*usual, "kid"]
    missing = set() if targets.has_labels else {"miou"}
    missing |= set() if targets.has_images else _NEED_IMAGES
    chosen = tuple(name for name in usual if name not in missing)
    if not chosen:
        raise ValueError(
            f"What papers measure for {dataset.name} needs real images: "
            "give `real`, choose `metrics`, or give a `scorer` for the "
            "mIoU."
        )
    return chosen


def _fewest(targets):
    return min(len(targets), len(targets.real))


def open_networks(
    metrics: Sequence[str],
    protocol: Protocol,
    dataset: Dataset,
    targets: Targets,
    scorer: str | os.PathLike | None = None,
    weights_dir: str | os.PathLike | None = None,
    min_object_area: int | None = None,
    features: str | None = None,
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
        features: str or `None`. Whose features are compared, one of
            `FEATURE_NETWORKS`. Defaults to `None`: see `evaluate`.

    Returns:
        `Networks`.

    Raises:
        ValueError: If no network is known for the dataset.
        FileNotFoundError: If a weight file is missing.
    """
    own = None
    if scorer is not None or dataset.name in PRETRAINED_SCORERS:
        own = rulers.trained_scorer(scorer, dataset.name)
    sources = _feature_sources(metrics, features, own is not None)
    if own is None and (
        "scorer" in sources or ("miou" in metrics and dataset.scorer is None)
    ):
        raise ValueError(
            f"No segmentation network is known for {dataset.name}: train one "
            "with semsynth train_scorer and give it with `scorer`, or choose "
            "other `metrics` or `features`."
        )
    segmentation, others, make_crops = None, [], None
    open_features = {
        "inception": lambda: rulers.fid_extractor(protocol, weights_dir),
        "scorer": lambda: rulers.scorer_extractor(*own),
        rulers.EFFICIENTNET: lambda: rulers.efficientnet_extractor(
            protocol, weights_dir
        ),
    }
    needed = {*sources, *(["inception"] if "crops" in metrics else [])}
    extractors = {name: open_features[name]() for name in sorted(needed)}
    comparisons = [
        Comparison(extractors[name], measured)
        for name, measured in sources.items()
    ]
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
            return CropsJudge(
                extractors["inception"], area, {"min_object_area_is": rule}
            )

    return Networks(comparisons, segmentation, others, make_crops)


def _feature_sources(metrics, features, own):
    """Whose features are compared by which metrics."""
    found = {}
    if "fid" in metrics:
        found["inception"] = ("fd",)
    if "fd" in metrics:
        found[features or "scorer"] = ("fd",)
    usual = "scorer" if own and "fid" not in metrics else "inception"
    others = tuple(name for name in FROM_FEATURES if name in metrics)
    if others:
        source = features or usual
        found[source] = found.get(source, ()) + others
    return found
