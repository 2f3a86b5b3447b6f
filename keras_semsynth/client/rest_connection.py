"""TensorFlow Serving's REST form, which KServe's V1 protocol shares."""

import base64
import json
import time
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.client import server_messages
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.server_address import ServerAddress


class RestConnection:
    """Asks a model by `POST .../v1/models/NAME:predict`.

    Strings travel as `{"b64": ...}`. TF Serving answers in that form only for
    outputs whose name ends in `_bytes`.

    Args:
        address: `ServerAddress`.
    """

    def __init__(self, address: ServerAddress):
        try:
            import httpx
        except ImportError as error:
            raise ImportError(
                "REST needs httpx, which is not installed: "
                'pip install "keras_semsynth[client]".'
            ) from error
        self.address = address
        self._httpx = httpx
        # Preparing TLS takes longer than a request; http needs none of it.
        self._http = httpx.Client(verify=address.scheme == "https")

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray], timeout: float
    ) -> np.ndarray:
        """Runs a signature once.

        Args:
            signature: str.
            inputs: dict, name -> array whose first axis is the batch; `bytes`
                in arrays of type `object`.
            timeout: float. Seconds.

        Returns:
            Array, the only output: `float32`, or `bytes` in an `object` array.

        Raises:
            ServingError: Of the kind that fits.
        """
        status, headers, body = self._post(
            encode_request(signature, inputs), timeout
        )
        if status == 200:
            return self._decode(signature, body)
        text = _error_text(body)
        if status in (429, 503):
            raise OverloadedError(
                f"The server {self.address.server} is overloaded (HTTP "
                f"{status}: {server_messages.first_sentence(text)})",
                _seconds(headers.get("retry-after")),
            )
        if status in (400, 413, 422):
            raise server_messages.refusal(self.address, signature, text)
        if status == 404:
            raise server_messages.absent_model(self.address, text)
        if status in (408, 504):
            raise DeadlineError(
                f"The server {self.address.server} gave up after its own time "
                f"limit ({server_messages.first_sentence(text)}): raise its "
                "--rest_api_timeout_in_ms."
            )
        raise server_messages.failure(self.address, f"HTTP {status}", text)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _post(self, body, timeout):
        address, httpx = self.address, self._httpx
        url = f"{address.server}{address.path}:predict"
        deadline = time.monotonic() + timeout
        try:
            with self._http.stream(
                "POST",
                url,
                content=body,
                headers={"Content-Type": "application/json"},
                timeout=timeout,
            ) as response:
                chunks = []
                # httpx limits the time for a chunk, not for all of them.
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("too slow")
                return response.status_code, response.headers, b"".join(chunks)
        except httpx.TimeoutException as error:
            raise DeadlineError(
                f"The server {address.server} gave no answer within "
                f"{timeout:.3g} s"
            ) from error
        except httpx.TransportError as error:
            raise ServerDownError(
                f"No server answers at {address.server} ({error})"
            ) from error

    def _decode(self, signature, body):
        try:
            rows = json.loads(body)["predictions"]
            return decode_rows(rows)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ServerFailedError(
                f"{self.address.server} answered {signature!r} with something "
                "that is no prediction of TensorFlow Serving "
                f"({body[:60]!r}): correct the URL."
            ) from error


def encode_request(signature: str, inputs: Mapping[str, np.ndarray]) -> bytes:
    """Makes the body of a request, in row form.

    Args:
        signature: str.
        inputs: dict, name -> array whose first axis is the batch.

    Returns:
        bytes.
    """
    columns = {name: _to_json(value) for name, value in inputs.items()}
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    body = {"signature_name": signature, "instances": rows}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_rows(rows: Sequence) -> np.ndarray:
    """Makes an array of the rows of a prediction.

    Args:
        rows: List. An output that is named in every row is taken as well.

    Returns:
        `float32` array, or `object` array of `bytes`.
    """
    values = []
    for row in rows:
        if isinstance(row, dict) and set(row) != {"b64"}:
            (row,) = row.values()
        values.append(row)
    if not values:
        raise ValueError("no rows")
    if isinstance(values[0], dict):
        decoded = np.empty(len(values), object)
        for i, value in enumerate(values):
            decoded[i] = base64.b64decode(value["b64"], validate=True)
        return decoded
    return np.asarray(values, "float32")


def _to_json(array):
    array = np.asarray(array)
    if array.dtype == object:
        return [{"b64": base64.b64encode(x).decode()} for x in array]
    return array.tolist()


def _error_text(body):
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")


def _seconds(text):
    try:
        return max(0.0, float(text))
    except (TypeError, ValueError):
        return None
