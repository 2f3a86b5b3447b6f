"""Opens what is scored, and what it is scored against."""

import copy
import os
import pathlib
from collections.abc import Mapping

from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.data.held_out import CHECKED_SAMPLES
from keras_semsynth.data.validation import validate
from keras_semsynth.evaluation.samples import DatasetTargets
from keras_semsynth.evaluation.samples import FolderTargets
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.samples import pair_folders
from keras_semsynth.evaluation.sources import FolderSource
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.evaluation.sources import SavedModelSource
from keras_semsynth.evaluation.sources import Source
from keras_semsynth.evaluation.unpaired_targets import PhotographTargets
from keras_semsynth.evaluation.unpaired_targets import TranslationTargets
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import arguments_of
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments.recorded_data import require_recorded_data
from keras_semsynth.files.images import read_size
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from keras_semsynth.synthesis.named_models import find_model


def find_run(
    run: str | os.PathLike | None, evaluation_dir: str | os.PathLike | None
) -> pathlib.Path | None:
    """Returns where a run is, or a model that has a name.

    Args:
        run: See `synthesis.find_model`, or `None`.
        evaluation_dir: Path or `None`. Folder for the report.

    Returns:
        Path, or `None` if there is no run.

    Raises:
        ValueError: If there is no such model, or a report of it would have no
            place.
    """
    if run is None:
        return None
    found = find_model(run)
    if found != pathlib.Path(run) and evaluation_dir is None:
        raise ValueError(
            f"`run={run}` is the name of a model, which has no folder for "
            "reports: give `evaluation_dir`."
        )
    return found


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
    translates = getattr(source, "translates", False)
    if translates == get_dataset(experiment.data.name).paired:
        takes = ("label maps", "two sets of photographs")[translates]
        raise ValueError(
            f"The generator of `run={path}` takes {takes}, but the data are "
            f"`dataset={experiment.data.name}`: give data of the kind that it "
            "was trained with."
        )
    dataset = open_dataset(experiment, "val")
    if dataset is None:
        raise ValueError(
            f"The run was trained on {experiment.data.name} without validation "
            "pictures: say what to score on with `val_image_dir` and "
            "`val_label_dir`, or give a `data_dir` with a validation split."
        )
    if has_experiment(path) and Experiment.load(path) == experiment:
        # Otherwise other data were asked for.
        require_recorded_data(path, experiment, dataset)
    geometry = preprocessing(experiment, False, dataset.unknown_class)
    if translates:
        return source, _translations(dataset, geometry, max_images)
    targets = DatasetTargets(dataset, geometry, max_images)
    _check_classes(source, targets)
    # A file that cannot be used is said now, not after half of the images.
    scored = copy.copy(dataset)
    scored.samples = dataset.samples[: len(targets)]
    validate(scored, geometry, CHECKED_SAMPLES)
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
    if not get_dataset(data.name).paired:
        return _open_sets(generated, others, data, max_images)
    images, paths = pair_folders(generated, others, data.arguments)
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
    dataset = get_dataset(data.name).variant(data.arguments)
    classes = dataset.classes
    if classes is None and paths["labels"] is not None:
        known = arguments_of(find_classes)
        classes = find_classes(
            paths["labels"],
            **{k: v for k, v in data.arguments.items() if k in known},
        )
    targets = FolderTargets(
        [stem(path) for path in images],
        paths["real"],
        paths["labels"],
        paths["instances"],
        source.image_size,
        classes,
        data.name,
    )
    expected = dataset.image_size
    if expected is not None and expected != tuple(source.image_size):
        print(
            f"Note: papers score {data.name} at {expected[0]}x{expected[1]}; "
            f"these images are {source.image_size[0]}x{source.image_size[1]} "
            "(height x width)."
        )
    return source, targets


def _translations(dataset, geometry, max_images):
    """Each held-out source once, against all held-out references."""
    sources = dataset.sources[:max_images]
    references = dataset.references[:max_images]
    size = geometry.image_size
    if size is None:
        raise ValueError(
            "Translations are scored at one size: give the `image_size`."
        )
    validate(dataset, geometry, CHECKED_SAMPLES)
    real = PhotographTargets(references, size, dataset.name, dataset.split)
    names = [stem(path) for path in sources]
    return TranslationTargets(names, real, sources)


def _open_sets(generated, others, data, max_images):
    """Two folders whose images have no partners, of any numbers and sizes."""
    wrong = [name for name in ("labels", "instances") if others[name]]
    if wrong or others["real"] is None:
        raise ValueError(
            f"`dataset={data.name}` compares the images of `generated` with "
            "those of `real`: give these two folders"
            + (f" and leave `{wrong[0]}` out." if wrong else ".")
        )
    paths = {}
    for name, folder in (("generated", generated), ("real", others["real"])):
        paths[name] = list_images(str(folder))[:max_images]
        if len(paths[name]) < 2:
            raise ValueError(
                f"`{name}={folder}` holds {len(paths[name])} images"
                f"{say_skipped(folder)}: scores of a set need at least two."
            )
    size = data.arguments.get("image_size")
    size = size or read_size(paths["generated"][0])
    for name, found in paths.items():
        others_of = [p for p in found if read_size(p) != tuple(size)]
        if others_of:
            print(
                f"Note: {len(others_of)} images of `{name}` are resized to "
                f"{size[0]}x{size[1]} (height x width), Pillow bicubic; the "
                f"first is {others_of[0]}."
            )
    real = PhotographTargets(paths["real"], size, data.name)
    names = [stem(path) for path in paths["generated"]]
    source = FolderSource(paths["generated"], tuple(size))
    return source, TranslationTargets(names, real)


def _generator(path):
    """A run directory, a .keras file or a SavedModel."""
    if not path.exists():
        raise ValueError(
            f"`run={path}` does not exist: give a run directory of train.py, "
            "a generator.keras, a SavedModel folder or the name of a model."
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

    return GeneratorSource(Synthesizer.from_preset(path))


def _check_classes(source, targets):
    if not isinstance(source, GeneratorSource):
        return
    wanted = source.synthesizer.inputs.num_classes
    if len(targets.classes) != wanted:
        raise ValueError(
            f"The generator knows {wanted} classes, but the dataset has "
            f"{len(targets.classes)}: give the data it was trained with "
            "(`dataset`, `num_classes`, `ignore_label`)."
        )
