"""A sample as the bytes of one record, and back."""

import json

import numpy as np

from keras_semsynth.data.sample import Sample
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.images import open_image
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.json_form import word

_ARRAYS = ("image", "label_map", "instance_map")
# Numbers of 8 and 16 bits are grey PNGs; the bytes of 32 bits are the four
# channels of one.
_DTYPES = {"uint8": "u1", "uint16": "<u2", "int32": "<i4", "uint32": "<u4"}
_HEADER = fields(
    {
        "name": TEXT,
        "arrays": mapping_of(
            fields({"dtype": word(*_DTYPES), "bytes": whole(1)})
        ),
    }
)
_ADVICE = "restore the file from a copy, or pack the data anew"


def encode_sample(sample: Sample) -> bytes:
    """Encodes a sample without loss.

    Args:
        sample: `Sample`.

    Returns:
        bytes: a line of JSON, then a PNG for each array.

    Raises:
        ValueError: If it has ids of more than 32 bits.
    """
    arrays, content = {}, []
    for name in _ARRAYS:
        array = getattr(sample, name)
        if array is None:
            continue
        dtype = array.dtype.name
        if dtype not in _DTYPES:
            raise ValueError(
                f"The {name} of {sample.name} has the type {dtype}, but packs "
                f"hold {', '.join(_DTYPES)}: save it with 8, 16 or 32 bits."
            )
        pixels = array.astype(_DTYPES[dtype])
        if pixels.itemsize == 4:
            pixels = np.ascontiguousarray(pixels).view("uint8")
            pixels = pixels.reshape((*array.shape, 4))
        content.append(encode_png(pixels))
        arrays[name] = {"dtype": dtype, "bytes": len(content[-1])}
    header = json.dumps({"name": sample.name, "arrays": arrays})
    return b"\n".join((header.encode("ascii"), b"".join(content)))


def decode_sample(
    record: bytes, source: str, use_instances: bool = True
) -> Sample:
    """Decodes what `encode_sample` returns.

    Args:
        record: bytes.
        source: str. Names the record in messages.
        use_instances: bool. Whether an instance map is decoded. Defaults to
            `True`.

    Returns:
        `Sample`.

    Raises:
        ValueError: If it is none.
    """
    header, _, content = record.partition(b"\n")
    said = parse_json(header, source, _HEADER, _ADVICE)
    arrays, start = {}, 0
    for name, array in said["arrays"].items():
        end = start + array["bytes"]
        if use_instances or name != "instance_map":
            arrays[name] = _decode(content[start:end], array["dtype"], source)
        start = end
    image, label_map = arrays.get("image"), arrays.get("label_map")
    instance_map = arrays.get("instance_map")
    whole_sample = (
        image is not None
        and label_map is not None
        and image.ndim == 3
        and image.shape[2] == 3
        and label_map.shape == image.shape[:2]
        and (instance_map is None or instance_map.shape == label_map.shape)
    )
    if not whole_sample:
        raise ValueError(
            f"{source} holds no photograph with a label map of its size: "
            f"{_ADVICE}."
        )
    return Sample(image, label_map, instance_map, said["name"])


def _decode(data, dtype, source):
    pixels = np.asarray(open_image(data, source, ("PNG",)))
    if _DTYPES[dtype][-1] != "4":
        return pixels.astype(dtype, copy=False)
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise ValueError(f"{source} holds no ids of 32 bits: {_ADVICE}.")
    return pixels.view(_DTYPES[dtype])[..., 0].astype(dtype, copy=False)
