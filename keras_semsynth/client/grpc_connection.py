"""TensorFlow Serving's gRPC form, by its official messages."""

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

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
from keras_semsynth.client.server_address import ServerAddress
from keras_semsynth.client.tensor_answers import decode_tensor

if TYPE_CHECKING:
    from tensorflow_serving.apis import predict_pb2

_METHOD = "/tensorflow.serving.PredictionService/Predict"
_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    # Identity alone: what is compressed may unpack a thousandfold.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    # The channel must try again as often as the client does.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Connections end with their client, and nobody else uses them.
    ("grpc.use_local_subchannel_pool", 1),
    # The repetitions are those of `Client`, which counts them.
    ("grpc.enable_retries", 0),
)
# A channel has one limit for all its answers; there is one for each power of
# four, so that pictures of one size share a channel.
_SMALLEST_CHANNEL = 2**20
_LARGEST_CHANNEL = 2**31 - 1
# gRPC ends a call by itself; this is for what may hold it up.
_GRACE = 0.1
# What gRPC itself says when UNAVAILABLE does not come from the server.
_NO_CONNECTION = (
    "failed to connect",
    "connection refused",
    "dns resolution",
    "name resolution",
    "errors resolving",
    "socket closed",
    "connection reset",
    "no route to host",
    "handshake",
    "goaway",
    "transport",
)
# Trying again does not help against these.
_NO_TRUST = (
    "ssl_error_ssl",
    "certificate",
    "hostname verification",
    "peer name",
    "wrong_version_number",
)


class GrpcConnection:
    """Asks a model by `PredictionService.Predict`.

    Args:
        address: `ServerAddress`. Its prefix stands before the method.
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
            import grpc
            from google.protobuf.message import DecodeError
            from tensorflow_serving.apis import predict_pb2
        except ImportError as error:
            raise ImportError(
                "gRPC needs grpcio and tensorflow-serving-api, which are not "
                'installed: pip install "keras_semsynth[client]".'
            ) from error
        self.address = address
        self._grpc = grpc
        self._response = predict_pb2.PredictResponse
        self._decode_error = DecodeError
        self._credentials = credentials
        self._metadata = ()
        if credentials.header:
            self._metadata = (("authorization", credentials.header),)
        self._channel_credentials = None
        if address.secure:
            self._channel_credentials = certificates.channel_credentials()
        self._lock = threading.Lock()
        self._channels = {}
        self._closed = False

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
        started = time.monotonic()
        request = encode_request(self.address, signature, inputs)
        data = self._call(
            request.SerializeToString(),
            signature,
            max(started + timeout - time.monotonic(), 1e-3),
            limit.message_size,
        )
        try:
            outputs = self._response.FromString(data).outputs
            if len(outputs) != 1:
                raise ValueError(f"{len(outputs)} outputs instead of one")
            (output,) = outputs.values()
            rows = min(map(len, inputs.values()))
            return decode_tensor(output, rows, limit.values)
        except (ValueError, self._decode_error) as error:
            raise server_messages.no_prediction(
                self.address, signature, self._credentials.hide(str(error))
            ) from error

    def close(self) -> None:
        """Ends calls under way and closes the connections."""
        with self._lock:
            self._closed = True
            channels = list(self._channels.values())
            self._channels.clear()
        for channel in channels:
            channel.close()

    def _channel(self, most):
        size = _SMALLEST_CHANNEL
        while size < most:
            size *= 4
        size = min(size, _LARGEST_CHANNEL)
        with self._lock:
            if self._closed:
                raise server_messages.closed(self.address)
            if size not in self._channels:
                self._channels[size] = self._new_channel(size)
            return self._channels[size]

    def _new_channel(self, size):
        grpc, target = self._grpc, self.address.target
        options = [
            *_OPTIONS,
            ("grpc.max_receive_message_length", size),
            # No proxy may read what is for this machine.
            ("grpc.enable_http_proxy", int(not self.address.local)),
        ]
        if self._channel_credentials is None:
            return grpc.insecure_channel(target, options)
        return grpc.secure_channel(target, self._channel_credentials, options)

    def _call(self, request, signature, timeout, most):
        """Returns the bytes of the answer."""
        grpc, started = self._grpc, time.monotonic()
        channel = self._channel(most)
        call = None
        try:
            call = channel.unary_unary(self.address.prefix + _METHOD).future(
                request, timeout=timeout, metadata=self._metadata
            )
            data = call.result(timeout + _GRACE)
        except (grpc.FutureTimeoutError, grpc.FutureCancelledError) as error:
            if self._closed:
                raise server_messages.closed(self.address) from None
            raise self._no_answer(timeout) from error
        except grpc.RpcError as error:
            if self._closed:
                raise server_messages.closed(self.address) from None
            early = time.monotonic() - started < timeout - 0.05
            # Its text may hold what a server repeats of the credentials.
            raise self._explain(
                error, signature, timeout, early, most
            ) from None
        except ValueError as error:  # the channel is closed
            raise server_messages.closed(self.address) from error
        finally:
            if call is not None:
                call.cancel()
        if len(data) > most:
            raise too_large(self.address.server, most)
        return data

    def _no_answer(self, timeout):
        return DeadlineError(
            f"The server {self.address.server} gave no answer within "
            f"{timeout:.3g} s"
        )

    def _explain(self, error, signature, timeout, early, most):
        """Returns the error of this package for one of gRPC."""
        code = error.code()
        text = self._credentials.hide(error.details() or "")
        lower, said = text.lower(), server_messages.first_sentence(text)
        codes, server = self._grpc.StatusCode, self.address.server
        if code is codes.UNAVAILABLE:
            if any(sign in lower for sign in _NO_TRUST):
                return server_messages.no_trust(self.address, text)
            if any(sign in lower for sign in _NO_CONNECTION):
                return ServerDownError(
                    f"No server answers at {server} ({said})"
                )
        if "received message larger than max" in lower:
            return too_large(server, most)
        if "metadata size exceeds" in lower:
            return server_messages.failure(self.address, code.name, text)
        if code in (codes.UNAVAILABLE, codes.RESOURCE_EXHAUSTED):
            return OverloadedError(
                f"The server {server} is overloaded ({code.name}: {said})"
            )
        if code is codes.DEADLINE_EXCEEDED:
            if early:
                return DeadlineError(
                    f"The server {server} gave up after its own time limit "
                    f"({said})"
                )
            return self._no_answer(timeout)
        if code in (codes.UNAUTHENTICATED, codes.PERMISSION_DENIED):
            known = code is codes.PERMISSION_DENIED
            return server_messages.no_access(
                self.address, known, code.name, text, self._credentials
            )
        if code is codes.NOT_FOUND:
            return server_messages.absent_model(self.address, text)
        if code in (
            codes.INVALID_ARGUMENT,
            codes.FAILED_PRECONDITION,
            codes.OUT_OF_RANGE,
        ):
            return server_messages.refusal(self.address, signature, text)
        if code is codes.UNIMPLEMENTED:
            return ServerFailedError(
                f"{server} speaks gRPC, but is no TensorFlow Serving "
                f"({said}): correct the URL."
            )
        return server_messages.failure(self.address, code.name, text)


def encode_request(
    address: ServerAddress, signature: str, inputs: Mapping[str, np.ndarray]
) -> "predict_pb2.PredictRequest":
    """Makes the message of a request.

    Args:
        address: `ServerAddress`.
        signature: str.
        inputs: dict, name -> array whose first axis is the batch.

    Returns:
        `predict_pb2.PredictRequest`.
    """
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2

    request = predict_pb2.PredictRequest()
    request.model_spec.name = address.model
    request.model_spec.signature_name = signature
    if address.version is not None:
        request.model_spec.version.value = address.version
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request
