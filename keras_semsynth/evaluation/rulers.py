"""Opens the networks a protocol names, each with what a report says of it."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_semsynth.checkpoints import open_scorer
from keras_semsynth.data import Dataset
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.inception import InceptionScoreJudge
from keras_semsynth.evaluation.lpips import LPIPSJudge
from keras_semsynth.evaluation.protocols import RESIZING
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.segmentation import SegmentationRuler
from keras_semsynth.files.checksum import file_sha256
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.metrics import CITYSCAPES_OBJECTS
from keras_semsynth.metrics import to_scorer_ids
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import pretrained_scorer
from keras_semsynth.scorers.image_batch import forward
from keras_semsynth.scorers.image_batch import pixels
from keras_semsynth.scorers.pillow_resizing import resize_pixels

ADVICE = "give a .keras file that semsynth train_scorer has written"
EFFICIENTNET = "efficientnet_lite0"
EFFICIENTNET_SIZE = (224, 224)
INCEPTION = {"tf2015": "inception_fid", "torchvision": "inception_torchvision"}


def fid_extractor(
    protocol: Protocol, weights_dir: str | os.PathLike | None
) -> FeatureExtractor:
    """The Inception network of FID.

    Args:
        protocol: `Protocol`.
        weights_dir: Folder of the public weights, or `None`.

    Returns:
        `FeatureExtractor`.

    Raises:
        FileNotFoundError: If the weights are not there.
    """
    try:
        network, record = open_scorer(
            INCEPTION[protocol.fid_inception], weights_dir
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error} Or compare the features of another network: `features`."
        ) from error

    def extract(images):
        return network.features(images, resize=protocol.fid_resize)

    ruler = {
        **network.describe(protocol.fid_resize),
        "quantization": protocol.quantization,
        "weights": record.as_dict(),
    }
    return FeatureExtractor("inception", extract, ruler, is_inception=True)


def scorer_extractor(
    name: str, scorer: UNetSegmenter, ruler: dict[str, Any]
) -> FeatureExtractor:
    """A scorer's own features."""
    return FeatureExtractor(name, scorer.features, ruler)


def efficientnet_extractor(
    protocol: Protocol, weights_dir: str | os.PathLike | None
) -> FeatureExtractor:
    """EfficientNet-Lite0, whose distances are never called FID or KID alone.

    A feature is the mean of a channel of the last map, of images at the size
    that the network was trained on.

    Args:
        protocol: `Protocol`.
        weights_dir: Folder of the public weights, or `None`.

    Returns:
        `FeatureExtractor`.

    Raises:
        FileNotFoundError: If the weights are not there.
    """
    network, record = open_scorer(
        EFFICIENTNET, weights_dir, feature_strides=(32,), dtype="float32"
    )

    def extract(images):
        resized = resize_pixels(pixels(images), EFFICIENTNET_SIZE, "bicubic")
        (maps,) = forward(network, resized / np.float32(127.5) - np.float32(1))
        return maps.mean((1, 2))

    ruler = {
        "network": "EfficientNet-Lite0",
        "feature": "mean of the map at stride 32",
        "resize": "Pillow bicubic",
        "input_size": list(EFFICIENTNET_SIZE),
        "precision": "float32",
        "quantization": protocol.quantization,
        "weights": record.as_dict(),
    }
    return FeatureExtractor(EFFICIENTNET, extract, ruler)


def inception_score_judge(
    protocol: Protocol, weights_dir: str | os.PathLike | None
) -> Callable[[], InceptionScoreJudge]:
    """Returns a function that makes an `InceptionScoreJudge` for a pass."""
    original = protocol.inception_score == "tf"
    name = "inception_fid" if original else "inception_torchvision"
    network, record = open_scorer(name, weights_dir)
    resize = "tf1" if original else "none"

    def logits(images):
        return network.logits(images, resize=resize, bias=not original)

    ruler = {
        **network.describe(resize),
        "logits_bias": not original,
        "weights": record.as_dict(),
    }
    splits, remainder = (10, "spread") if original else (1, "drop")
    return lambda: InceptionScoreJudge(logits, splits, remainder, ruler)


def lpips_judge(
    protocol: Protocol, weights_dir: str | os.PathLike | None
) -> Callable[[], LPIPSJudge]:
    """Returns a function that makes an `LPIPSJudge` for a pass."""
    network, record = open_scorer(f"lpips_{protocol.lpips}", weights_dir)
    ruler = {**network.describe(), "weights": record.as_dict()}
    return lambda: LPIPSJudge(network, ruler)


def trained_scorer(
    path: str | os.PathLike | None, dataset: str
) -> tuple[str, UNetSegmenter, dict[str, Any]]:
    """Opens a scorer of train_scorer, or the one in the package.

    Args:
        path: Path of a `.keras` file, or `None` for the one in the package.
        dataset: str. Name of the dataset, for the latter.

    Returns:
        Tuple of its name, the network and the ruler.

    Raises:
        ValueError: If the file holds no segmentation scorer.
    """
    if path is None:
        scorer, name = pretrained_scorer(dataset), dataset
        weights = {"file": "in the package"}
    else:
        path = pathlib.Path(path)
        scorer = load_network(path, UNetSegmenter, ADVICE, f"`scorer={path}`")
        name = path.stem
        weights = {
            "file": path.name,
            "sha256": file_hash(path),
            "verified": "unverified",
        }
    return name, scorer, {**scorer.describe(), "weights": weights}


def trained_ruler(
    name: str, scorer: UNetSegmenter, ruler: dict[str, Any], targets: Targets
) -> SegmentationRuler:
    """A scorer whose ids are those of the dataset.

    Raises:
        ValueError: If the classes differ.
    """
    unknown = targets.classes.unknown_id
    names = [n for i, n in enumerate(targets.classes.names) if i != unknown]
    if scorer.class_names != names or scorer.unknown_class != unknown:
        raise ValueError(
            f"The scorer {name} knows the classes "
            f"{', '.join(scorer.class_names)}, but the dataset has "
            f"{', '.join(names)}: give the scorer that was trained on this "
            "dataset (`scorer`)."
        )
    return SegmentationRuler(
        name, scorer, scorer.to_scorer_ids, "cityscapes", names, ruler
    )


def public_ruler(
    dataset: Dataset,
    protocol: Protocol,
    weights_dir: str | os.PathLike | None,
) -> SegmentationRuler:
    """The segmentation network that the papers use for a dataset.

    Args:
        dataset: `Dataset` with a `scorer`.
        protocol: `Protocol`.
        weights_dir: Folder of the public weights, or `None`.

    Returns:
        `SegmentationRuler`.
    """
    name = dataset.scorer
    options, groups = {}, {}
    if name == "upernet101":
        options = {
            "generation": protocol.seg_generation,
            "image_sizes": tuple(protocol.seg_sizes),
        }
    elif name == "drn_d_105":
        options = {"multi_scale": protocol.seg_multi_scale}
        groups = {"object": CITYSCAPES_OBJECTS}
    scorer, record = open_scorer(name, weights_dir, **options)
    ruler = {
        **scorer.describe(),
        "input_size": protocol.seg_input_size or "as generated",
        "label_resize": RESIZING["label_resize"],
        "weights": record.as_dict(),
    }
    return SegmentationRuler(
        name,
        scorer,
        lambda label_map: to_scorer_ids(label_map, dataset.scorer_ids),
        dataset.score_convention,
        dataset.scorer_class_names,
        ruler,
        protocol.seg_input_size,
        groups,
    )


def file_hash(path: str | os.PathLike) -> str | None:
    """SHA-256 of a generator: of the file, or of a SavedModel's variables.

    Args:
        path: Run directory, `.keras` file or SavedModel folder.

    Returns:
        str, or `None` if there is no such file.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        path = path / "generator.keras"
        if not path.is_file():
            found = sorted(path.parent.glob("**/variables.data-*"))
            path = found[-1] if found else path
    if not path.is_file():
        return None
    return file_sha256(path)
