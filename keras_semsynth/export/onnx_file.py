"""Generators as ONNX files."""

import logging
import os
import pathlib

from keras_semsynth.export.other_formats import ExportRefusedError
from keras_semsynth.export.other_formats import check_parity
from keras_semsynth.export.other_formats import image_function
from keras_semsynth.export.other_formats import write_model_file
from keras_semsynth.export.quiet_logger import quiet_logger
from keras_semsynth.generators.exported import every_patch
from keras_semsynth.synthesis.synthesizer import Synthesizer

OPSET = 17


def export_onnx(
    synthesizer: Synthesizer,
    output: str | os.PathLike,
    run: str | os.PathLike | None = None,
) -> pathlib.Path:
    """Writes a generator as `model.onnx` in the next version of a model.

    Its inputs are `label_map`, int32 `(batch, height, width)`, and `style` or
    `noise`, float32 `(batch, latent size)`, if the model has such an input;
    its output is `image`. It is compared with Keras before it is written.

    Args:
        synthesizer: `Synthesizer`, on the TensorFlow backend.
        output: Path of the folder of all versions; made if there is none.
        run: Path that the synthesizer was loaded from, for its description.
            Defaults to `None`.

    Returns:
        `pathlib.Path` of the version.

    Raises:
        ExportRefusedError: If ONNX has no equal of an operation, or the images
            differ.
        ImportError: If `tf2onnx`, `onnx` or `onnxruntime` is missing.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.from_preset("runs/mine")
    >>> keras_semsynth.export.export_onnx(synthesizer, "served/mine_onnx")
    PosixPath('served/mine_onnx/1')
    """
    try:
        import onnx
        import onnxruntime
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            f"`format=onnx` needs the package {error.name}: "
            'pip install "keras_semsynth[onnx]".'
        ) from error
    generator = synthesizer.generator
    with (
        every_patch(generator),
        quiet_logger("tf2onnx", logging.CRITICAL),
    ):
        function = image_function(generator)
        model, _ = tf2onnx.convert.from_function(
            function, function.input_signature, opset=OPSET
        )
    unknown = _unknown_operations(onnx, model)
    if unknown:
        raise ExportRefusedError(
            f"ONNX has no equal of the TensorFlow operation "
            f"{', '.join(unknown)}, which {type(generator).__name__} uses: "
            "use `format=saved_model`."
        )
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(
        content, providers=["CPUExecutionProvider"]
    )
    names = [item.name for item in session.get_inputs()]

    def compute(inputs):
        return session.run(["image"], inputs)[0]

    sizes = [generator.image_size]
    if not generator.fixed_size:
        # Any size is promised, so one of another shape is tried too.
        multiple = generator.size_multiple
        height, width = generator.image_size
        sizes.append((height + multiple, width))
    difference = check_parity(generator, compute, "ONNX", sizes, 2)
    return write_model_file(
        synthesizer,
        output,
        run,
        content,
        "model.onnx",
        format="onnx",
        inputs=names,
        difference_from_keras=difference,
    )


def _unknown_operations(onnx, model):
    """Names of what was left as it was for want of an equal in ONNX."""
    graphs, names = [model.graph], set()
    while graphs:
        for node in graphs.pop().node:
            if not onnx.defs.has(node.op_type, node.domain):
                names.add(node.op_type)
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    graphs.append(attribute.g)
                graphs.extend(attribute.graphs)
    return sorted(names)
