"""Requests that TensorFlow Serving answers to itself before the first one."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

FILE = "assets.extra/tf_serving_warmup_requests"

# Fields of the messages of TensorFlow Serving that a warm-up record needs;
# the names are those of tensorflow_serving/apis/*.proto.
_PREDICTION_LOG_PREDICT_LOG = 6
_PREDICT_LOG_REQUEST = 1
_PREDICT_REQUEST_MODEL_SPEC = 1
_PREDICT_REQUEST_INPUTS = 2
_MODEL_SPEC_NAME = 1
_MODEL_SPEC_SIGNATURE_NAME = 3
_MAP_KEY, _MAP_VALUE = 1, 2


def write_warmup(model, synthesizer, name, signatures):
    """Writes one request for each signature into a SavedModel's folder.

    The first call of a signature prepares its graph, which takes longer than
    many images.

    Args:
        model: `pathlib.Path` of the SavedModel.
        synthesizer: `Synthesizer` that was exported.
        name: str. Name of the served model.
        signatures: Names of its signatures.

    Returns:
        `pathlib.Path` of the file.
    """
    path = model / FILE
    path.parent.mkdir(exist_ok=True)
    requests = warmup_requests(synthesizer)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in signatures:
            writer.write(prediction_log(name, signature, requests[signature]))
    return path


def warmup_requests(synthesizer):
    """Makes a request of one layout for each signature.

    Args:
        synthesizer: `Synthesizer`.

    Returns:
        dict, name of the signature -> dict of arrays by the names of inputs.
    """
    generator = synthesizer.generator
    height, width = generator.image_size
    # All classes, in vertical stripes.
    columns = np.arange(width) * synthesizer.num_classes // width
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
    if generator.latent_kind == "style":
        style = {"style": np.zeros((1, generator.latent_size), "float32")}
        result["styled"] = {**layouts[""], **style}
        result["png_styled"] = {**layouts["png"], **style}
    if synthesizer.encoder is not None:
        photograph = synthesizer.palette[label_map]
        result["encode_style"] = {"photograph": _png(photograph)}
    return result


def prediction_log(name, signature, inputs):
    """Encodes a `tensorflow.serving.PredictionLog` of one request.

    Args:
        name: str. Name of the model.
        signature: str.
        inputs: dict, name -> array.

    Returns:
        bytes.
    """
    spec = _field(_MODEL_SPEC_NAME, name.encode())
    spec += _field(_MODEL_SPEC_SIGNATURE_NAME, signature.encode())
    request = _field(_PREDICT_REQUEST_MODEL_SPEC, spec)
    for key, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        entry = _field(_MAP_KEY, key.encode()) + _field(_MAP_VALUE, tensor)
        request += _field(_PREDICT_REQUEST_INPUTS, entry)
    log = _field(_PREDICT_LOG_REQUEST, request)
    return _field(_PREDICTION_LOG_PREDICT_LOG, log)


def _field(number, content):
    """One field of a protocol buffer that holds text, bytes or a message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number):
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return np.array([file.getvalue()], object)
