"""Opens what is scored, and what it is scored against."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data import class_names
from keras_semsynth.data.folder import make_decoder
from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.landscapes import CLASS_NAMES
from keras_semsynth.data.landscapes import PALETTE
from keras_semsynth.data.pairing import stem
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.evaluation.protocols import IMAGE_SIZES
from keras_semsynth.evaluation.samples import DatasetTargets
from keras_semsynth.evaluation.samples import FolderTargets
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.samples import pair_folders
from keras_semsynth.evaluation.sources import FolderSource
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.evaluation.sources import SavedModelSource
from keras_semsynth.evaluation.sources import Source
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing


def open_run(
    path: str | os.PathLike,
    experiment: Experiment,
    max_images: int | None = None,
) -> tuple[Source, Targets]:
    """Opens a generator and the held-out samples of its data.

    Args:
        path: Run directory, `.keras` file or SavedModel folder.
        experiment: `Experiment`. Says the data to score on.
        max_images: int or `None`. Takes the first samples only. Defaults to
            `None`.

    Returns:
        Tuple of the source and the targets.

    Raises:
        ValueError: If there is no such run, or the data do not fit it.
    """
    source = _generator(pathlib.Path(path))
    if experiment.data.name == "unpaired":
        raise ValueError(
            "Unpaired translation has no layouts: write the translated images "
            "into a folder and score it with `generated` and `real`."
        )
    dataset = open_dataset(experiment, "val")
    if dataset is None:
        raise ValueError(
            "The run was trained without validation pictures: say what to "
            "score on with `val_image_dir` and `val_label_dir`."
        )
    targets = DatasetTargets(
        dataset,
        preprocessing(experiment, False, dataset.unknown_class),
        max_images,
    )
    _check_classes(source, targets)
    return source, targets


def open_folders(
    generated: str | os.PathLike,
    others: Mapping[str, str | os.PathLike | None],
    data: Part,
    max_images: int | None = None,
) -> tuple[Source, Targets]:
    """Opens a folder of images and the folders it is scored against.

    Args:
        generated: Folder of images.
        others: Mapping of `"real"`, `"labels"` and `"instances"` to a folder
            or `None`.
        data: `Part`. What the label maps mean.
        max_images: int or `None`. Takes the first images only. Defaults to
            `None`.

    Returns:
        Tuple of the source and the targets.

    Raises:
        ValueError: If files are missing or do not fit together.
    """
    images, paths = pair_folders(generated, others)
    if max_images:
        images = images[:max_images]
        paths = {
            name: found and found[:max_images] for name, found in paths.items()
        }
    if len(images) < 2:
        raise ValueError(
            f"`generated={generated}` holds one image: scores of a set need "
            "at least two."
        )
    source = FolderSource(images)
    options = {}
    if paths["labels"] is not None:
        options = label_rule(others["labels"], data)
    targets = FolderTargets(
        [stem(path) for path in images],
        paths["real"],
        paths["labels"],
        paths["instances"],
        source.image_size,
        dataset_name=data.name,
        **options,
    )
    expected = IMAGE_SIZES.get(data.name)
    if expected is not None and expected != tuple(source.image_size):
        print(
            f"Note: papers score {data.name} at {expected[0]}x{expected[1]}; "
            f"these images are {source.image_size[0]}x{source.image_size[1]} "
            "(height x width)."
        )
    return source, targets


def label_rule(labels: str | os.PathLike, data: Part) -> dict[str, Any]:
    """How label files of a dataset are read when only folders are given.

    Args:
        labels: Folder of the label maps.
        data: `Part`. The dataset.

    Returns:
        dict of `label_decoder`, `class_names`, `palette`, `unknown_class`.
    """
    unknown = None
    if data.name == "landscapes":
        names, palette = CLASS_NAMES, PALETTE
        decoder = LabelDecoder(len(names), colors=palette)
    elif data.name == "cityscapes":
        names, unknown = class_names.CITYSCAPES, 0
        palette = class_names.CITYSCAPES_PALETTE
        decoder = LabelDecoder(
            35, hint="Cityscapes needs the *_labelIds.png files with 0 to 34"
        )
    elif data.name in ("ade20k", "ade20k_outdoor"):
        names, unknown = ("unknown", *class_names.ADE20K), 0
        palette = palette_for(151, 0)
        decoder = LabelDecoder(151)
    elif data.name == "coco_stuff":
        names, unknown = (*class_names.COCO_STUFF, "unknown"), 182
        palette = palette_for(183, 182)
        decoder = LabelDecoder(182, ignore_label=255)
    else:
        arguments = data.arguments
        decoder, options = make_decoder(
            [str(labels)],
            arguments.get("num_classes"),
            arguments.get("ignore_label"),
            arguments.get("palette"),
            arguments.get("class_names"),
        )
        return {
            "label_decoder": decoder,
            "unknown_class": decoder.unknown_class,
            **options,
        }
    return {
        "label_decoder": decoder,
        "class_names": names,
        "palette": palette,
        "unknown_class": unknown,
    }


def _generator(path):
    """A run directory, a .keras file or a SavedModel."""
    if not path.exists():
        raise ValueError(
            f"`run={path}` does not exist: give a run directory of train.py, "
            "a generator.keras or a SavedModel folder."
        )
    if path.is_dir() and not (path / "generator.keras").is_file():
        versions = [path, *(p for p in path.iterdir() if p.name.isdigit())]
        models = [p for p in versions if (p / "saved_model.pb").is_file()]
        if models:
            # A folder of versions, as TF Serving wants it: the newest.
            newest = max(
                models, key=lambda p: int(p.name) if p.name.isdigit() else -1
            )
            return SavedModelSource(newest)
    from keras_semsynth.synthesis.synthesizer import Synthesizer

    return GeneratorSource(Synthesizer.load(path))


def _check_classes(source, targets):
    if not isinstance(source, GeneratorSource):
        return
    wanted = source.synthesizer.num_classes
    if len(targets.class_names) != wanted:
        raise ValueError(
            f"The generator knows {wanted} classes, but the dataset has "
            f"{len(targets.class_names)}: give the data it was trained with "
            "(`dataset`, `num_classes`, `ignore_label`)."
        )
