"""Servers that say what a test tells them to, over both protocols."""

import base64
import http.server
import io
import json
import threading
import time
from concurrent import futures

import numpy as np
from PIL import Image


def png(value=7, size=(4, 6)):
    """An image of one colour, as a PNG."""
    stream = io.BytesIO()
    image = np.full((*size, 3), value, "uint8")
    Image.fromarray(image).save(stream, format="PNG")
    return stream.getvalue()


class Answer:
    """One answer of a scripted server.

    Args:
        code: str. Name of a gRPC status; `"OK"` predicts.
        text: str. Message of an error.
        delay: float. Seconds to wait before.
        value: `bytes`, or list of floats. What is predicted.
        headers: dict. HTTP headers.
        body: `bytes` or `None`. Replaces the HTTP body.
        status: int or `None`. Replaces the HTTP status.
    """

    def __init__(
        self,
        code="OK",
        text="",
        delay=0.0,
        value=None,
        headers=None,
        body=None,
        status=None,
    ):
        self.code, self.text, self.delay = code, text, delay
        self.value = png() if value is None else value
        self.headers, self.body, self.status = headers or {}, body, status


# How TF Serving writes a status as HTTP.
STATUS = {
    "OK": 200,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


class ScriptedServer:
    """What both servers share: a script, and the requests that came.

    After the script every answer is `Answer()`.
    """

    def __init__(self, answers=()):
        self.answers = list(answers)
        self.requests = []
        self.authorizations = []
        self.times = []
        self._lock = threading.Lock()

    def next_answer(self, request):
        with self._lock:
            self.requests.append(request)
            self.times.append(time.monotonic())
            answer = self.answers.pop(0) if self.answers else Answer()
        time.sleep(answer.delay)
        return answer


class RestServer(ScriptedServer):
    """Speaks TF Serving's REST form.

    `requests` holds `(path, body)`, `authorizations` the headers.

    Args:
        answers: Sequence of `Answer`.
        context: `ssl.SSLContext` or `None`.
        allowed: str or `None`. The only header `authorization` that is let in.
    """

    def __init__(self, answers=(), context=None, allowed=None):
        super().__init__(answers)
        self.allowed = allowed
        script = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                length = int(self.headers["content-length"])
                body = json.loads(self.rfile.read(length))
                sent = self.headers["authorization"]
                script.authorizations.append(sent)
                answer = script.next_answer((self.path, body))
                if script.allowed not in (None, sent):
                    answer = Answer("UNAUTHENTICATED", f"Not {sent}!")
                content = answer.body
                if content is None and answer.code == "OK":
                    value = answer.value
                    if isinstance(value, bytes):
                        value = {"b64": base64.b64encode(value).decode()}
                    content = json.dumps({"predictions": [value]}).encode()
                elif content is None:
                    content = json.dumps({"error": answer.text}).encode()
                try:
                    self.send_response(answer.status or STATUS[answer.code])
                    for name, text in answer.headers.items():
                        self.send_header(name, text)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    pass  # the client did not wait

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler
        )
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,)
        )
        self._thread.start()
        port = self._server.server_address[1]
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{port}/v1/models/spade"

    def signature(self, i=-1):
        return self.requests[i][1]["signature_name"]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class GrpcServer(ScriptedServer):
    """Speaks TF Serving's official messages.

    `requests` holds `PredictRequest`, `authorizations` the metadata.

    Args:
        answers: Sequence of `Answer`.
        context: `grpc.ServerCredentials` or `None`.
        allowed: As for `RestServer`.
    """

    def __init__(self, answers=(), context=None, allowed=None):
        super().__init__(answers)
        self.allowed = allowed
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2
        from tensorflow_serving.apis import prediction_service_pb2_grpc

        script = self

        class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
            def Predict(self, request, context):  # noqa: N802
                sent = dict(context.invocation_metadata()).get("authorization")
                script.authorizations.append(sent)
                answer = script.next_answer(request)
                if script.allowed not in (None, sent):
                    answer = Answer("UNAUTHENTICATED", f"Not {sent}!")
                if answer.code != "OK":
                    code = grpc.StatusCode[answer.code]
                    context.abort(code, answer.text)
                response = predict_pb2.PredictResponse()
                value = [answer.value]
                response.outputs["image_png_bytes"].CopyFrom(
                    tf.make_tensor_proto(value)
                )
                return response

        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            Service(), self._server
        )
        scheme, place = "grpc", "127.0.0.1:0"
        if context is None:
            port = self._server.add_insecure_port(place)
        else:
            scheme = "grpcs"
            port = self._server.add_secure_port(place, context)
        self._server.start()
        self.url = f"{scheme}://127.0.0.1:{port}/v1/models/spade"

    def signature(self, i=-1):
        return self.requests[i].model_spec.signature_name

    def close(self):
        self._server.stop(None).wait()
