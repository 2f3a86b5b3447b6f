"""What a run directory holds for synthesis."""

import os
import pathlib

from keras_semsynth.data.classes import Classes
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.generators.generator import Generator

ADVICE = "restore it, or train again with the same arguments to write it anew"


def read_run(
    path: str | os.PathLike,
) -> tuple[Generator, Encoder | None, Classes, bool | None]:
    """Reads a run directory, or a `generator.keras` of one.

    Args:
        path: Path of a run directory, of a folder that `Synthesizer.save` has
            written, or of a `.keras` file. Beside it, `dataset.json` and
            `encoder.keras` are used if they exist.

    Returns:
        Tuple of the arguments of `Synthesizer`.

    Raises:
        ValueError: If there is no generator, or it cannot be read.
    """
    path = pathlib.Path(path)
    file = path / "generator.keras" if path.is_dir() else path
    if not file.is_file():
        raise ValueError(
            f"There is no generator at {file}: give a run directory, a "
            "folder that Synthesizer.save has written, a .keras file, or a "
            "name that `semsynth presets` lists."
        )
    generator = load_network(file, Generator, ADVICE)
    encoder_file = file.with_name("encoder.keras")
    encoder = None
    if encoder_file.is_file():
        encoder = load_network(encoder_file, Encoder, ADVICE)
    dataset_file = file.with_name("dataset.json")
    dataset = read_dataset_file(dataset_file) if dataset_file.is_file() else {}
    classes = Classes.from_json(dataset, generator.num_classes)
    # Files of a paired dataset say so; a lone generator says it itself.
    paired = dataset.get("paired")
    return generator, encoder, classes, None if paired is None else not paired
