"""TensorFlow Serving's gRPC form, by its official messages."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from keras_semsynth.client import server_messages
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.server_address import ServerAddress

if TYPE_CHECKING:
    from tensorflow_serving.apis import predict_pb2

_OPTIONS = (
    # A large picture is more than gRPC's 4 MiB.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # The channel must try again as often as the client does.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)
# What gRPC itself says when UNAVAILABLE does not come from the server.
_NO_CONNECTION = (
    "failed to connect",
    "connection refused",
    "dns resolution",
    "name resolution",
    "socket closed",
    "connection reset",
    "no route to host",
    "ssl",
    "handshake",
)


class GrpcConnection:
    """Asks a model by `PredictionService.Predict`.

    Args:
        address: `ServerAddress`.
    """

    def __init__(self, address: ServerAddress):
        try:
            import grpc
            from tensorflow_serving.apis import predict_pb2  # noqa: F401
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "gRPC needs grpcio and tensorflow-serving-api, which are not "
                'installed: pip install "keras_semsynth[client]".'
            ) from error
        self.address = address
        self._grpc = grpc
        if address.scheme == "grpcs":
            self._channel = grpc.secure_channel(
                address.target, grpc.ssl_channel_credentials(), _OPTIONS
            )
        else:
            self._channel = grpc.insecure_channel(address.target, _OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )

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
        import tensorflow as tf

        request = encode_request(self.address, signature, inputs)
        try:
            response = self._stub.Predict(request, timeout=timeout)
        except self._grpc.RpcError as error:
            raise self._explain(error, signature, timeout) from error
        if len(response.outputs) != 1:
            raise ServerFailedError(
                f"{self.address.server} answered {signature!r} with "
                f"{len(response.outputs)} outputs instead of one: the model "
                f"{self.address.model} was not written by "
                "`semsynth export`."
            )
        (output,) = response.outputs.values()
        return tf.make_ndarray(output)

    def close(self) -> None:
        """Closes the connections."""
        self._channel.close()

    def _explain(self, error, signature, timeout):
        """Returns the error of this package for one of gRPC."""
        code, text = error.code(), error.details() or ""
        codes, server = self._grpc.StatusCode, self.address.server
        if code is codes.UNAVAILABLE and any(
            sign in text.lower() for sign in _NO_CONNECTION
        ):
            return ServerDownError(
                f"No server answers at {server} "
                f"({server_messages.first_sentence(text)})"
            )
        if code in (codes.UNAVAILABLE, codes.RESOURCE_EXHAUSTED):
            return OverloadedError(
                f"The server {server} is overloaded ({code.name}: "
                f"{server_messages.first_sentence(text)})"
            )
        if code is codes.DEADLINE_EXCEEDED:
            return DeadlineError(
                f"The server {server} gave no answer within {timeout:.3g} s"
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
                f"{server} speaks gRPC, but is no TensorFlow Serving: correct "
                "the URL."
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
