"""Asks a model server for pictures."""

import os
import random
import threading
import time
from collections.abc import Mapping

import numpy as np

from keras_semsynth.client import arguments
from keras_semsynth.client import server_messages
from keras_semsynth.client.answer_limit import AnswerLimit
from keras_semsynth.client.credentials import Credentials
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.client.grpc_connection import GrpcConnection
from keras_semsynth.client.rest_connection import RestConnection
from keras_semsynth.client.server_address import ServerAddress
from keras_semsynth.client.wire_images import Layout
from keras_semsynth.client.wire_images import Photograph
from keras_semsynth.client.wire_images import layout_to_png
from keras_semsynth.client.wire_images import photograph_to_bytes
from keras_semsynth.files.image_headers import png_header
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_size

Style = Photograph  # or what `encode_style` returned


class Client:
    """Turns layouts into images with a model that TensorFlow Serving serves.

    The model is one that `semsynth export` wrote. Only PNGs
    cross the wire. May be used by several threads at once.

    Args:
        url: str. `http://HOST:8501/v1/models/NAME` (REST, also KServe's V1
            protocol) or `grpc://HOST:8500/v1/models/NAME`; `https://` and
            `grpcs://` use TLS. `/versions/NUMBER` may follow, and a path
            may stand before `/v1`.
        timeout: float. Seconds that a call may take, with name resolution,
            all its repetitions and the waits between them. Defaults to
            `60.0`.
        retries: int. How often a request is repeated if the server is
            overloaded or cannot be reached. Defaults to `4`.
        backoff: float. Seconds before the first repetition, give or take a
            half; each further one waits twice as long, and at least as long
            as the server asks. Defaults to `0.25`.
        credentials: `Credentials`, or path of a file of one line, a token or
            `USER:PASSWORD`. Sent over TLS or to this machine, and nowhere
            else. Defaults to `None`, what the environment gives:
            `SEMSYNTH_TOKEN`, or `SEMSYNTH_USER` and `SEMSYNTH_PASSWORD`.
        certificate_authority: str or `None`. PEM file of the authorities that
            are trusted in place of the public ones. Defaults to `None`.
        client_certificate: str or `None`. PEM file of the certificate that
            the client shows, with its key. Defaults to `None`.

    Raises:
        ValueError: If an argument is wrong.
        ImportError: If the packages of the protocol are not installed.

    Example:

    >>> client = keras_semsynth.client.Client(
    ...     "grpc://localhost:8500/v1/models/spade"
    ... )
    >>> image = client.synthesize("layout.png", seed=7)  # uint8 (H, W, 3)
    """

    def __init__(
        self,
        url: str,
        timeout: float = 60.0,
        retries: int = 4,
        backoff: float = 0.25,
        credentials: Credentials | str | os.PathLike | None = None,
        certificate_authority: str | os.PathLike | None = None,
        client_certificate: str | os.PathLike | None = None,
    ):
        self.timeout = arguments.checked_seconds("timeout", timeout, above=0)
        self.backoff = arguments.checked_seconds("backoff", backoff)
        self.retries = arguments.checked_retries(retries)
        self.address = ServerAddress.parse(url)
        certificates = arguments.checked_certificates(
            self.address, certificate_authority, client_certificate
        )
        credentials = arguments.checked_credentials(self.address, credentials)
        kind = RestConnection
        if self.address.scheme.startswith("grpc"):
            kind = GrpcConnection
        self._connection = kind(self.address, credentials, certificates)
        self._closed = threading.Event()

    def synthesize(
        self,
        layout: Layout,
        seed: int | None = None,
        style: Style | None = None,
    ) -> np.ndarray:
        """Generates the image of a layout.

        Args:
            layout: Path of a label image, PNG as `bytes`, or integer array
                `(height, width)` of class ids.
            seed: int. The same seed gives the same image. Defaults to `None`,
                a fresh image each time.
            style: Path or `bytes` of a photograph, `uint8` array
                `(height, width, 3)`, or what `encode_style` returned; sets the
                look. Not together with `seed`. Defaults to `None`.

        Returns:
            `uint8` array `(height, width, 3)`, RGB.

        Raises:
            RefusedError: If the model cannot make this layout.
            WrongModelError: If the server has no such model or signature, or
                answers with something else than a picture of this size.
            AccessError: If the server does not let this client in.
            ServerFailedError: If the server fails, or answers with something
                that is no prediction.
            ServerDownError, OverloadedError, DeadlineError: After all
                repetitions.
            ClosedError: If the client is closed.
            ValueError: If an argument is wrong.
        """
        return self._synthesize(layout, seed, style)[1]

    def synthesize_png(
        self,
        layout: Layout,
        seed: int | None = None,
        style: Style | None = None,
    ) -> bytes:
        """Generates the image of a layout, as a PNG.

        Args:
            layout, seed, style: As for `synthesize`.

        Returns:
            bytes, which were decoded once to see that they are whole.

        Raises:
            As `synthesize`.
        """
        return self._synthesize(layout, seed, style)[0]

    def _synthesize(self, layout, seed, style):
        """Returns the picture as a PNG and as an array."""
        deadline = time.monotonic() + self.timeout
        if seed is not None and style is not None:
            raise ValueError(
                "`seed` and `style` exclude each other: a style leaves nothing "
                "to chance."
            )
        sent = layout_to_png(layout)
        width, height, *_ = png_header(sent[:33])
        inputs = {"label_png": _strings(sent)}
        signature = "png"
        if seed is not None:
            signature = "png_seeded"
            inputs["seed"] = np.array([arguments.checked_seed(seed)], "int64")
        elif style is not None:
            signature = "png_styled"
            inputs["style"] = self._style_code(style, deadline)[None]
        return self._picture(signature, inputs, (height, width), deadline)

    def translate_png(self, source: Photograph, reference: Photograph) -> bytes:
        """Repaints a photograph in the style of another, as a PNG.

        Args:
            source: Path or `bytes` of an image, or `uint8` array
                `(height, width, 3)`. It is sent as a viewer shows it.
            reference: The same, of any size.

        Returns:
            bytes, of the size of the source.

        Raises:
            As `synthesize`.
        """
        deadline = time.monotonic() + self.timeout
        source = photograph_to_bytes(source)
        inputs = {
            "source": _strings(source),
            "reference": _strings(photograph_to_bytes(reference)),
        }
        size = read_size(source)
        return self._picture("translate", inputs, size, deadline)[0]

    def _picture(self, signature, inputs, size, deadline):
        height, width = size
        limit = AnswerLimit.of_picture(height, width)
        output = self._predict(signature, inputs, limit, deadline)
        if output.dtype != object or output.shape != (1,):
            raise self._no_png(
                f"type {output.dtype}, shape {tuple(output.shape)}"
            )
        data = output[0]
        try:
            found = png_header(data[:33])[:2]
        except ValueError:
            raise self._no_png(repr(data[:8])) from None
        if found != (width, height):
            raise WrongModelError(
                f"The model {self.address.model} at {self.address.server} "
                f"answered with a picture of {found[0]} x {found[1]} pixels "
                f"(width x height) instead of {width} x {height}: it was not "
                "written by `semsynth export`."
            )
        try:
            image = read_image(data, "the answer", ("PNG",), height * width)
        except ValueError as error:
            raise self._no_png(error) from error
        if image.shape[:2] != size:
            raise self._no_png("it is to be turned")
        return data, image

    def encode_style(self, photograph: Photograph) -> np.ndarray:
        """Computes the style code of a photograph.

        Args:
            photograph: Path or `bytes` of an image, or `uint8` array
                `(height, width, 3)`. It is sent as a viewer shows it.

        Returns:
            `float32` array `(style_dim,)`, or `(num_classes, style_dim)` of a
            model whose classes have codes of their own, all alike; for `style`
            of `synthesize`.

        Raises:
            As `synthesize`.
        """
        return self._encode_style(photograph, time.monotonic() + self.timeout)

    def _encode_style(self, photograph, deadline):
        code = self._predict(
            "encode_style",
            {"photograph": _strings(photograph_to_bytes(photograph))},
            AnswerLimit.of_style(),
            deadline,
        )
        if (
            code.dtype != np.float32
            or code.ndim not in (2, 3)
            or len(code) != 1
        ):
            raise WrongModelError(
                f"The model {self.address.model} at {self.address.server} "
                "answered 'encode_style' with something that is no style code "
                f"(shape {tuple(code.shape)}): it was not written by "
                "`semsynth export`."
            )
        return code[0]

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Runs any signature of the model, with all repetitions.

        Args:
            signature: str.
            inputs: dict, name -> array whose first axis is the batch; strings
                are `bytes` in arrays of type `object`.

        Returns:
            Array, the only output of the signature: `float32`, or `bytes` in
            an `object` array, of up to 2**26 values and 256 MiB.

        Raises:
            As `synthesize`.
        """
        deadline = time.monotonic() + self.timeout
        return self._predict(signature, inputs, AnswerLimit(), deadline)

    def _predict(self, signature, inputs, limit, deadline):
        attempts, refused = 0, False
        while True:
            attempts += 1
            try:
                return self._connection.predict(
                    signature,
                    inputs,
                    max(deadline - time.monotonic(), 1e-3),
                    limit,
                )
            except RefusedError as error:
                # TF Serving's batching gives one error to all requests of a
                # batch, so the fault may be a neighbour's.
                if refused or not self.retries:
                    raise
                refused, last = True, error
            except (OverloadedError, ServerDownError) as error:
                last = error
                if attempts > self.retries:
                    raise _final(error, attempts) from error
            except DeadlineError as error:
                raise DeadlineError(
                    f"{str(error).rstrip('.')}, tried {_times(attempts)} "
                    f"within the {self.timeout:g} s that were allowed: raise "
                    "the timeout, or send smaller layouts."
                ) from error
            doubled = min(attempts - 1, 30)
            wait = self.backoff * 2**doubled * random.uniform(0.5, 1.5)
            wait = max(wait, getattr(last, "retry_after", None) or 0.0)
            if time.monotonic() + wait >= deadline:
                if isinstance(last, RefusedError):
                    raise last
                raise DeadlineError(
                    f"{last}, tried {_times(attempts)} within the "
                    f"{self.timeout:g} s that were allowed, and the next "
                    f"attempt would come after {wait:.3g} s: raise the "
                    "timeout, or try later."
                ) from last
            if self._closed.wait(wait):
                raise server_messages.closed(self.address)

    def close(self) -> None:
        """Closes the connections and ends calls of other threads."""
        self._closed.set()
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _style_code(self, style, deadline):
        if not isinstance(style, (str, bytes)) and not hasattr(
            style, "__fspath__"
        ):
            code = np.asarray(style)
            if code.ndim in (1, 2) and np.issubdtype(code.dtype, np.floating):
                return code.astype("float32")
        return self._encode_style(style, deadline)

    def _no_png(self, found):
        return WrongModelError(
            f"The model {self.address.model} at {self.address.server} answered "
            f"with something that is no PNG ({found}): it was not written by "
            "`semsynth export`."
        )


def _strings(*values):
    result = np.empty(len(values), object)
    result[:] = values
    return result


def _times(attempts):
    return "once" if attempts == 1 else f"{attempts} times"


def _final(error, attempts):
    """Says the same again, with what was tried and what can be done."""
    times = _times(attempts)
    if isinstance(error, ServerDownError):
        return ServerDownError(
            f"{error}, tried {times}: start the server, or correct the URL."
        )
    return OverloadedError(
        f"{error}, tried {times}: send fewer requests at a time, or allow more "
        "retries and time.",
        error.retry_after,
    )
