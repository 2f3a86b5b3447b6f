"""Requests that TensorFlow Serving answers to itself before the first one."""

import pathlib
import warnings
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from keras_semsynth.export.signatures import takes_style
from keras_semsynth.files.images import encode_png
from keras_semsynth.synthesis.synthesizer import Synthesizer

FILE = "assets.extra/tf_serving_warmup_requests"


def write_warmup(
    model: pathlib.Path,
    synthesizer: Synthesizer,
    name: str,
    signatures: Iterable[str],
) -> pathlib.Path | None:
    """Writes one request for each signature into a SavedModel's folder.

    The first call of a signature prepares its graph, which takes longer than
    many images. Without the messages of TensorFlow Serving, which come with
    the extra `client`, a warning says that there is no such file.

    Args:
        model: Path of the SavedModel.
        synthesizer: `Synthesizer` that was exported.
        name: str. Name of the served model.
        signatures: Names of its signatures.

    Returns:
        `pathlib.Path` of the file, or `None`.
    """
    try:
        from tensorflow_serving.apis import prediction_log_pb2 as apis
    except ImportError:
        warnings.warn(
            "No warm-up requests were written, so the first request of each "
            "signature will be slow: they need the messages of TensorFlow "
            'Serving, pip install "keras_semsynth[client]".',
            stacklevel=2,
        )
        return None
    path = model / FILE
    path.parent.mkdir(exist_ok=True)
    requests = warmup_requests(synthesizer)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in signatures:
            writer.write(_record(apis, name, signature, requests[signature]))
    return path


def warmup_requests(
    synthesizer: Synthesizer,
) -> dict[str, dict[str, np.ndarray]]:
    """Makes a request of one layout, or photograph, for each signature.

    Args:
        synthesizer: `Synthesizer`.

    Returns:
        dict, name of the signature -> dict of arrays by the names of inputs.
    """
    generator = synthesizer.generator
    height, width = generator.image_size
    if synthesizer.translates:
        grey = _png(np.full((height, width, 3), 128, "uint8"))
        return {"translate": {"source": grey, "reference": grey}}
    # All classes, in vertical stripes.
    columns = np.arange(width) * synthesizer.inputs.num_classes // width
    label_map = np.broadcast_to(columns, (height, width)).astype("int32")
    small = label_map.max() < 256
    layouts = {
        "": {"label_map": label_map[None]},
        "png": {
            "label_png": _png(label_map.astype("uint8" if small else "uint16"))
        },
    }
    seed = {"seed": np.zeros(1, "int64")}
    result = {
        "serving_default": layouts[""],
        "seeded": {**layouts[""], **seed},
        "png": layouts["png"],
        "png_seeded": {**layouts["png"], **seed},
    }
    if takes_style(generator):
        style = {"style": np.zeros((1, *generator.latent_shape), "float32")}
        result["styled"] = {**layouts[""], **style}
        result["png_styled"] = {**layouts["png"], **style}
    if synthesizer.encoder is not None:
        photograph = synthesizer.palette[label_map]
        result["encode_style"] = {"photograph": _png(photograph)}
    return result


def _record(apis, name, signature, inputs):
    """Encodes one request as TensorFlow Serving logs it."""
    log = apis.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return log.SerializeToString()


def _png(pixels):
    return np.array([encode_png(pixels)], object)
