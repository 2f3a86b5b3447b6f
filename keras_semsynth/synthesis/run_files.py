"""What a run directory holds for synthesis."""

import os
import pathlib
import zipfile

import keras

from keras_semsynth.data.classes import Classes
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.generators.generator import Generator


def read_run(
    path: str | os.PathLike,
) -> tuple[Generator, StyleEncoder | None, Classes, bool | None]:
    """Reads a run directory, or a `generator.keras` of one.

    Args:
        path: As for `Synthesizer.load`.

    Returns:
        Tuple of the arguments of `Synthesizer`.

    Raises:
        ValueError: If there is no generator, or it cannot be read.
    """
    path = pathlib.Path(path)
    file = path / "generator.keras" if path.is_dir() else path
    if not file.is_file():
        raise ValueError(
            f"There is no generator at {file}: give a run directory that "
            "train.py has written, or a .keras file."
        )
    generator = _load_network(file)
    if not isinstance(generator, Generator):
        raise ValueError(
            f"{file} holds a {type(generator).__name__}, not a generator: "
            "give the generator.keras of a run."
        )
    encoder_file = file.with_name("encoder.keras")
    encoder = _load_network(encoder_file) if encoder_file.is_file() else None
    dataset_file = file.with_name("dataset.json")
    dataset = read_dataset_file(dataset_file) if dataset_file.is_file() else {}
    classes = Classes.from_json(dataset, generator.num_classes)
    # Files of a paired dataset say so; a lone generator says it itself.
    paired = dataset.get("paired")
    return generator, encoder, classes, None if paired is None else not paired


def _load_network(file):
    try:
        return keras.models.load_model(file, compile=False)
    except (ValueError, OSError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"{file} cannot be read as a network of this package ({reason}): "
            "restore it, or train again with the same arguments to write it "
            "anew."
        ) from error
