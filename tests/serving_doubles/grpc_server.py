"""Serves an exported model by TensorFlow Serving's official gRPC messages.

    python -m tests.serving_doubles.grpc_server --model=served/spade --port=8500

A stand-in for machines where the binary of TensorFlow Serving cannot be had:
it proves the messages, not the speed or the care of the real server. Needs
TensorFlow, grpcio and tensorflow-serving-api.
"""

import argparse
import pathlib
import signal
import threading
from concurrent import futures

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from tests.serving_doubles.batcher import Batcher
from tests.serving_doubles.batcher import read_parameters
from tests.serving_doubles.request_error import RequestError
from tests.serving_doubles.saved_model_runner import SavedModelRunner


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers `Predict`.

    Args:
        runner: `SavedModelRunner`.
        batcher: `Batcher`, or `None` to run each request alone. Defaults to
            `None`.
    """

    def __init__(self, runner, batcher=None):
        self.runner = runner
        self.batcher = batcher

    def Predict(self, request, context):  # noqa: N802, gRPC's own name
        try:
            return self._predict(request)
        except RequestError as error:
            context.abort(grpc.StatusCode[error.code], error.message)

    def _predict(self, request):
        spec = request.model_spec
        version = None
        if spec.HasField("version"):
            version = spec.version.value
        self.runner.check_model(spec.name, version)
        signature = spec.signature_name or "serving_default"
        self.runner.inputs(signature)
        inputs = {}
        for name, value in request.inputs.items():
            try:
                inputs[name] = tf.make_ndarray(value)
            except (TypeError, ValueError) as error:
                raise RequestError(
                    "INVALID_ARGUMENT", f"{name} is no tensor ({error})"
                ) from error
        run = self.runner.run if self.batcher is None else self.batcher.run
        outputs = run(signature, inputs)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = spec.name
        response.model_spec.signature_name = signature
        response.model_spec.version.value = self.runner.version
        for name, value in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return response


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Answers `GetModelStatus`.

    Args:
        runner: `SavedModelRunner`.
    """

    def __init__(self, runner):
        self.runner = runner

    def GetModelStatus(self, request, context):  # noqa: N802
        try:
            self.runner.check_model(request.model_spec.name)
        except RequestError as error:
            context.abort(grpc.StatusCode[error.code], error.message)
        response = get_model_status_pb2.GetModelStatusResponse()
        status = response.model_version_status.add()
        status.version = self.runner.version
        status.state = get_model_status_pb2.ModelVersionStatus.AVAILABLE
        return response


def start(runner, port=0, batcher=None, threads=16, host="127.0.0.1"):
    """Starts a server in this process.

    Args:
        runner: `SavedModelRunner`.
        port: int. `0` takes a free one. Defaults to `0`.
        batcher: `Batcher` or `None`. Defaults to `None`.
        threads: int. Requests worked on at once. Defaults to `16`.
        host: str. Defaults to `"127.0.0.1"`.

    Returns:
        `(grpc.Server, port)`.
    """
    server = grpc.server(
        futures.ThreadPoolExecutor(threads),
        options=[
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),
        ],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(runner, batcher), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelService(runner), server
    )
    port = server.add_insecure_port(f"{host}:{port}")
    server.start()
    return server, port


def main():
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--name", help="default: the name of the folder")
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--batching_parameters_file", type=pathlib.Path)
    options = parser.parse_args()
    runner = SavedModelRunner(options.model, options.name)
    batcher = None
    if options.batching_parameters_file:
        parameters = read_parameters(options.batching_parameters_file)
        batcher = Batcher(runner.run, **parameters)
    server, port = start(runner, options.port, batcher)
    print(
        f"Serving {runner.name} version {runner.version} at "
        f"grpc://127.0.0.1:{port}/v1/models/{runner.name}",
        flush=True,
    )
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    server.stop(5).wait()
    if batcher is not None:
        sizes = batcher.batch_sizes
        mean = sum(k * n for k, n in sizes.items()) / max(sizes.total(), 1)
        print(f"Rows a batch: {mean:.1f}", flush=True)


if __name__ == "__main__":
    main()
