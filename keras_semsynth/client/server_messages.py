"""One sentence of what a model server says."""

import re

from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.errors import ServingError
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.client.server_address import ServerAddress

_ABSENT = {
    "png_styled": "it was exported from a run without style input",
    "styled": "it was exported from a run without style input",
    "encode_style": "it was exported from a run without a style encoder",
}
# Where in its graph TensorFlow met the error; nothing a client can use.
_GRAPH = re.compile(r"\[\[\{\{|\[Op:|\[\[node |\n\s*\(\d+\)|Stack trace|\n\n")
_ASSERTION = re.compile(r"^assertion failed: \[(.*)\]", re.DOTALL)
_LONGEST = 300


def first_sentence(text: str) -> str:
    """Shortens what TensorFlow reports to what a person can use.

    Args:
        text: str.

    Returns:
        str, without line breaks and without a full stop at the end.
    """
    text = _GRAPH.split(str(text).strip())[0].strip()
    match = _ASSERTION.match(text)
    text = " ".join((match[1] if match else text).split()).strip("'\" ")
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 3] + "..."
    return text.strip().rstrip(".") or "no reason given"


def refusal(address: ServerAddress, signature: str, text: str) -> ServingError:
    """Makes an error of an answer that blames the request.

    Args:
        address: `ServerAddress`.
        signature: str. What was asked for.
        text: str. What the server said.

    Returns:
        `ServingError`.
    """
    # TF Serving over gRPC: 'Serving signature key "x" not found.'; over REST:
    # 'Serving signature name: "x" not found in signature def'.
    if re.search(r"signature.*not found", text, re.IGNORECASE):
        reason = _ABSENT.get(signature, "it was not written by semsynth export")
        return WrongModelError(
            f"The model {address.model} at {address.server} has no signature "
            f"{signature!r}: {reason}."
        )
    if "does not match signature" in text or "Missing named input" in text:
        return WrongModelError(
            f"The signature {signature!r} of the model {address.model} at "
            f"{address.server} takes other inputs, so that model was not "
            f"written by semsynth export ({first_sentence(text)})."
        )
    return RefusedError(
        f"The model {address.model} at {address.server} refused the request: "
        f"{first_sentence(text)}."
    )


def absent_model(address: ServerAddress, text: str) -> WrongModelError:
    """Makes an error of an answer that knows no such model.

    Args:
        address: `ServerAddress`.
        text: str. What the server said.

    Returns:
        `WrongModelError`.
    """
    version = "" if address.version is None else f" version {address.version}"
    return WrongModelError(
        f"The server {address.server} has no model {address.model}{version}: "
        f"correct the URL, or wait until it is loaded "
        f"({first_sentence(text)})."
    )


def failure(address: ServerAddress, code: str, text: str) -> ServerFailedError:
    """Makes an error of an answer that blames the server.

    Args:
        address: `ServerAddress`.
        code: str. The status, such as `"HTTP 500"`.
        text: str. What the server said.

    Returns:
        `ServerFailedError`.
    """
    return ServerFailedError(
        f"The server {address.server} failed with {code}: "
        f"{first_sentence(text)}; its log says more."
    )
