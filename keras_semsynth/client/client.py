"""Asks a model server for pictures."""

import random
import time
from collections.abc import Mapping

import numpy as np

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
from keras_semsynth.files.image_headers import PNG_SIGNATURE
from keras_semsynth.files.images import read_image

Style = Photograph  # or what `encode_style` returned


class Client:
    """Turns layouts into images with a model that TensorFlow Serving serves.

    The model is one that `semsynth export` wrote. Only PNGs
    cross the wire. May be used by several threads at once.

    Args:
        url: str. `http://HOST:8501/v1/models/NAME` (REST, also KServe's V1
            protocol) or `grpc://HOST:8500/v1/models/NAME`; `https://` and
            `grpcs://` use TLS. `/versions/NUMBER` may follow.
        timeout: float. Seconds that a call may take, with all its repetitions.
            Defaults to `60.0`.
        retries: int. How often a request is repeated if the server is
            overloaded or cannot be reached. Defaults to `4`.
        backoff: float. Seconds before the first repetition, give or take a
            half; each further one waits twice as long, and at least as long
            as the server asks. Defaults to `0.25`.

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
    ):
        if not timeout > 0:
            raise ValueError(
                "`timeout` must be a positive number of seconds. Received: "
                f"timeout={timeout}."
            )
        if not isinstance(retries, int) or retries < 0:
            raise ValueError(
                "`retries` must be an integer, at least 0. Received: "
                f"retries={retries}."
            )
        if not backoff >= 0:
            raise ValueError(
                "`backoff` must be a number of seconds, at least 0. Received: "
                f"backoff={backoff}."
            )
        self.address = ServerAddress.parse(url)
        self.timeout = timeout
        self.retries = retries
        self.backoff = backoff
        kind = RestConnection
        if self.address.scheme.startswith("grpc"):
            kind = GrpcConnection
        self._connection = kind(self.address)

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
            WrongModelError: If the server has no such model or signature.
            ServerDownError, OverloadedError, DeadlineError: After all
                repetitions.
            ValueError: If an argument is wrong.
        """
        data = self.synthesize_png(layout, seed, style)
        try:
            return read_image(data, "the answer", ("PNG",))
        except ValueError as error:
            raise self._no_png(error) from error

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
            bytes.
        """
        if seed is not None and style is not None:
            raise ValueError(
                "`seed` and `style` exclude each other: a style leaves nothing "
                "to chance."
            )
        inputs = {"label_png": _strings(layout_to_png(layout))}
        signature = "png"
        if seed is not None:
            signature = "png_seeded"
            inputs["seed"] = np.array([_checked_seed(seed)], "int64")
        elif style is not None:
            signature = "png_styled"
            inputs["style"] = self._style_code(style)[None]
        return self._png(self.predict(signature, inputs))

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
        inputs = {
            "source": _strings(photograph_to_bytes(source)),
            "reference": _strings(photograph_to_bytes(reference)),
        }
        return self._png(self.predict("translate", inputs))

    def _png(self, output):
        if output.dtype != object or output.shape != (1,):
            raise self._no_png(
                f"type {output.dtype}, shape {tuple(output.shape)}"
            )
        data = bytes(output[0])
        if not data.startswith(PNG_SIGNATURE):
            raise self._no_png(repr(data[:8]))
        return data

    def encode_style(self, photograph: Photograph) -> np.ndarray:
        """Computes the style code of a photograph.

        Args:
            photograph: Path or `bytes` of an image, or `uint8` array
                `(height, width, 3)`. It is sent as a viewer shows it.

        Returns:
            `float32` array `(style_dim,)`, for `style` of `synthesize`.
        """
        data = photograph_to_bytes(photograph)
        code = self.predict("encode_style", {"photograph": _strings(data)})
        if code.ndim != 2 or len(code) != 1:
            raise WrongModelError(
                f"The model {self.address.model} at {self.address.server} "
                "answered 'encode_style' with something that is no style code "
                f"(shape {tuple(code.shape)}): it was not written by "
                "`semsynth export`."
            )
        return code[0].astype("float32")

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Runs any signature of the model, with all repetitions.

        Args:
            signature: str.
            inputs: dict, name -> array whose first axis is the batch; strings
                are `bytes` in arrays of type `object`.

        Returns:
            Array, the only output of the signature.
        """
        started = time.monotonic()
        attempts, refused = 0, False
        while True:
            left = started + self.timeout - time.monotonic()
            attempts += 1
            try:
                return self._connection.predict(
                    signature, inputs, max(left, 1e-3)
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
                    f"{str(error).rstrip('.')}, and {self.timeout:g} s were "
                    "allowed in all: raise the timeout, or send smaller "
                    "layouts."
                ) from error
            wait = self.backoff * 2 ** (attempts - 1) * random.uniform(0.5, 1.5)
            wait = max(wait, getattr(last, "retry_after", None) or 0.0)
            left = started + self.timeout - time.monotonic()
            if wait >= left:
                if isinstance(last, RefusedError):
                    raise last
                raise DeadlineError(
                    f"{last}, {attempts} times within the {self.timeout:g} s "
                    "that were allowed: raise the timeout, or try later."
                ) from last
            time.sleep(wait)

    def close(self) -> None:
        """Closes the connections."""
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _style_code(self, style):
        if not isinstance(style, (str, bytes)) and not hasattr(
            style, "__fspath__"
        ):
            code = np.asarray(style)
            if code.ndim == 1 and np.issubdtype(code.dtype, np.floating):
                return code.astype("float32")
        return self.encode_style(style)

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


def _checked_seed(seed):
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"`seed` must be an integer. Received: seed={seed!r}.")
    if not 0 <= seed < 2**31:
        raise ValueError(
            f"`seed` must be between 0 and 2147483647. Received: seed={seed}."
        )
    return int(seed)


def _final(error, attempts):
    """Says the same again, with what was tried and what can be done."""
    times = "once" if attempts == 1 else f"{attempts} times"
    if isinstance(error, ServerDownError):
        return ServerDownError(
            f"{error}, tried {times}: start the server, or correct the URL."
        )
    return OverloadedError(
        f"{error}, tried {times}: send fewer requests at a time, or allow more "
        "retries and time.",
        error.retry_after,
    )
