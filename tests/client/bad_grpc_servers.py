"""Servers that break the rules of gRPC, as a table like that of REST."""

import struct

import numpy as np

from keras_semsynth.client import errors
from tests.client.bad_servers import AGAIN
from tests.client.bad_servers import BOMB
from tests.client.bad_servers import DOWN
from tests.client.bad_servers import FAILED
from tests.client.bad_servers import LATE
from tests.client.bad_servers import WRONG
from tests.client.bad_servers import BadServer
from tests.client.bad_servers import closes_at_once
from tests.client.bad_servers import resets
from tests.client.bad_servers import says_nothing
from tests.client.bad_servers import speaks_http_1
from tests.client.raw_server import CHUNK
from tests.client.raw_server import DATA
from tests.client.raw_server import END_HEADERS
from tests.client.raw_server import END_STREAM
from tests.client.raw_server import GOAWAY
from tests.client.raw_server import HEADERS
from tests.client.raw_server import PING
from tests.client.raw_server import RST_STREAM
from tests.client.raw_server import fields_block
from tests.client.raw_server import frame
from tests.client.scripted_servers import png


def calls(answer):
    """A server that answers each call so."""

    def script(connection):
        while True:
            answer(connection, connection.call())

    return script


def outputs(**tensors):
    """A server that predicts these tensors."""
    from tensorflow_serving.apis import predict_pb2

    response = predict_pb2.PredictResponse()
    for name, tensor in tensors.items():
        response.outputs[name].CopyFrom(tensor)
    data = response.SerializeToString()
    return calls(lambda connection, stream: connection.predict(stream, data))


def tensor(dtype, shape, **values):
    """A tensor whose parts need not fit."""
    from tensorflow.core.framework import tensor_pb2

    result = tensor_pb2.TensorProto(dtype=dtype, **values)
    for size in shape:
        result.tensor_shape.dim.add(size=size)
    return result


def status(code, *more):
    return calls(
        lambda connection, stream: connection.end(
            stream, code, *more, begun=False
        )
    )


def _silent_call(connection, stream):
    pass  # and further calls on the same connection


def _drips_a_message(connection, stream):
    connection.begin(stream)
    connection.message(stream, b"", 10_000)
    while True:
        connection.data(stream, b"x")
        connection.wait(0.02)


def _pings(connection, stream):
    connection.begin(stream)
    connection.drip(frame(PING, 0, 0, bytes(8)), 0.05)


def _announces(connection, stream):
    connection.begin(stream)
    connection.message(stream, CHUNK, 2**31)
    connection.wait()


def _endless_message(connection, stream):
    connection.begin(stream)
    connection.message(stream, b"", 900_000)
    while True:
        connection.data(stream, CHUNK)


def _bomb(connection, stream):
    connection.begin(stream, ("grpc-encoding", "gzip"))
    connection.message(stream, BOMB, compressed=True)
    connection.end(stream)


def _goes_away(connection, stream):
    connection.begin(stream)
    connection.message(stream, CHUNK, 50_000)
    connection.send(frame(GOAWAY, 0, 0, struct.pack(">II", stream, 0)))
    raise OSError


def _breaks_off(connection, stream):
    connection.begin(stream)
    connection.send(frame(RST_STREAM, 0, stream, struct.pack(">I", 2)))


def breaks_down(connection, stream):
    connection.end(stream, 14, ("grpc-message", "full"), begun=False)


def proxy_says(status, page=b""):
    """A proxy that answers instead of the server, as nginx does."""

    def answer(connection, stream):
        fields = [(":status", str(status)), ("content-type", "text/html")]
        block = fields_block(fields)
        connection.send(frame(HEADERS, END_HEADERS, stream, block))
        connection.send(frame(DATA, END_STREAM, stream, page))

    return calls(answer)


def _no_trailers(connection, stream):
    connection.begin(stream)
    connection.message(stream, b"")
    connection.send(frame(DATA, END_STREAM, stream))


def _endless_metadata(connection, stream):
    connection.begin(stream, *[("x-a", "b" * 1000)] * 15)
    connection.end(stream, 0, *[("x-b", "b" * 1000)] * 15)


def _grpc(name, script, error, words, requests=1, scheme="grpc", end=False):
    return BadServer(name, script, error, words, requests, scheme, end)


def grpc_servers():
    """Returns the table of gRPC; TensorFlow is imported for it."""
    from tensorflow.core.framework import types_pb2 as types

    text, single, half = types.DT_STRING, types.DT_FLOAT, types.DT_HALF
    image = tensor(text, [1], string_val=[png()])
    end = {"end": True}
    return (
        _grpc("never shakes hands", says_nothing, LATE, "no answer within",
              None, **end),
        _grpc("never shakes hands on grpcs", says_nothing, LATE,
              "no answer within", None, "grpcs", **end),
        _grpc("never answers", calls(_silent_call), LATE, "no answer", **end),
        _grpc("drips its message", calls(_drips_a_message), LATE, "no answer",
              **end),
        _grpc("pings alone", calls(_pings), LATE, "no answer", **end),
        _grpc("closes at once", closes_at_once, DOWN, "3 times", None),
        _grpc("accepts and resets", resets, DOWN, "3 times", None),
        _grpc("HTTP/1.1", speaks_http_1, DOWN, "3 times", None),
        _grpc("no TLS", speaks_http_1, FAILED, "TLS", None, "grpcs"),
        _grpc("announces 2 GiB", calls(_announces), FAILED, "more than"),
        _grpc("sends more than it announced", calls(_endless_message), FAILED,
              "."),
        _grpc("bomb of gzip", calls(_bomb), FAILED, "failed with"),
        _grpc("goes away in mid-answer", calls(_goes_away), DOWN, "3 times",
              AGAIN),
        _grpc("breaks off", calls(_breaks_off), FAILED, "failed with"),
        _grpc("no trailers", calls(_no_trailers), FAILED, "failed with"),
        _grpc("30 kB of metadata", calls(_endless_metadata),
              errors.ServingError, "."),
        _grpc("no protobuf", calls(lambda c, s: c.predict(s, b"\xff" * 99)),
              FAILED, "no prediction"),
        _grpc("no output", outputs(), FAILED, "0 outputs"),
        _grpc("two outputs", outputs(a=image, b=image), FAILED, "2 outputs"),
        _grpc("shape of 2^40", outputs(a=tensor(
            single, [1, 2**40], float_val=[1.0])), FAILED, "more values"),
        _grpc("shape of 2^62 by 2^62 by 0", outputs(a=tensor(
            single, [1, 2**62, 2**62, 0])), FAILED, "no prediction"),
        _grpc("negative shape", outputs(a=tensor(
            single, [1, -5], float_val=[1.0])), FAILED, "shape"),
        _grpc("no shape", outputs(a=tensor(text, [], string_val=[png()])),
              FAILED, "0 axes"),
        _grpc("two strings for one", outputs(a=tensor(
            text, [1], string_val=[png()] * 2)), FAILED, "2 values"),
        _grpc("no string for one", outputs(a=tensor(text, [1])), FAILED,
              "0 values"),
        _grpc("content of another length", outputs(a=tensor(
            single, [1], tensor_content=bytes(6))), FAILED, "6 bytes"),
        _grpc("half floats", outputs(a=tensor(half, [1], half_val=[2**30])),
              FAILED, "DT_HALF"),
        _grpc("unknown type", outputs(a=tensor(90, [1])), FAILED, "no predict"),
        _grpc("NaN", outputs(a=tensor(single, [1], float_val=[np.nan])), FAILED,
              "not finite"),
        _grpc("PNG of another size", outputs(a=tensor(
            text, [1], string_val=[png(size=(6, 4))])), WRONG, "4 x 6 pixels"),
        _grpc("no PNG", outputs(a=tensor(text, [1], string_val=[b"GIF89a"])),
              WRONG, "no PNG"),
        _grpc("status with binary details", status(
            13, ("grpc-message", b"%ff%00\xfe\xff"),
            ("grpc-status-details-bin", b"/////w==")), FAILED, "INTERNAL"),
        _grpc("status 99", status(99), FAILED, "UNKNOWN"),
        _grpc("UNAVAILABLE forever", status(14, ("grpc-message", "full")),
              errors.OverloadedError, "full.*3 times", AGAIN),
        _grpc("UNAUTHENTICATED", status(16, ("grpc-message", "who?")),
              errors.AccessError, "who.*SEMSYNTH_TOKEN"),
        _grpc("401 of a proxy", proxy_says(401, b"<html>"), errors.AccessError,
              "SEMSYNTH_TOKEN"),
        _grpc("403 of a proxy", proxy_says(403, b"<html>"), errors.AccessError,
              "does not let in"),
        _grpc("404 of a proxy", proxy_says(404), FAILED, "correct the URL"),
        _grpc("302 of a proxy", proxy_says(302), FAILED, "."),
        _grpc("503 of a proxy", proxy_says(503, b"<html>"),
              errors.OverloadedError, "3 times", AGAIN),
        _grpc("a page for an answer", proxy_says(200, b"<html>"), FAILED, "."),
    )  # fmt: skip
