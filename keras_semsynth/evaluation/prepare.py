"""From flags to what is scored, and against what."""

import pathlib

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.data import class_names
from keras_semsynth.data.flags import dataset_from_flags
from keras_semsynth.data.flags import parse_size
from keras_semsynth.data.flags import preprocessing_from_flags
from keras_semsynth.data.folder import make_decoder
from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.landscapes import CLASS_NAMES
from keras_semsynth.data.landscapes import PALETTE
from keras_semsynth.data.pairing import stem
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.evaluation.protocols import IMAGE_SIZES
from keras_semsynth.evaluation.protocols import METRICS
from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.samples import DatasetTargets
from keras_semsynth.evaluation.samples import FolderTargets
from keras_semsynth.evaluation.samples import pair_folders
from keras_semsynth.evaluation.sources import FolderSource
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.evaluation.sources import SavedModelSource
from keras_semsynth.files.run_directory import RunDirectory

DATA_MODULE = "keras_semsynth.data.flags"


# Scores that compare with real images.
_NEED_IMAGES = {"fid", "fd", "lpips", "crops"}


def check_flags(values):
    """Checks which flags are given together, before anything is read.

    Args:
        values: Parsed flags.

    Raises:
        UsageError: If flags are missing or exclude each other.
    """
    if (values.run is None) == (values.generated is None):
        raise UsageError(
            "Say what to score: either --run (a run directory, a "
            "generator.keras or a SavedModel) or --generated (a folder of "
            "images)."
        )
    if values.generated is None:
        return
    if values.real is None and values.labels is None:
        raise UsageError(
            "--generated needs something to be scored against: --real, the "
            "folder of real images, and for mIoU --labels."
        )
    if values.evaluation_dir is None:
        raise UsageError(
            "--generated needs --evaluation_dir, the folder for the report."
        )


def adopt_run_flags(values):
    """Lets the data flags default to those a run was trained with.

    Args:
        values: Parsed flags, changed in place.

    Returns:
        dict of str to str, all flags of the run; empty if there are none.
    """
    if values.run is None:
        return {}
    path = pathlib.Path(values.run)
    folder = path if path.is_dir() else path.parent
    run = RunDirectory(folder)
    if not run.flags_path.is_file():
        return {}
    trained = run.read_flags()
    for flag in values.flags_by_module_dict()[DATA_MODULE]:
        if flag.name in trained and not flag.present:
            flag.parse(trained[flag.name])
    return trained


def protocol_from_flags(values):
    """The named protocol with what the flags change.

    Args:
        values: Parsed flags.

    Returns:
        `Protocol`; a changed one says so in its name.
    """
    changes = {
        name: values[name].value
        for name in (
            "fid_inception",
            "fid_resize",
            "fid_precision",
            "quantization",
            "seg_multi_scale",
            "lpips",
            "noise_seed",
        )
        if values[name].value is not None
    }
    if values.seg_input_size is not None:
        changes["seg_input_size"] = parse_size(values.seg_input_size)
    if values.seg_sizes is not None:
        try:
            changes["seg_sizes"] = tuple(int(s) for s in values.seg_sizes)
        except ValueError:
            raise UsageError(
                "--seg_sizes must be pixels, such as 300,375,450. Received: "
                f"{','.join(values.seg_sizes)}."
            ) from None
    return PROTOCOLS[values.protocol].changed(**changes)


def open_source(values):
    """Opens what makes the images.

    Args:
        values: Parsed flags.

    Returns:
        Tuple of the source and the targets.

    Raises:
        UsageError: If there is no such run or folder.
        ValueError: If files do not fit together.
    """
    if values.generated is not None:
        return _folders(values)
    source = _open_run(pathlib.Path(values.run))
    split = "val"
    dataset = dataset_from_flags(values, split)
    if dataset is None:
        raise UsageError(
            "The run was trained without validation pictures: say what to "
            "score on with --val_image_dir and --val_label_dir."
        )
    if values.dataset == "unpaired":
        raise UsageError(
            "Unpaired translation has no layouts: write the translated images "
            "into a folder and score it with --generated and --real."
        )
    preprocessing = preprocessing_from_flags(
        values, training=False, unknown_class=dataset.unknown_class
    )
    targets = DatasetTargets(dataset, preprocessing, values.max_images)
    _check_classes(source, targets)
    return source, targets


def metrics_from_flags(values, targets):
    """Which scores to measure.

    Args:
        values: Parsed flags.
        targets: Targets.

    Returns:
        Tuple of str.

    Raises:
        UsageError: If a score is unknown or cannot be measured on this.
    """
    from keras_semsynth.evaluation.flags import METRIC_NAMES

    dataset = targets.describe()["dataset"]
    if values.metrics == "auto":
        if values.scorer is not None:
            chosen = ("fd", "miou")
        else:
            chosen = METRICS.get(dataset, ("fid",))
        missing = set() if targets.has_labels else {"miou"}
        missing |= set() if targets.has_images else _NEED_IMAGES
        chosen = tuple(name for name in chosen if name not in missing)
    else:
        chosen = tuple(n.strip() for n in values.metrics.split(",") if n)
    if not chosen and values.metrics == "auto":
        raise UsageError(
            f"What papers measure for {dataset} needs real images: give "
            "--real, or choose --metrics."
        )
    unknown = [name for name in chosen if name not in METRIC_NAMES]
    if unknown or not chosen:
        raise UsageError(
            f"--metrics must name some of {', '.join(METRIC_NAMES)}. "
            f"Received: --metrics={values.metrics}."
        )
    if "miou" in chosen and not targets.has_labels:
        raise UsageError("--metrics=miou needs label maps: give --labels.")
    if "crops" in chosen and not targets.has_instances:
        raise UsageError(
            "--metrics=crops needs instance maps: a dataset that has them, or "
            "--instances."
        )
    needing = _NEED_IMAGES & set(chosen)
    if needing and not targets.has_images:
        raise UsageError(
            f"--metrics={','.join(sorted(needing))} needs real images: give "
            "--real."
        )
    return chosen


def _open_run(path):
    """A run directory, a .keras file or a SavedModel."""
    if not path.exists():
        raise UsageError(
            f"--run={path} does not exist: give a run directory of train.py, "
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
        raise UsageError(
            f"The generator knows {wanted} classes, but the dataset has "
            f"{len(targets.class_names)}: give the dataset flags it was "
            "trained with (--dataset, --num_classes, --ignore_label)."
        )


def _folders(values):
    generated, others = pair_folders(
        values.generated,
        {
            "real": values.real,
            "labels": values.labels,
            "instances": values.instances,
        },
    )
    if values.max_images:
        generated = generated[: values.max_images]
        others = {
            name: paths and paths[: values.max_images]
            for name, paths in others.items()
        }
    if len(generated) < 2:
        raise UsageError(
            f"--generated={values.generated} holds one image: scores of a set "
            "need at least two."
        )
    source = FolderSource(generated)
    name = values.dataset if values["dataset"].present else "folder"
    options = {}
    if others["labels"] is not None:
        options = label_rule(name, values)
    targets = FolderTargets(
        [stem(path) for path in generated],
        others["real"],
        others["labels"],
        others["instances"],
        source.image_size,
        dataset_name=name,
        **options,
    )
    expected = IMAGE_SIZES.get(name)
    if expected is not None and expected != tuple(source.image_size):
        print(
            f"Note: papers score {name} at {expected[0]}x{expected[1]}; these "
            f"images are {source.image_size[0]}x{source.image_size[1]} "
            "(height x width)."
        )
    return source, targets


def label_rule(dataset, values):
    """How label files of a dataset are read when only folders are given.

    Args:
        dataset: str.
        values: Parsed flags.

    Returns:
        dict of `label_decoder`, `class_names`, `palette`, `unknown_class`.
    """
    unknown = None
    if dataset == "landscapes":
        names, palette = CLASS_NAMES, PALETTE
        decoder = LabelDecoder(len(names), colors=palette)
    elif dataset == "cityscapes":
        names, unknown = class_names.CITYSCAPES, 0
        palette = class_names.CITYSCAPES_PALETTE
        decoder = LabelDecoder(
            35, hint="Cityscapes needs the *_labelIds.png files with 0 to 34"
        )
    elif dataset in ("ade20k", "ade20k_outdoor"):
        names, unknown = ("unknown", *class_names.ADE20K), 0
        palette = palette_for(151, 0)
        decoder = LabelDecoder(151)
    elif dataset == "coco_stuff":
        names, unknown = (*class_names.COCO_STUFF, "unknown"), 182
        palette = palette_for(183, 182)
        decoder = LabelDecoder(182, ignore_label=255)
    else:
        decoder, options = make_decoder(
            [values.labels],
            values.num_classes,
            values.ignore_label,
            values.palette,
            values.class_names,
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
