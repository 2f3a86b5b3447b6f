"""TensorFlow Serving's REST form, which KServe's V1 protocol shares."""

import base64
import datetime
import email.utils
import json
import math
import ssl
import urllib.parse
from collections.abc import Mapping
from concurrent import futures

import numpy as np

from keras_semsynth.client import server_messages
from keras_semsynth.client.answer_limit import AnswerLimit
from keras_semsynth.client.answer_limit import too_large
from keras_semsynth.client.certificates import Certificates
from keras_semsynth.client.credentials import Credentials
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.json_answers import decode_prediction
from keras_semsynth.client.json_answers import error_text
from keras_semsynth.client.request_loop import EncodedError
from keras_semsynth.client.request_loop import RequestLoop
from keras_semsynth.client.request_loop import TooLargeError
from keras_semsynth.client.server_address import ServerAddress

# How h11 and httpcore say that the other side went away, perhaps to come back.
_GONE = ("server disconnected", "peer closed connection")


class RestConnection:
    """Asks a model by `POST .../v1/models/NAME:predict`.

    Strings travel as `{"b64": ...}`. TF Serving answers in that form only for
    outputs whose name ends in `_bytes`.

    Args:
        address: `ServerAddress`.
        credentials: `Credentials`.
        certificates: `Certificates`.
    """

    def __init__(
        self,
        address: ServerAddress,
        credentials: Credentials,
        certificates: Certificates,
    ):
        try:
            import httpx
        except ImportError as error:
            raise ImportError(
                "REST needs httpx, which is not installed: "
                'pip install "keras_semsynth[client]".'
            ) from error
        self.address = address
        self._credentials = credentials
        self._httpx = httpx
        self._headers = {
            "accept": "application/json",
            # What is compressed may unpack a thousandfold.
            "accept-encoding": "identity",
            "content-type": "application/json",
        }
        if credentials.header:
            self._headers["authorization"] = credentials.header
        # Preparing TLS takes longer than a request; http needs none of it.
        verify = certificates.context() or True
        self._loop = RequestLoop(
            httpx.AsyncClient(
                verify=verify if address.secure else False,
                timeout=None,
                limits=httpx.Limits(max_connections=None),
                follow_redirects=False,
                # No proxy may read what is for this machine.
                trust_env=not address.local,
            )
        )

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        timeout: float,
        limit: AnswerLimit,
    ) -> np.ndarray:
        """Runs a signature once.

        Args:
            signature: str.
            inputs: dict, name -> array whose first axis is the batch; `bytes`
                in arrays of type `object`.
            timeout: float. Seconds.
            limit: `AnswerLimit`.

        Returns:
            Array, the only output: `float32`, or `bytes` in an `object` array.

        Raises:
            ServingError: Of the kind that fits.
        """
        address = self.address
        response = self._post(
            encode_request(signature, inputs), timeout, limit.json_size
        )
        status = response.status
        if status == 200:
            rows = min(map(len, inputs.values()))
            try:
                return decode_prediction(response.body, rows, limit.values)
            except ValueError as error:
                raise server_messages.no_prediction(
                    address, signature, self._credentials.hide(str(error))
                ) from error
        text = self._credentials.hide(error_text(response.body))
        said = server_messages.first_sentence(text)
        if status in (401, 403):
            raise server_messages.no_access(
                address,
                status == 403,
                f"HTTP {status}",
                text,
                self._credentials,
            )
        if status in (429, 503):
            raise OverloadedError(
                f"The server {address.server} is overloaded (HTTP "
                f"{status}: {said})",
                _seconds(response.headers.get("retry-after")),
            )
        if status in (400, 413, 422):
            raise server_messages.refusal(address, signature, text)
        if status == 404:
            raise server_messages.absent_model(address, text)
        if status in (408, 504):
            raise DeadlineError(
                f"The server {address.server} gave up after its own time "
                f"limit ({said}): raise its --rest_api_timeout_in_ms."
            )
        if status < 400:
            elsewhere = ""
            if status >= 300:
                place = _place(response.headers.get("location"))
                elsewhere = f", and nothing is sent on elsewhere{place}"
            raise ServerFailedError(
                f"{address.server} answered with HTTP {status} instead of a "
                f"prediction{elsewhere}: correct the URL."
            )
        raise server_messages.failure(address, f"HTTP {status}", text)

    def close(self) -> None:
        """Ends calls under way and closes the connections."""
        self._loop.close()

    def _post(self, body, timeout, most):
        address, httpx = self.address, self._httpx
        url = f"{address.server}{address.path}:predict"
        try:
            return self._loop.post(url, body, self._headers, timeout, most)
        except TimeoutError as error:
            raise DeadlineError(
                f"The server {address.server} gave no answer within "
                f"{timeout:.3g} s"
            ) from error
        except futures.CancelledError:
            raise server_messages.closed(address) from None
        except TooLargeError as error:
            raise too_large(address.server, most) from error
        except EncodedError as error:
            raise ServerFailedError(
                f"{address.server} answered with a compressed body, which was "
                "not asked for: switch compression off there."
            ) from error
        # What TLS says after the handshake comes as it is.
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise self._explain(error) from None

    def _explain(self, error):
        """Returns the error of this package for one of httpx."""
        server, httpx = self.address.server, self._httpx
        text = self._credentials.hide(str(error) or "the connection broke off")
        said = server_messages.first_sentence(text)
        if _is_of_tls(error):
            return server_messages.no_trust(self.address, text)
        if isinstance(
            error, httpx.ProtocolError
        ) and not text.lower().startswith(_GONE):
            return ServerFailedError(
                f"{server} does not answer as HTTP asks for ({said}): correct "
                "the URL."
            )
        return ServerDownError(f"No server answers at {server} ({said})")


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


def _to_json(array):
    array = np.asarray(array)
    if array.dtype == object:
        return [{"b64": base64.b64encode(x).decode()} for x in array]
    return array.tolist()


def _seconds(text):
    """Reads the header `retry-after`: seconds, or a date."""
    if text is None or len(text) > 100:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(text)
            now = datetime.datetime.now(date.tzinfo)
            seconds = (date - now).total_seconds()
        except (ValueError, OverflowError, IndexError):
            return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _place(location):
    """Says where a redirect leads, without what may be secret there."""
    try:
        parts = urllib.parse.urlsplit((location or "")[:1000])
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    said = server_messages.first_sentence(
        f"{parts.scheme}://{parts.hostname}{port}"
    )
    return f" (to {said})"


def _is_of_tls(error):
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
