"""Starts a new run from the weights of another, also with other classes."""

import os
from collections.abc import Mapping
from typing import Any

import keras

from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments.trained_gan import load_trained_gan
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.hdf5_file import check_hdf5
from keras_semsynth.files.network_reading import NetworkFileError
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.class_transfer import ClassMatch
from keras_semsynth.gans.class_transfer import copy_network
from keras_semsynth.gans.finite_state import broken_parts
from keras_semsynth.gans.moving_average import copy_weights
from keras_semsynth.synthesis.named_models import find_model

GENERATOR = "generator.keras"


def match_classes(new: Mapping[str, Any], old: Mapping[str, Any]) -> ClassMatch:
    """Finds out which class was which.

    Args:
        new: Mapping with `num_classes` and, if known, `class_names` and
            `unknown_class`, as in `dataset.json`.
        old: Likewise.

    Returns:
        `ClassMatch`.
    """
    counts = [classes["num_classes"] for classes in (new, old)]
    unknown = [classes.get("unknown_class") for classes in (new, old)]
    names = [_names(classes) for classes in (new, old)]
    known = [
        [i for i in range(count) if i != void]
        for count, void in zip(counts, unknown, strict=True)
    ]
    by_name = all(names)
    pairs = {}
    if by_name:
        places: dict[str, list[int]] = {}
        for i in known[1]:
            places.setdefault(names[1][i], []).append(i)
        for i in known[0]:
            if places.get(names[0][i]):
                pairs[i] = places[names[0][i]].pop(0)
    else:
        pairs = {i: i for i in known[0] if i in known[1]}
    if None not in unknown:
        pairs[unknown[0]] = unknown[1]
    shown = [classes.get("class_names") for classes in (new, old)]
    left = [
        [i for i in range(counts[0]) if i not in pairs],
        [i for i in range(counts[1]) if i not in pairs.values()],
    ]
    added, dropped = (
        tuple(all_names[i] if all_names else f"class {i}" for i in ids)
        for ids, all_names in zip(left, shown, strict=True)
    )
    same = counts[0] == counts[1] == len(pairs)
    return ClassMatch(
        tuple(sorted(pairs.items())),
        added,
        dropped,
        by_name,
        same and all(i == j for i, j in pairs.items()),
    )


def _names(classes):
    """The names as they are compared, or `None` if they are only numbers."""
    names = classes.get("class_names")
    if names is None:
        return None
    void = classes.get("unknown_class")
    numbered = [f"class {i}" for i in range(len(names))]
    if all(
        name == number
        for i, (name, number) in enumerate(zip(names, numbered, strict=True))
        if i != void
    ):
        return None
    return [name.strip().casefold() for name in names]


def load_initial_weights(
    gan: SemanticGAN,
    source: str | os.PathLike,
    dataset: Mapping[str, Any],
) -> list[str]:
    """Copies weights into a GAN that has not been trained yet.

    From a run directory: generator, discriminator, style encoder, and the
    moving average where both have one. From a file: the generator alone. The
    global generator of pix2pixHD goes into the one that enhancers enclose.
    Channels of matched classes are copied; those of new classes keep their
    initial values; those of dropped ones are left out.

    Args:
        gan: `SemanticGAN`, built.
        source: Path of a run directory, or of a `.keras` or `.weights.h5`
            file of a generator, or name of a model. `dataset.json` next to the
            file names its classes.
        dataset: Mapping, what `dataset.json` will hold.

    Returns:
        List of sentences that say what was copied.

    Raises:
        PartError: If there are no weights, they are not finite, or networks
            differ in more than their classes.
    """
    path = find_model(source)
    if path.is_dir():
        networks, classes = _read_run(path)
    else:
        networks, classes = _read_file(path, gan.generator, dataset)
    match = match_classes(dataset, classes)
    sentences = [f"Initial weights from {path}."]
    try:
        for name in ("generator", "discriminator", "encoder"):
            new, old = getattr(gan, name), networks.get(name)
            if new is None:
                continue
            if old is None:
                sentences.append(f"The {name} starts from new weights.")
                continue
            new = _part_of_kind(new, old)
            whole, parts = copy_network(new, old, match, name)
            part = name if new is getattr(gan, name) else f"global {name}"
            sentences.append(
                f"The {part} got {whole} of {len(new.weights)} weights"
                + (f" whole and {parts} in part." if parts else ".")
            )
        average = networks.get("ema_generator")
        if gan.ema_generator is not None:
            copy_weights(gan.ema_generator, gan.generator)
            if average is not None:
                part = _part_of_kind(gan.ema_generator, average)
                copy_network(part, average, match, "generator")
    except ValueError as error:
        raise PartError("run", f"`init_from={path}`: {error}") from error
    broken = broken_parts(gan)
    if broken:
        raise PartError(
            "run",
            f"`init_from={path}` holds NaN or infinite numbers in "
            f"{', '.join(broken)}: give weights from before they broke.",
        )
    sentences.append(_say(match, classes["num_classes"]))
    return sentences


def _part_of_kind(network, old):
    """The network, or its global generator if that was trained alone."""
    part = getattr(network, "global_generator", None)
    return part if type(part) is type(old) else network


def _say(match, count):
    how = "name" if match.by_name else "id"
    text = f"Classes matched by {how}: {len(match.pairs)} of its {count}"
    for word, names in (("new", match.new), ("left out", match.dropped)):
        if names:
            more = ", ..." if len(names) > 5 else ""
            text += f"; {word}: {', '.join(names[:5])}{more}"
    return text + "."


def check_initial(source: str | os.PathLike | None) -> None:
    """Raises `PartError` if there is nothing to start from.

    Args:
        source: As for `load_initial_weights`, or `None`.
    """
    if source is None:
        return
    try:
        path = find_model(source)
    except ValueError as error:
        raise PartError("run", f"`init_from={source}`: {error}") from error
    if path.is_dir():
        found = has_experiment(path) or (path / GENERATOR).is_file()
    else:
        found = path.is_file() and path.name.endswith((".keras", ".weights.h5"))
    if not found:
        raise PartError(
            "run",
            f"`init_from={source}` must be a run directory, or a .keras or "
            ".weights.h5 file of a generator; there is none.",
        )


def _read_run(path):
    found = None
    if has_experiment(path):
        run = RunDirectory(path)
        found = load_trained_gan(run)
    if found is None:
        return _read_file(path / GENERATOR, None, None)
    names = ("generator", "discriminator", "encoder", "ema_generator")
    networks = {name: getattr(found[0], name) for name in names}
    return networks, run.read_dataset()


def _read_file(path, generator, dataset):
    beside = path.with_name("dataset.json")
    advice = "give a .keras file of the same network"
    try:
        if path.name.endswith(".weights.h5"):
            # Such a file does not say of what network it is.
            check_hdf5(path, path.stat().st_size)
            old = type(generator).from_config(generator.get_config())
            old.build()
            old.load_weights(path)
            classes = {"num_classes": dataset["num_classes"]}
        else:
            old = load_network(path, keras.Model, advice, f"`init_from={path}`")
            classes = {"num_classes": getattr(old, "num_classes", 0)}
        if beside.is_file():
            found = read_dataset_file(beside)
            if found["num_classes"] == classes["num_classes"]:
                classes = found
    except NetworkFileError as error:
        raise PartError("run", str(error)) from error
    except (ValueError, OSError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise PartError(
            "run",
            f"`init_from={path}` cannot be read as the weights of this "
            f"generator ({reason}): {advice}.",
        ) from error
    return {"generator": old}, classes
