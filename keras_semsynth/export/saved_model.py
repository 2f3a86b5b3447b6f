"""Generators as SavedModels, for TensorFlow alone and TensorFlow Serving."""

import os
import pathlib
import tempfile

import tensorflow as tf

from keras_semsynth.export.description import describe_model
from keras_semsynth.export.label_png import label_png_reader
from keras_semsynth.export.quiet_logger import quiet_logger
from keras_semsynth.export.signatures import Signatures
from keras_semsynth.export.signatures import tracked_values
from keras_semsynth.export.translation_signature import TranslationSignature
from keras_semsynth.export.versions import new_version
from keras_semsynth.export.warmup import write_warmup
from keras_semsynth.files import atomic
from keras_semsynth.synthesis.synthesizer import Synthesizer

MAX_PIXELS = 1 << 22  # 2048 x 2048


def export_saved_model(
    synthesizer: Synthesizer,
    output: str | os.PathLike,
    run: str | os.PathLike | None = None,
    label_files: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> pathlib.Path:
    """Writes a generator as the next version of a served model.

    The model needs TensorFlow alone: neither Keras nor this package. Its
    signatures are those of `export.signatures.Signatures`, or the one of
    `TranslationSignature`.

    Args:
        synthesizer: `Synthesizer`, on the TensorFlow backend.
        output: Path of the folder of all versions; made if there is none.
        run: Path that the synthesizer was loaded from, for its description.
            Defaults to `None`.
        label_files: bool. Whether label PNGs hold what the label files of the
            run hold, instead of class ids. Defaults to `False`.
        max_pixels: int. Larger layouts and photographs are refused. Defaults
            to `4194304`.

    Returns:
        `pathlib.Path` of the version, e.g. `served/spade/1`.

    Raises:
        ValueError: If the folder cannot be used.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.from_preset("runs/mine")
    >>> keras_semsynth.export.export_saved_model(synthesizer, "served/mine")
    PosixPath('served/mine/1')
    """
    layouts = {}
    if synthesizer.translates:
        functions = TranslationSignature(synthesizer, max_pixels).functions()
    else:
        reader = label_png_reader(synthesizer, label_files)
        functions = Signatures(synthesizer, reader, max_pixels).functions()
        layouts["label_png"] = "label_files" if label_files else "ids"
    module = tf.Module()
    module.values = tracked_values([synthesizer.generator, synthesizer.encoder])
    description = describe_model(
        synthesizer,
        run,
        signatures=sorted(functions),
        **layouts,
        max_pixels=max_pixels,
    )
    with (
        new_version(output) as version,
        tempfile.TemporaryDirectory() as folder,
    ):
        # Copied into the model under its own name.
        dataset = pathlib.Path(folder) / "dataset.json"
        atomic.write_json(dataset, description)
        module.dataset = tf.saved_model.Asset(str(dataset))
        with quiet_logger("tensorflow"):
            tf.saved_model.save(
                module,
                str(version.writing),
                signatures=functions,
                # For inference alone.
                options=tf.saved_model.SaveOptions(
                    experimental_custom_gradients=False
                ),
            )
        name = pathlib.Path(output).resolve().name
        write_warmup(version.writing, synthesizer, name, sorted(functions))
    return version.path
