"""One sentence of what a model server says."""

import re

from keras_semsynth.client.credentials import HOW
from keras_semsynth.client.credentials import Credentials
from keras_semsynth.client.errors import AccessError
from keras_semsynth.client.errors import ClosedError
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
# Of a text that is looked at: patterns take time.
_MOST = 4000


def first_sentence(text: str) -> str:
    """Shortens what TensorFlow reports to what a person can use.

    Args:
        text: str.

    Returns:
        str, without line breaks and without a full stop at the end.
    """
    text = _GRAPH.split(str(text)[:_MOST].strip())[0].strip()
    match = _ASSERTION.match(text)
    text = " ".join((match[1] if match else text).split()).strip("'\" ")
    # Control characters would reach the terminal.
    text = "".join(c if c.isprintable() else "?" for c in text)
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
    text = text[:_MOST]
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


def no_access(
    address: ServerAddress,
    known: bool,
    code: str,
    text: str,
    credentials: Credentials,
) -> AccessError:
    """Makes an error of an answer to somebody who is not let in.

    Args:
        address: `ServerAddress`.
        known: bool. Whether the server knows who asks.
        code: str. The status, such as `"HTTP 401"`.
        text: str. What the server said.
        credentials: `Credentials`. What was sent.

    Returns:
        `AccessError`.
    """
    said = f"({code}: {first_sentence(text)})"
    if credentials.kind is None:
        what = "does not let in" if known else "wants to know"
        return AccessError(
            f"The server {address.server} {what} who asks {said}: {HOW}."
        )
    if known:
        return AccessError(
            f"The server {address.server} knows the {credentials.kind} of "
            f"{credentials.origin}, but does not let it use the model "
            f"{address.model} {said}: ask whoever runs it, or give another."
        )
    return AccessError(
        f"The server {address.server} does not accept the {credentials.kind} "
        f"of {credentials.origin} {said}: correct or renew it."
    )


def no_prediction(
    address: ServerAddress, signature: str, found: object
) -> ServerFailedError:
    """Makes an error of an answer that has not the form of a prediction.

    Args:
        address: `ServerAddress`.
        signature: str. What was asked for.
        found: What is wrong with it, as a clause or an exception.

    Returns:
        `ServerFailedError`.
    """
    return ServerFailedError(
        f"{address.server} answered {signature!r} with something that is no "
        f"prediction of TensorFlow Serving ({first_sentence(found)}): correct "
        "the URL."
    )


def no_trust(address: ServerAddress, text: str) -> ServerFailedError:
    """Makes an error of a connection over TLS that cannot be made.

    Args:
        address: `ServerAddress`.
        text: str. What went wrong.

    Returns:
        `ServerFailedError`.
    """
    words = text.lower().replace("_", " ")
    text = first_sentence(text)
    if "verify failed" in words or "hostname verification" in words:
        return ServerFailedError(
            f"The certificate of {address.server} is not trusted ({text}): "
            "give its authority with `certificate_authority`, or correct the "
            "host name."
        )
    plain = address.scheme.removesuffix("s")
    return ServerFailedError(
        f"No connection over TLS to {address.server} ({text}): correct the "
        f"port, give `client_certificate` if it asks for one, or use "
        f"{plain}:// if it speaks no TLS."
    )


def closed(address: ServerAddress) -> ClosedError:
    """Makes the error of a call of a client that was closed.

    Args:
        address: `ServerAddress`.

    Returns:
        `ClosedError`.
    """
    return ClosedError(
        f"The client of {address.server} is closed: make a new one to go on."
    )
