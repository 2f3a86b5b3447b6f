"""Serves an exported model with KServe, by its V1 protocol over REST.

    python -m tests.serving_doubles.kserve_server \\
        --model=served/spade --http_port=8080

Needs TensorFlow and kserve. Numbers and `{"b64": ...}` are read and written as
TensorFlow Serving does.
"""

import argparse
import asyncio
import base64
import binascii
import pathlib

import kserve
import numpy as np
from kserve.errors import InvalidInput

from tests.serving_doubles.request_error import RequestError
from tests.serving_doubles.saved_model_runner import SavedModelRunner


class SavedModelServer(kserve.Model):
    """A `kserve.Model` that runs the signatures of a SavedModel.

    Args:
        runner: `SavedModelRunner`.
    """

    def __init__(self, runner):
        super().__init__(runner.name)
        self.runner = runner
        self.ready = True

    async def predict(self, payload, headers=None):
        """Answers `{"signature_name": ..., "instances": [...]}`."""
        return await asyncio.to_thread(self._predict, payload)

    def _predict(self, payload):
        try:
            signature = payload.get("signature_name", "serving_default")
            specs = self.runner.inputs(signature)
            inputs = _columns(payload, specs)
            outputs = self.runner.run(signature, inputs)
        except RequestError as error:
            if error.code == "INTERNAL":
                raise RuntimeError(error.message) from error
            raise InvalidInput(error.message) from error
        columns = {n: _to_json(n, value) for n, value in outputs.items()}
        if len(columns) == 1:
            (rows,) = columns.values()
            return {"predictions": rows}
        rows = zip(*columns.values(), strict=True)
        return {
            "predictions": [
                dict(zip(columns, row, strict=True)) for row in rows
            ]
        }


def _columns(payload, specs):
    """Makes the inputs of a signature from the rows of a request."""
    rows = payload.get("instances")
    if not isinstance(rows, list) or not rows:
        raise RequestError(
            "INVALID_ARGUMENT", "Missing 'inputs' or 'instances' key"
        )
    if len(specs) == 1:
        (name,) = specs
        rows = [
            row
            if isinstance(row, dict) and set(row) != {"b64"}
            else {name: row}
            for row in rows
        ]
    for row in rows:
        if not isinstance(row, dict) or set(row) != set(specs):
            raise RequestError(
                "INVALID_ARGUMENT",
                f"JSON object: keys must be equal to: {','.join(specs)}",
            )
    inputs = {}
    for name, spec in specs.items():
        values = [row[name] for row in rows]
        if spec.dtype == "string":
            inputs[name] = _strings(values)
            continue
        try:
            inputs[name] = np.array(values, spec.dtype.as_numpy_dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise RequestError(
                "INVALID_ARGUMENT",
                f"JSON Value of {name} is not of expected type: "
                f"{spec.dtype.name}",
            ) from error
    return inputs


def _strings(values):
    result = np.empty(len(values), object)
    for i, value in enumerate(values):
        try:
            if isinstance(value, dict):
                result[i] = base64.b64decode(value["b64"], validate=True)
            else:
                result[i] = value.encode()
        except (KeyError, AttributeError, TypeError, binascii.Error) as error:
            raise RequestError(
                "INVALID_ARGUMENT", "Unable to base64 decode"
            ) from error
    return result


def _to_json(name, value):
    if value.dtype != object:
        return value.tolist()
    if not name.endswith("_bytes"):
        # What TensorFlow Serving does too: it makes no base64 of them, and
        # most bytes are no text.
        return [item.decode() for item in value]
    return [{"b64": base64.b64encode(item).decode()} for item in value]


def main():
    """Runs the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, parents=[kserve.model_server.parser]
    )
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--name", help="default: the name of the folder")
    options, _ = parser.parse_known_args()
    runner = SavedModelRunner(options.model, options.name)
    kserve.ModelServer(
        http_port=options.http_port, enable_grpc=options.enable_grpc
    ).start([SavedModelServer(runner)])


if __name__ == "__main__":
    main()
