"""Generators as LiteRT (TensorFlow Lite) files."""

import os
import pathlib
import re

import tensorflow as tf

from keras_semsynth.export.other_formats import ExportRefusedError
from keras_semsynth.export.other_formats import check_parity
from keras_semsynth.export.other_formats import image_function
from keras_semsynth.export.other_formats import write_model_file
from keras_semsynth.export.signatures import tracked_values
from keras_semsynth.generators.exported import every_patch
from keras_semsynth.synthesis.synthesizer import Synthesizer


def export_litert(
    synthesizer: Synthesizer,
    output: str | os.PathLike,
    run: str | os.PathLike | None = None,
) -> pathlib.Path:
    """Writes a generator as `model.tflite` in the next version of a model.

    It makes one image of the generator's `image_size` at a time, with LiteRT's
    own operations alone (no TensorFlow "Flex" ones). Signature
    `serving_default`: `label_map`, int32 `(1, height, width)`, and `style` or
    `noise`, float32 `(1, latent size)`, if the model has such an input, to
    `image`. It is compared with Keras before it is written.

    Args:
        synthesizer: `Synthesizer`, on the TensorFlow backend.
        output: Path of the folder of all versions; made if there is none.
        run: Path that the synthesizer was loaded from, for its description.
            Defaults to `None`.

    Returns:
        `pathlib.Path` of the version.

    Raises:
        ExportRefusedError: If LiteRT lacks an operation, or the images differ.
        ImportError: If `ai-edge-litert` is missing.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.from_preset("runs/mine")
    >>> keras_semsynth.export.export_litert(synthesizer, "served/mine_litert")
    PosixPath('served/mine_litert/1')
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            "`format=litert` needs the package ai-edge-litert: "
            'pip install "keras_semsynth[litert]".'
        ) from error
    generator = synthesizer.generator
    module = tf.Module()
    module.values = tracked_values([generator])
    with every_patch(generator):
        function = image_function(generator, 1, tuple(generator.image_size))
        concrete = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [concrete], module
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        content = converter.convert()
    except Exception as error:  # a class of its own, which is not public
        raise ExportRefusedError(
            f"LiteRT cannot hold a {type(generator).__name__}: "
            f"{_reason(error)}; use `format=saved_model`."
        ) from error
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner()
    names = [spec.name for spec in function.input_signature]

    def compute(inputs):
        return runner(**inputs)["image"]

    difference = check_parity(
        generator, compute, "LiteRT", [tuple(generator.image_size)], 1
    )
    return write_model_file(
        synthesizer,
        output,
        run,
        content,
        "model.tflite",
        format="litert",
        inputs=names,
        difference_from_keras=difference,
    )


def _reason(error):
    """What a converter's long message says of operations."""
    text = str(error)
    found = re.findall(r"(?:Flex|Custom) ops: ([\w, ]+)", text)
    found += re.findall(r"'(tf\.\w+)' op", text)
    names = sorted({name.strip() for part in found for name in part.split(",")})
    if names:
        return f"it has no operation {', '.join(filter(None, names))}"
    return " ".join(text.split())[:300]
